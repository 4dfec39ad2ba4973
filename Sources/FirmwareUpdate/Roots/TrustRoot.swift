public import SignedRecords

/// Whom a device trusts, and for what: keys, the roles that they fill, and how many must sign for each.
///
/// Deterministic CBOR, a map with integer keys (docs/updates.md). Roots step by exactly one; the next is signed by a threshold
/// of this one's root role and of its own.
public struct TrustRoot: Hashable, Sendable {
    /// The most keys in all roles together.
    public static let mostKeys = 32

    /// The keys of one role.
    public struct Role: Hashable, Sendable {
        /// How many must sign.
        public var threshold: Int
        /// Names of keys of the root, ascending, each once.
        public var keyIDs: [[UInt8]]

        public init(threshold: Int, keyIDs: [[UInt8]]) {
            self.threshold = threshold
            self.keyIDs = keyIDs
        }
    }

    /// From 1.
    public var version: UInt32
    /// From when on this root is no more to be believed, by a clock that may be believed.
    public var expires: UTCMilliseconds
    /// Certificates of technicians from an earlier epoch are no more believed.
    public var technicianEpoch: UInt32
    /// Ed25519 public keys of 32 bytes, ascending, each once.
    public var keys: [[UInt8]]
    public var roles: [TrustRole: Role]

    /// A root of keys by role, each role with a threshold; what a device would refuse is thrown.
    public init(
        version: UInt32, expires: UTCMilliseconds, technicianEpoch: UInt32,
        roles: [TrustRole: (threshold: Int, publicKeys: [[UInt8]])]
    ) throws(FirmwareUpdateError) {
        self.version = version
        self.expires = expires
        self.technicianEpoch = technicianEpoch
        let all = Set(roles.values.flatMap(\.publicKeys))
        keys = all.sorted { $0.lexicographicallyPrecedes($1) }
        self.roles = roles.mapValues { role in
            let ids = role.publicKeys.map { RoleKeys.id(of: $0) }
            return Role(threshold: role.threshold, keyIDs: ids.sorted { $0.lexicographicallyPrecedes($1) })
        }
        try check()
    }

    init(
        unchecked version: UInt32, expires: UTCMilliseconds, technicianEpoch: UInt32, keys: [[UInt8]],
        roles: [TrustRole: Role]
    ) {
        self.version = version
        self.expires = expires
        self.technicianEpoch = technicianEpoch
        self.keys = keys
        self.roles = roles
    }

    /// The keys of a role; throws `root(.roleNotFilled)` where it is nobody's.
    public func keys(of role: TrustRole) throws(FirmwareUpdateError) -> RoleKeys {
        guard let found = roles[role] else { throw .root(.roleNotFilled(version: version, role: role.name)) }
        let members = keys.filter { found.keyIDs.contains(RoleKeys.id(of: $0)) }
        return try RoleKeys(publicKeys: members, threshold: found.threshold)
    }

    /// Whether a root may still be believed.
    public enum Freshness: Equatable, Sendable {
        case fresh
        case expired
        /// The clock may not be believed: nobody can say.
        case unknown
    }

    /// - Parameter now: nil where the device's clock may not be believed.
    public func freshness(at now: UTCMilliseconds?) -> Freshness {
        guard let now else { return .unknown }
        return now < expires ? .fresh : .expired
    }

    /// What must hold of every root.
    func check() throws(FirmwareUpdateError) {
        guard version > 0 else { throw .root(.field("version", expected: "a number from 1")) }
        guard (0...UTCMilliseconds.latest.rawValue).contains(expires.rawValue) else {
            throw .root(.field("expires", expected: "a time from 1970 to 9999"))
        }
        guard (1...Self.mostKeys).contains(keys.count) else {
            throw .root(.field("keys", expected: "1 to \(Self.mostKeys) keys, not \(keys.count)"))
        }
        try Self.requireAscending(keys, "keys")
        let ids = keys.map { RoleKeys.id(of: $0) }
        guard Set(ids).count == ids.count else { throw .root(.field("keys", expected: "keys with different names")) }
        var used: Set<[UInt8]> = []
        for (role, members) in roles.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try Self.requireAscending(members.keyIDs, "roles.\(role.name)")
            for id in members.keyIDs where !ids.contains(id) {
                throw .root(.field("roles.\(role.name)", expected: "keys of this root, not \(Hexadecimal.encode(id))"))
            }
            used.formUnion(members.keyIDs)
            // Refuses keys of small order, and a threshold that the keys cannot reach.
            _ = try keys(of: role)
        }
        for role in [TrustRole.root, .release] where roles[role] == nil {
            throw .root(.roleNotFilled(version: version, role: role.name))
        }
        guard used.count == keys.count else { throw .root(.field("keys", expected: "no key without a role")) }
    }

    private static func requireAscending(_ items: [[UInt8]], _ field: String) throws(FirmwareUpdateError) {
        for (one, next) in zip(items, items.dropFirst()) where !one.lexicographicallyPrecedes(next) {
            throw .root(.field(field, expected: "ascending order, each once"))
        }
    }
}
