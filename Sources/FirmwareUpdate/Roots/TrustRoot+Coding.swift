import SignedRecords

extension TrustRoot {
    static let format: UInt64 = 1
    /// The most bytes of a root without its signatures.
    static let mostBytes = 4096

    /// The bytes that are signed.
    public func encoded() -> [UInt8] {
        CBOR.fields([
            (1, .unsigned(Self.format)), (2, .unsigned(UInt64(version))), (3, .integer(expires.rawValue)),
            (4, .unsigned(UInt64(technicianEpoch))), (5, .array(keys.map { .bytes($0) })),
            (
                6,
                .fields(
                    roles.sorted { $0.key.rawValue < $1.key.rawValue }.map { role, members in
                        (
                            role.rawValue,
                            .array([
                                .unsigned(UInt64(members.threshold)), .array(members.keyIDs.map { .bytes($0) }),
                            ])
                        )
                    })
            ),
        ]).encode()
    }

    /// Reads a root strictly: what it accepts encodes to the same bytes again, and a field or role that is not known refuses it.
    public init(decoding bytes: [UInt8]) throws(FirmwareUpdateError) {
        do throws(CBORError) {
            let limits = CBORLimits(maximumBytes: Self.mostBytes, maximumDepth: 5)
            var fields = try CBORFields(try CBOR.decode(bytes, limits: limits), path: "root")
            let format = try fields.unsigned(1, "format")
            guard format == Self.format else {
                let problem = FieldFault.outOfRange(expected: "\(Self.format)", found: "\(format)")
                throw .field(path: "root.format", problem: problem)
            }
            let version = try fields.integer(2, "version", as: UInt32.self)
            let expires = UTCMilliseconds(try fields.signed(3, "expires"))
            let epoch = try fields.integer(4, "technician_epoch", as: UInt32.self)
            var keys: [[UInt8]] = []
            for item in try fields.array(5, "keys", count: 1...Self.mostKeys) {
                keys.append(try CBORFields.bytes(item, "root.keys", count: 32...32))
            }
            var members = try fields.fields(6, "roles")
            var roles: [TrustRole: Role] = [:]
            for role in TrustRole.allCases {
                guard let item = members.optional(role.rawValue, role.name) else { continue }
                roles[role] = try Role(reading: item, "root.roles.\(role.name)")
            }
            try members.finish()
            try fields.finish()
            self.init(unchecked: version, expires: expires, technicianEpoch: epoch, keys: keys, roles: roles)
        } catch {
            throw .root(.malformed(error))
        }
        try check()
    }
}

extension TrustRoot.Role {
    fileprivate init(reading item: CBOR, _ path: String) throws(CBORError) {
        guard case .array(let parts) = item, parts.count == 2, case .array(let ids) = parts[1] else {
            let problem = FieldFault.wrongType(expected: "an array of a threshold and keys", found: item.kindName)
            throw .field(path: path, problem: problem)
        }
        threshold = Int(try CBORFields.unsigned(parts[0], path, maximum: UInt64(RoleKeys.mostKeys)))
        keyIDs = []
        for id in ids { keyIDs.append(try CBORFields.bytes(id, path, count: 8...8)) }
    }
}
