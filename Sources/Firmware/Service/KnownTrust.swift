import FirmwareUpdate
import SignedRecords

/// What a device has ever been told about who is a technician. It only grows: neither an older root nor a lower epoch takes
/// anything back (docs/decisions/0154).
struct KnownTrust: Equatable, Sendable {
    /// The highest epoch, by whomever.
    var epoch: UInt32 = 0
    /// The newest root whose word on technicians is known; 0 for none.
    var rootVersion: UInt32 = 0
    /// Whom that root names, 32 bytes each; nil where it leaves the role to nobody.
    var authorities: [[UInt8]]?

    /// With the configuration's epoch, and the word of a root where there is one.
    func learning(configured epoch: UInt32, from root: RootTechnicians?) -> KnownTrust {
        var next = self
        next.epoch = max(self.epoch, epoch, root?.epoch ?? 0)
        if let root, root.rootVersion >= rootVersion {
            next.rootVersion = root.rootVersion
            next.authorities = root.authorities
        }
        return next
    }
}

// {1 epoch, 2 root's version, 3 public keys, one behind the other (optional)}
extension KnownTrust {
    /// The most bytes of an encoding.
    static let mostBytes = 32 * RoleKeys.mostKeys + 32

    func encoded() -> [UInt8] {
        CBOR.fields([
            (1, .unsigned(UInt64(epoch))), (2, .unsigned(UInt64(rootVersion))),
            (3, authorities.map { .bytes($0.flatMap { $0 }) }),
        ]).encode()
    }

    init(decoding bytes: [UInt8]) throws(CBORError) {
        let limits = CBORLimits(maximumBytes: Self.mostBytes, maximumDepth: 2)
        var fields = try CBORFields(try CBOR.decode(bytes, limits: limits), path: "trust")
        epoch = try fields.integer(1, "epoch", as: UInt32.self)
        rootVersion = try fields.integer(2, "root", as: UInt32.self)
        if let item = fields.optional(3, "keys") {
            let keys = try CBORFields.bytes(item, "trust.keys", count: 0...32 * RoleKeys.mostKeys)
            guard keys.count % 32 == 0 else {
                throw .field(
                    path: "trust.keys", problem: .outOfRange(expected: "keys of 32 bytes", found: "\(keys.count)"))
            }
            authorities = stride(from: 0, to: keys.count, by: 32).map { Array(keys[$0..<$0 + 32]) }
        }
        try fields.finish()
    }
}
