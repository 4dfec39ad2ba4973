public import SignedRecords

extension JournalReader {
    /// The newest records of the journal in a directory, the oldest first, without the walk over everything else: at most so many,
    /// of whatever chain, as far as they stand in its last two segments and can be read.
    public static func newest(_ most: Int, directory path: String) throws(JournalError) -> [SignedRecord] {
        let storage = try SegmentFile.attempt { () throws(StorageFault) in try FileStorage.reader(directory: path) }
        return try newest(most, storage: storage)
    }

    /// The newest records of the journal on a storage.
    public static func newest(_ most: Int, storage: any JournalStorage) throws(JournalError) -> [SignedRecord] {
        var found: [SignedRecord] = []
        // The newest one may have been begun just now.
        for number in try SegmentFile.numbers(in: storage).suffix(2).reversed() where found.count < most {
            guard let segment = try? Segment.read(number, from: storage) else { continue }
            let bytes = try SegmentFile.load(number, slotBytes: segment.header.slotBytes, from: storage).bytes
            var walk = FrameWalk(bytes: bytes, slotBytes: segment.header.slotBytes, from: segment.start)
            // What stands before a fault can be read.
            try? walk.walk()
            found =
                walk.places.suffix(most - found.count).compactMap { try? $0.read(in: segment, from: storage) } + found
        }
        return found
    }
}
