import Journal
import SignedRecords

/// A small file in two copies that are set aside on the disk beforehand: what has to be kept also where the disk is full.
///
/// Each write goes to the copy that does not count, in its place, durably; of the copies that are whole the one with the higher
/// number counts. A power cut in the middle of a write leaves the one before. After a write that failed the disk is asked anew.
///
/// A copy: `W2C1` · number, u64 · length, u32 · CRC-32C of number, length and content, u32 · content · zeros; integers with the
/// highest byte first.
struct TwoCopyFile {
    private static let magic = Array("W2C1".utf8)
    private static let headerBytes = 20
    /// A copy is whole blocks of every disk.
    private static let blockBytes = 4_096

    let name: String
    /// The most bytes of a content.
    let capacity: Int
    private let storage: any JournalStorage
    private var standing: Standing?

    /// What counts.
    private struct Standing {
        var number: UInt64
        /// 0 or 1.
        var copy: Int
        var content: [UInt8]
        /// Neither copy is whole, or the file has another length.
        var damage: String?
        var isMisfit = false
    }

    init(_ name: String, capacity: Int, on storage: any JournalStorage) {
        self.name = name
        self.capacity = capacity
        self.storage = storage
    }

    /// What was kept last; empty where nothing was. Sets the room aside where that was not done yet; where there is none, that is for
    /// `keep` to tell.
    ///
    /// - Throws: `room` where both copies are damaged; `system` where the disk cannot be asked.
    mutating func content() throws(FirmwareError) -> [UInt8] {
        guard try isThere() || (try? make()) != nil else { return [] }
        let standing = try opened()
        if let damage = standing.damage { throw .room(name, reason: damage) }
        return standing.content
    }

    /// Keeps a content instead of the one before, or of what is damaged; durable when it returns.
    ///
    /// - Throws: then it may be kept or not.
    mutating func keep(_ content: [UInt8]) throws(FirmwareError) {
        guard content.count <= capacity else {
            throw .room(name, reason: "expected at most \(capacity) bytes, got \(content.count)")
        }
        if try !isThere() {
            try make()
        } else if try opened().isMisfit {
            try make()
            standing = nil
        }
        let before = try opened()
        standing = nil
        let next = Standing(number: before.number + 1, copy: 1 - before.copy, content: content)
        var bytes = Self.encoded(next)
        let sector = storage.sectorBytes
        bytes += [UInt8](repeating: 0, count: (sector - bytes.count % sector) % sector)
        // A damaged copy that can be read again some day must not count then.
        let copies = before.damage == nil ? [next.copy] : [next.copy, before.copy]
        try Self.asked { () throws(StorageFault) in
            for copy in copies { try storage.write(bytes, to: name, at: copy * copyBytes, durably: true) }
        }
        standing = next
    }

    private var copyBytes: Int {
        (Self.headerBytes + capacity + Self.blockBytes - 1) / Self.blockBytes * Self.blockBytes
    }

    // MARK: The disk

    private func isThere() throws(FirmwareError) -> Bool {
        if standing != nil { return true }
        return try Self.asked { () throws(StorageFault) in try storage.names() }.contains(name)
    }

    /// Sets the room aside: both copies say that nothing was kept.
    private func make() throws(FirmwareError) {
        let draft = "\(name).new"
        var copy = Self.encoded(Standing(number: 0, copy: 0, content: []))
        copy += [UInt8](repeating: 0, count: copyBytes - copy.count)
        try Self.asked { () throws(StorageFault) in
            // What a stop has left half made.
            if try storage.names().contains(draft) { try storage.remove(draft) }
            try storage.create(draft)
            try storage.write(copy + copy, to: draft, at: 0, durably: false)
            try storage.sync(draft)
            try storage.rename(draft, to: name)
            try storage.syncDirectory()
        }
    }

    private mutating func opened() throws(FirmwareError) -> Standing {
        if let standing { return standing }
        let length = try Self.asked { () throws(StorageFault) in
            // A stop may have left the name in sight and not on the disk, and so a copy, which the next write would rest on.
            try storage.syncDirectory()
            try storage.sync(name)
            return try storage.byteCount(of: name)
        }
        let found =
            length == 2 * copyBytes
            ? chosen()
            : Standing(
                number: 0, copy: 1, content: [], damage: "expected \(2 * copyBytes) bytes, found \(length)",
                isMisfit: true)
        standing = found
        return found
    }

    private func chosen() -> Standing {
        // A sector that cannot be read is as good as a torn one: the next write but one goes over it.
        let copies = (0..<2).map { copy in
            (try? storage.read(name, at: copy * copyBytes, count: copyBytes)).flatMap { Self.decoded($0, copy: copy) }
        }
        switch (copies[0], copies[1]) {
        case (let one?, let other?):
            if one.number == other.number, one.content != other.content { break }
            return one.number >= other.number ? one : other
        case (let one?, nil): return one
        case (nil, let other?): return other
        case (nil, nil): break
        }
        return Standing(number: 0, copy: 1, content: [], damage: "neither of its two copies is whole")
    }

    private static func asked<Value>(_ body: () throws(StorageFault) -> Value) throws(FirmwareError) -> Value {
        do throws(StorageFault) { return try body() } catch {
            throw .system(call: "\(error.operation.rawValue) \(error.name)", errno: error.errno)
        }
    }

    // MARK: A copy

    private static func encoded(_ standing: Standing) -> [UInt8] {
        let head = bytes(standing.number) + bytes(UInt32(standing.content.count))
        let sum = CRC32C.checksum((head + standing.content)[...])
        return magic + head + bytes(sum) + standing.content
    }

    private static func decoded(_ bytes: [UInt8], copy: Int) -> Standing? {
        guard bytes.count >= headerBytes, bytes.starts(with: magic) else { return nil }
        let number = bytes[4..<12].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let length = bytes[12..<16].reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - headerBytes, number < .max else { return nil }
        let standing = Standing(
            number: number, copy: copy, content: Array(bytes[headerBytes..<headerBytes + length]))
        return encoded(standing) == Array(bytes[..<(headerBytes + length)]) ? standing : nil
    }

    private static func bytes(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
