public import SignedRecords

extension JournalReader {
    /// The genesis record of the journal in a directory, without the walk over everything else: who the device is must be
    /// known before its journal is taken up, and its keys no longer say it after a key change.
    ///
    /// Nil where there is no genesis yet, and where it cannot be believed: opening the journal then says what is wrong.
    public static func genesis(directory path: String) throws(JournalError) -> SignedRecord? {
        let storage = try SegmentFile.attempt { () throws(StorageFault) in try FileStorage.reader(directory: path) }
        return try genesis(storage: storage)
    }

    /// The genesis record of the journal on a storage.
    public static func genesis(storage: any JournalStorage) throws(JournalError) -> SignedRecord? {
        let kept = try KeptRecords.identity.read(storage).first { $0.record.body.kind == .genesis }
        if let kept { return kept }
        // It is the first record of all, so it stands in the first segment or in the identity file.
        guard let first = try SegmentFile.numbers(in: storage).first,
            let segment = try Segment.read(first, from: storage)
        else { return nil }
        let bytes = try SegmentFile.load(first, slotBytes: segment.header.slotBytes, from: storage).bytes
        // A device that started often before its genesis has epoch frames before it; usually it stands at the very front.
        for count in [min(bytes.count, 1 << 16), bytes.count] {
            var walk = FrameWalk(
                bytes: Array(bytes[..<count]), slotBytes: segment.header.slotBytes, from: segment.start)
            try walk.walk()
            if let place = walk.places.first {
                return place.kind == .genesis ? try place.read(in: segment, from: storage) : nil
            }
        }
        return nil
    }
}
