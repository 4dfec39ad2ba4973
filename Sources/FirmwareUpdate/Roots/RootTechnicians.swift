import SignedRecords

/// What a root says of technicians: who signs their certificates, and since which epoch these count.
public struct RootTechnicians: Equatable, Sendable {
    /// The root's version, from 1.
    public var rootVersion: UInt32
    /// Certificates of earlier epochs are no more believed.
    public var epoch: UInt32
    /// Ed25519 public keys of 32 bytes, at most 16; nil where the root leaves the role to nobody. Empty where several would have to
    /// sign: a certificate has one signature, so that none fits.
    public var authorities: [[UInt8]]?

    public init(rootVersion: UInt32, epoch: UInt32, authorities: [[UInt8]]?) {
        self.rootVersion = rootVersion
        self.epoch = epoch
        self.authorities = authorities
    }

    /// What stands in a root.
    init(_ root: TrustRoot) {
        rootVersion = root.version
        epoch = root.technicianEpoch
        authorities = root.roles[.technicianAuthority].map { role in
            role.threshold == 1 ? root.keys.filter { role.keyIDs.contains(RoleKeys.id(of: $0)) } : []
        }
    }
}

// {1 root's version, 2 epoch, 3 public keys, one behind the other (optional)}
extension RootTechnicians {
    var item: CBOR {
        CBOR.fields([
            (1, .unsigned(UInt64(rootVersion))), (2, .unsigned(UInt64(epoch))),
            (3, authorities.map { .bytes($0.flatMap { $0 }) }),
        ])
    }

    init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        let version = try fields.integer(1, "version", as: UInt32.self)
        let epoch = try fields.integer(2, "epoch", as: UInt32.self)
        let path = "\(fields.path).keys"
        let keys = try fields.optional(3, "keys").map { (item) throws(CBORError) in
            let bytes = try CBORFields.bytes(item, path, count: 0...32 * RoleKeys.mostKeys)
            guard bytes.count % 32 == 0 else {
                throw .field(path: path, problem: .outOfRange(expected: "keys of 32 bytes", found: "\(bytes.count)"))
            }
            return stride(from: 0, to: bytes.count, by: 32).map { Array(bytes[$0..<$0 + 32]) }
        }
        try fields.finish()
        self.init(rootVersion: version, epoch: epoch, authorities: keys)
    }
}
