import SignedRecords

extension ReleaseManifest {
    /// The format that key 1 names.
    static let format: UInt64 = 1
    /// The most bytes of a manifest.
    public static let mostBytes = 64 << 10
    /// The most bytes of all files together: a slot's partition must hold two.
    public static let mostPayload: UInt64 = 256 << 20

    /// The bytes that are signed.
    public func encoded() -> [UInt8] {
        CBOR.fields([
            (1, .unsigned(Self.format)), (2, .text(product)), (3, .text(architecture)),
            (
                4,
                .array(
                    boards.map {
                        .array([.text($0.id), .number($0.revisions.lowerBound), .number($0.revisions.upperBound)])
                    })
            ),
            (5, .text(version)), (6, .text(build)), (7, .number(securityCounter)), (8, .number(kind.rawValue)),
            (9, .integer(createdAt.rawValue)), (10, .number(needsSystem)), (11, .number(needsBootRecordFormat)),
            (12, .array([.number(dataSchema.readsFrom), .number(dataSchema.writes)])),
            (
                13,
                .array([
                    .unsigned(payload.length), .bytes(payload.hash.bytes), .number(payload.chunkLength),
                    .bytes(payload.chunkTableHash.bytes),
                ])
            ),
            (
                14,
                .array(
                    files.map {
                        .array([.text($0.path), .unsigned($0.length), .bool($0.isExecutable), .bytes($0.hash.bytes)])
                    })
            ),
            (15, .number(rootVersion)), (16, .number(confirmSeconds)), (17, .number(tries)), (18, .text(notes)),
            (19, checkpoint?.item),
            (20, dataSchema.readsTo == dataSchema.writes ? nil : .number(dataSchema.readsTo)),
        ]).encode()
    }

    /// Reads a manifest strictly, and checks every field by itself and all of them together.
    public init(decoding bytes: [UInt8]) throws(FirmwareUpdateError) {
        do throws(CBORError) {
            let limits = CBORLimits(maximumBytes: Self.mostBytes, maximumDepth: 4)
            var fields = try CBORFields(try CBOR.decode(bytes, limits: limits), path: "manifest")
            try self.init(reading: &fields)
            try fields.finish()
        } catch {
            throw .manifest(error)
        }
        try check()
    }

    private init(reading fields: inout CBORFields) throws(CBORError) {
        let format = try fields.unsigned(1, "format")
        guard format == Self.format else {
            let problem = FieldFault.outOfRange(expected: "\(Self.format)", found: "\(format)")
            throw .field(path: "manifest.format", problem: problem)
        }
        product = try fields.text(2, "product", maximum: 64)
        architecture = try fields.text(3, "architecture", maximum: 16)
        boards = []
        for item in try fields.array(4, "boards", count: 1...16) { boards.append(try Board(reading: item)) }
        version = try fields.text(5, "version", maximum: 32)
        build = try fields.text(6, "build", maximum: 64)
        securityCounter = try fields.integer(7, "security_counter", as: UInt32.self)
        let kindCode = try fields.integer(8, "kind", as: UInt8.self)
        guard let kind = Kind(rawValue: kindCode) else {
            throw .field(path: "manifest.kind", problem: .outOfRange(expected: "1 to 4", found: "\(kindCode)"))
        }
        self.kind = kind
        createdAt = UTCMilliseconds(try fields.signed(9, "created_at"))
        needsSystem = try fields.integer(10, "needs_system", as: UInt32.self)
        needsBootRecordFormat = try fields.integer(11, "needs_boot_record_format", as: UInt16.self)
        let schema = try fields.array(12, "data_schema", count: 2...2)
        dataSchema = DataSchema(
            readsFrom: try .read(schema[0], "manifest.data_schema.reads_from"),
            writes: try .read(schema[1], "manifest.data_schema.writes"))
        payload = try Payload(reading: try fields.array(13, "payload", count: 4...4))
        files = []
        for item in try fields.array(14, "files", count: 1...256) { files.append(try File(reading: item)) }
        rootVersion = try fields.integer(15, "root_version", as: UInt32.self)
        confirmSeconds = try fields.integer(16, "confirm_seconds", as: UInt16.self)
        tries = try fields.integer(17, "tries", as: UInt8.self)
        notes = try fields.text(18, "notes", maximum: 1024)
        if let item = fields.optional(19, "checkpoint") {
            checkpoint = try LedgerCheckpoint(reading: item, "manifest.checkpoint")
        }
        if let item = fields.optional(20, "reads_to") {
            let highest = try UInt32.read(item, "manifest.reads_to")
            guard highest > dataSchema.writes else {
                let problem = FieldFault.outOfRange(expected: "above \(dataSchema.writes)", found: "\(highest)")
                throw .field(path: "manifest.reads_to", problem: problem)
            }
            dataSchema.readsTo = highest
        }
    }

