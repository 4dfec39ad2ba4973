import SignedRecords

/// A file with the records that outlive their segments: a CBOR sequence of messages, then the byte string of the SHA-256 of
/// all before it. It is replaced as a whole: new file, fsync, rename, fsync of the directory.
struct KeptRecords {
    let name: String
    let unfinished: String

    /// Genesis, key changes and ledger changes of pruned segments.
    static let identity = KeptRecords(name: "identity.cborseq", unfinished: "identity.new")
    /// Records of pruned segments that stand still.
    static let standing = KeptRecords(name: "standing.cborseq", unfinished: "standing.new")

    /// The records, in the file's order; none where there is no file. Throws `.keptRecords` where a byte has changed.
    func read(_ storage: any JournalStorage) throws(JournalError) -> [SignedRecord] {
        let names = try SegmentFile.attempt { () throws(StorageFault) in try storage.names() }
        guard names.contains(name) else { return [] }
        let bytes = try SegmentFile.attempt { () throws(StorageFault) in
            let count = try storage.byteCount(of: name)
            return try storage.read(name, at: 0, count: count)
        }
        let end = bytes.count - 34
        guard end >= 0, bytes[end...].elementsEqual(KeptRecords.trailer(Array(bytes[..<end]))) else {
            throw .keptRecords(name: name)
        }
        var records: [SignedRecord] = []
        var offset = 0
        while offset < end {
            guard let next = try? COSESign1.endOfMessage(bytes, at: offset), next <= end,
                let record = try? SignedRecord(decoding: Array(bytes[offset..<next]))
            else { throw .keptRecords(name: name) }
            records.append(record)
            offset = next
        }
        return records
    }

    func encode(_ records: [SignedRecord]) -> [UInt8] {
        let bytes = records.flatMap(\.message)
        return bytes + KeptRecords.trailer(bytes)
    }

    private static func trailer(_ bytes: [UInt8]) -> [UInt8] { CBOR.bytes(RecordHash(hashing: bytes).bytes).encode() }
}

extension RecordKind {
    /// The kinds that every receipt and registration needs, however old: they outlive their segments.
    var isIdentity: Bool {
        switch self {
        case .genesis, .keyChange, .close, .open: return true
        default: return false
        }
    }
}
