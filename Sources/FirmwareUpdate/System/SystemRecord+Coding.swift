import SignedRecords

// The file: SHA-256 of what follows, then deterministic CBOR, strictly read.
//
//     {1 format 1, 2 floor, 3 [failed manifest hash, …], 4 phase (0 none, 1 staged, 2 installing, 3 installed, 4 abandoned),
//      5 image {1 manifest hash, 2 version, 3 counter, 4 seconds to confirm} where there is one,
//      6 {1 boot slot before, 2 boot id, 3 excused conditions} from phase 2 on, 7 {1 result, 2 version, 3 words} of the last one}
extension SystemRecord {
    /// The longest file, in bytes.
    static let mostBytes = 4_096
    /// The longest name that a bootloader's slot may have here, in UTF-8 bytes.
    static let mostName = 64
    /// The longest words of an outcome, in UTF-8 bytes; what is longer is cut.
    static let mostWords = 512

    private static let format: UInt64 = 1

    /// The file's bytes.
    public func encoded() -> [UInt8] {
        let bytes = CBOR.fields([
            (1, .unsigned(Self.format)), (2, .unsigned(UInt64(counterFloor))),
            (3, .array(failed.map { .bytes($0.bytes) })), (4, .unsigned(phase.number)), (5, phase.candidate?.item),
            (6, transaction?.item), (7, outcome?.item),
        ]).encode()
        return ContentHash(hashing: bytes).bytes + bytes
    }

    /// Reads the file.
    ///
    /// - Throws: `systemRecord` where it is damaged. What is unknown then is how far back the device may go.
    public init(decoding file: [UInt8]) throws(FirmwareUpdateError) {
        let bytes = Array(file.dropFirst(32))
        guard file.count > 32, ContentHash(hashing: bytes).bytes.elementsEqual(file.prefix(32)) else {
            throw .systemRecord("its checksum does not fit")
        }
        do throws(CBORError) { self = try Self(content: bytes) } catch { throw .systemRecord("\(error)") }
    }

    private init(content: [UInt8]) throws(CBORError) {
        let limits = CBORLimits(maximumBytes: Self.mostBytes, maximumDepth: 4)
        var fields = try CBORFields(try CBOR.decode(content, limits: limits), path: "record")
        let format = try fields.unsigned(1, "format")
        guard format == Self.format else {
            throw .field(
                path: "record.format", problem: .outOfRange(expected: "format \(Self.format)", found: "\(format)"))
        }
        self.init()
        counterFloor = try fields.integer(2, "floor", as: UInt32.self)
        for item in try fields.array(3, "failed", count: 0...Self.mostFailed) {
            failed.append(ContentHash(exactly: try CBORFields.bytes(item, "record.failed", count: 32...32)))
        }
        let number = try fields.unsigned(4, "phase", maximum: 4)
        if number > 0 {
            let candidate = try Candidate(try fields.fields(5, "image"))
            phase =
                number == 1
                ? .staged(candidate)
                : Phase(number, try Transaction(try fields.fields(6, "transaction"), candidate: candidate))
        }
        if let item = fields.optional(7, "outcome") {
            outcome = try Outcome(try CBORFields(item, path: "record.outcome"))
        }
        try fields.finish()
    }
}

extension SystemRecord.Phase {
    fileprivate var number: UInt64 {
        switch self {
        case .none: 0
        case .staged: 1
        case .installing: 2
        case .installed: 3
        case .abandoned: 4
        }
    }

    fileprivate var candidate: SystemRecord.Candidate? {
        switch self {
        case .none: nil
        case .staged(let candidate): candidate
        case .installing(let transaction), .installed(let transaction), .abandoned(let transaction):
            transaction.candidate
        }
    }

    fileprivate init(_ number: UInt64, _ transaction: SystemRecord.Transaction) {
        switch number {
        case 2: self = .installing(transaction)
        case 3: self = .installed(transaction)
        default: self = .abandoned(transaction)
        }
    }
}

extension SystemRecord.Candidate {
    var item: CBOR {
        CBOR.fields([
            (1, .bytes(image.manifest.bytes)), (2, .text(image.version)),
            (3, .unsigned(UInt64(image.securityCounter))), (4, .unsigned(UInt64(confirmSeconds))),
        ])
    }

    init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        let manifest = ContentHash(exactly: try fields.bytes(1, "manifest", count: 32))
        self.init(
            image: Image(
                manifest: manifest, version: try fields.text(2, "version", maximum: 32),
                securityCounter: try fields.integer(3, "counter", as: UInt32.self)),
            confirmSeconds: try fields.integer(4, "seconds", as: UInt16.self))
        try fields.finish()
    }
}

extension SystemRecord.Transaction {
    fileprivate var item: CBOR {
        CBOR.fields([(1, .text(bootSlot)), (2, .text(bootID)), (3, .unsigned(UInt64(excused.rawValue)))])
    }

    fileprivate init(_ fields: CBORFields, candidate: SystemRecord.Candidate) throws(CBORError) {
        var fields = fields
        self.init(
            candidate: candidate, bootSlot: try fields.text(1, "slot", maximum: SystemRecord.mostName),
            bootID: try fields.text(2, "boot", maximum: SystemRecord.mostName),
            excused: ConfirmConditions(rawValue: try fields.integer(3, "excused", as: UInt16.self)))
        try fields.finish()
    }
}

extension SystemRecord.Outcome {
    var item: CBOR {
        CBOR.fields([
            (1, .unsigned(UInt64(result.rawValue))), (2, .text(version)),
            (3, .text(UpdaterWire.printable(words, atMost: SystemRecord.mostWords))),
        ])
    }

    init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        let code = try fields.integer(1, "result", as: UInt8.self)
        guard let result = Result(rawValue: code) else {
            throw UpdaterWire.unknown("\(fields.path).result", UInt64(code), expected: "1 to \(Result.allCases.count)")
        }
        self.init(
            result, version: try fields.text(2, "version", maximum: 32),
            words: try fields.text(3, "words", maximum: SystemRecord.mostWords))
        try fields.finish()
    }
}