    /// What the fields must be, apart from their types.
    func check() throws(FirmwareUpdateError) {
        for (name, text) in [("product", product), ("architecture", architecture), ("build", build)] where text.isEmpty
        {
            throw .manifestField(name, expected: "some text")
        }
        try BootRecord.check(version: version)
        guard (60...3600).contains(confirmSeconds) else {
            throw .manifestField("confirm_seconds", expected: "60 to 3600, not \(confirmSeconds)")
        }
        guard (1...BootRecord.mostTries).contains(tries) else {
            throw .manifestField("tries", expected: "1 to \(BootRecord.mostTries), not \(tries)")
        }
        guard dataSchema.readsFrom <= dataSchema.writes else {
            throw .manifestField("data_schema", expected: "to read what it writes")
        }
        guard dataSchema.writes <= dataSchema.readsTo else {
            throw .manifestField("reads_to", expected: "at least what it writes")
        }
        guard payload.chunkLength == BundleEnvelope.chunkLength else {
            throw .manifestField("payload.chunk_length", expected: "\(BundleEnvelope.chunkLength)")
        }
        guard (1...Self.mostPayload).contains(payload.length) else {
            throw .manifestField("payload.length", expected: "1 to \(Self.mostPayload) bytes, not \(payload.length)")
        }
        var total: UInt64 = 0
        for file in files {
            // No overflow: 256 files of at most 2^28 bytes each.
            guard file.length <= payload.length else {
                throw .manifestField("files.\(file.path)", expected: "a file no longer than the payload")
            }
            total += file.length
        }
        guard total == payload.length else {
            throw .manifestField("files", expected: "\(payload.length) bytes together, not \(total)")
        }
        try SlotPath.check(files.map(\.path))
    }
}

extension CBOR {
    fileprivate static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> CBOR {
        .unsigned(UInt64(value))
    }
}

extension UInt32 {
    fileprivate static func read(_ item: CBOR, _ path: String) throws(CBORError) -> UInt32 {
        UInt32(truncatingIfNeeded: try CBORFields.unsigned(item, path, maximum: UInt64(UInt32.max)))
    }
}

extension ContentHash {
    fileprivate static func read(_ item: CBOR, _ path: String) throws(CBORError) -> ContentHash {
        ContentHash(exactly: try CBORFields.bytes(item, path, count: 32...32))
    }
}

extension ReleaseManifest.Board {
    fileprivate init(reading item: CBOR) throws(CBORError) {
        let parts = try CBOR.parts(of: item, count: 3, "manifest.boards")
        id = try CBORFields.text(parts[0], "manifest.boards.id", maximum: 64)
        let lowest = try UInt32.read(parts[1], "manifest.boards.lowest_revision")
        let highest = try UInt32.read(parts[2], "manifest.boards.highest_revision")
        guard lowest <= highest else {
            let problem = FieldFault.outOfRange(expected: "at least \(lowest)", found: "\(highest)")
            throw .field(path: "manifest.boards.highest_revision", problem: problem)
        }
        revisions = lowest...highest
    }
}

extension ReleaseManifest.Payload {
    fileprivate init(reading parts: [CBOR]) throws(CBORError) {
        length = try CBORFields.unsigned(parts[0], "manifest.payload.length")
        hash = try .read(parts[1], "manifest.payload.hash")
        chunkLength = try .read(parts[2], "manifest.payload.chunk_length")
        chunkTableHash = try .read(parts[3], "manifest.payload.chunk_table_hash")
    }
}

extension ReleaseManifest.File {
    fileprivate init(reading item: CBOR) throws(CBORError) {
        let parts = try CBOR.parts(of: item, count: 4, "manifest.files")
        path = try CBORFields.text(parts[0], "manifest.files.path", maximum: SlotPath.mostBytes)
        length = try CBORFields.unsigned(parts[1], "manifest.files.length")
        guard case .bool(let isExecutable) = parts[2] else {
            let problem = FieldFault.wrongType(expected: "a boolean", found: parts[2].kindName)
            throw .field(path: "manifest.files.executable", problem: problem)
        }
        self.isExecutable = isExecutable
        hash = try .read(parts[3], "manifest.files.hash")
    }
}

extension CBOR {
    fileprivate static func parts(of item: CBOR, count: Int, _ path: String) throws(CBORError) -> [CBOR] {
        guard case .array(let parts) = item, parts.count == count else {
            let problem = FieldFault.wrongType(expected: "an array of \(count)", found: item.kindName)
            throw .field(path: path, problem: problem)
        }
        return parts
    }
}
