import SignedRecords

/// The names of a journal's files, and reading a segment whole.
enum SegmentFile {
    /// The segment that comes next: full length, never used or recycled.
    static let spare = "spare.evj"
    /// A spare that is still being filled.
    static let unfinishedSpare = "spare.new"

    static func name(_ segment: UInt64) -> String {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(segment, byteCount: 8)
        return "segment-\(Hexadecimal.encode(bytes)).evj"
    }

    /// The number in a segment's name, or `nil` for any other name.
    static func number(_ name: String) -> UInt64? {
        guard name.hasPrefix("segment-"), name.hasSuffix(".evj"), name.utf8.count == 28 else { return nil }
        let digits = name.dropFirst(8).dropLast(4)
        // Counting up from 1 never comes near the bound; a stray file's name must not make the next number overflow.
        guard let value = UInt64(digits, radix: 16), (1..<1 << 48).contains(value), SegmentFile.name(value) == name
        else { return nil }
        return value
    }

    /// The numbers of the segments in the directory, rising; throws where one between them is missing.
    static func numbers(in storage: any JournalStorage) throws(JournalError) -> [UInt64] {
        let names = try attempt { () throws(StorageFault) in try storage.names() }
        let numbers = names.compactMap { number($0) }.sorted()
        for index in numbers.indices.dropFirst() where numbers[index] != numbers[index - 1] + 1 {
            throw .missingSegment(numbers[index - 1] + 1)
        }
        return numbers
    }

    /// All bytes of a segment; slots that cannot be read are zeros, which no frame is, and are named.
    static func load(_ segment: UInt64, slotBytes: Int, from storage: any JournalStorage) throws(JournalError)
        -> LoadedSegment
    {
        let name = name(segment)
        let count = try attempt { () throws(StorageFault) in try storage.byteCount(of: name) }
        var loaded = LoadedSegment()
        loaded.bytes.reserveCapacity(count)
        // What one read past the cache takes at once: each costs the disk a turn.
        let chunk = 1 << 18
        while loaded.bytes.count < count {
            let wanted = min(chunk, count - loaded.bytes.count)
            let part = (try? storage.read(name, at: loaded.bytes.count, count: wanted)) ?? []
            if part.count == wanted {
                loaded.bytes += part
                continue
            }
            // One bad sector must not hide its neighbours: the frames behind it say whether it was durable.
            let end = loaded.bytes.count + wanted
            while loaded.bytes.count < end {
                let slot = min(slotBytes, end - loaded.bytes.count)
                do {
                    let one = try storage.read(name, at: loaded.bytes.count, count: slot)
                    loaded.bytes += one + [UInt8](repeating: 0, count: slot - one.count)
                } catch {
                    loaded.unreadable.append((UInt32(loaded.bytes.count / slotBytes), error.errno))
                    loaded.bytes += [UInt8](repeating: 0, count: slot)
                }
            }
        }
        return loaded
    }

    /// Runs an operation on the disk and names its fault as the journal's.
    static func attempt<T>(_ body: () throws(StorageFault) -> T) throws(JournalError) -> T {
        do { return try body() } catch { throw .storage(error) }
    }
}

/// What could be read of a segment.
struct LoadedSegment {
    var bytes: [UInt8] = []
    /// Slots that could not be read, rising, with the error number.
    var unreadable: [(slot: UInt32, errno: Int32)] = []
}
