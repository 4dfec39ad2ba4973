import Crypto
import SignedRecords

// The format of a sealed key file (docs/keys-tpm-pkcs11.md). The file holds nothing secret: the private part is encrypted by
// the TPM. Its checksum tells damage from refusal; authentic it need not be, because what is unsealed must be the keys named.

/// One epoch's sealed keys as they lie on the disk: the TPM's public and private part, and what is needed to open them.
struct SealedKeyFile: Hashable, Sendable {
    static let kind = "wattseal-tpm-key/1"
    static let maximumBytes = 2_048

    let epoch: UInt32
    let publicKeys: DevicePublicKeys
    /// The name of the storage primary: another TPM's is another.
    let primary: [UInt8]
    let policy: SealingPolicy
    /// TPM2B_PUBLIC.
    let publicPart: [UInt8]
    /// TPM2B_PRIVATE.
    let privatePart: [UInt8]
    /// The signature of the epoch before over all else, 64 bytes: otherwise anybody with the disk could lay keys that he knows
    /// beside the ones in force, sealed for this TPM, and wait until they follow. Nil where no epoch before could sign.
    var endorsement: [UInt8]?

    static func name(epoch: UInt32) -> String { "epoch-\(epoch).tpm" }

    /// The epoch that a name is for, or nil for other files.
    static func epoch(ofName name: String) -> UInt32? {
        guard name.hasPrefix("epoch-"), name.hasSuffix(".tpm") else { return nil }
        guard let epoch = UInt32(name.dropFirst(6).dropLast(4)), SealedKeyFile.name(epoch: epoch) == name else {
            return nil
        }
        return epoch
    }

    /// A map, and SHA-256 of its bytes behind it.
    func encode() -> [UInt8] {
        let map = CBOR.fields(fields + [(11, endorsement.map { .bytes($0) })]).encode()
        return map + Array(SHA256.hash(data: map))
    }

    /// What the epoch before signs: no record, no enrolment and no key change begins like it.
    var endorsedBytes: [UInt8] {
        CBOR.array([.text("wattseal-tpm-endorsement/1"), CBOR.fields(fields)]).encode()
    }

    private var fields: [(UInt64, CBOR?)] {
        var pcrs: UInt64?
        var authority: [UInt8]?
        switch policy.boot {
        case .unchanged(let set): pcrs = UInt64(set.mask)
        case .approved(let key): authority = key
        }
        return [
            (1, .text(SealedKeyFile.kind)), (2, .unsigned(UInt64(epoch))), (3, .bytes(publicKeys.ed25519)),
            (4, .bytes(publicKeys.p256)), (5, .bytes(primary)), (6, pcrs.map { .unsigned($0) }),
            (7, authority.map { .bytes($0) }), (8, policy.lock.map { .unsigned(UInt64($0)) }),
            (9, .bytes(publicPart)), (10, .bytes(privatePart)),
        ]
    }

    /// Reads a file; `path` is for messages.
    static func decode(_ bytes: [UInt8], epoch: UInt32, path: String) throws(KeyStoreError) -> SealedKeyFile {
        guard bytes.count <= maximumBytes, bytes.count > 32 else {
            throw .damaged(path: path, what: "\(bytes.count) bytes are no sealed key file")
        }
        let map = Array(bytes.dropLast(32))
        guard Array(SHA256.hash(data: map)) == Array(bytes.suffix(32)) else {
            throw .damaged(path: path, what: "the checksum does not match")
        }
        let file: SealedKeyFile
        do { file = try SealedKeyFile(map) } catch { throw .damaged(path: path, what: "\(error)") }
        guard file.epoch == epoch else { throw .damaged(path: path, what: "it says key epoch \(file.epoch)") }
        return file
    }
}

extension SealedKeyFile {
    private init(_ bytes: [UInt8]) throws(CBORError) {
        var fields = try CBORFields(try CBOR.decode(bytes), path: "sealed key file")
        let kind = try fields.text(1, "kind", maximum: 32)
        guard kind == SealedKeyFile.kind else {
            throw .field(path: "sealed key file.kind", problem: .outOfRange(expected: SealedKeyFile.kind, found: kind))
        }
        epoch = try fields.integer(2, "epoch", as: UInt32.self)
        publicKeys = DevicePublicKeys(
            ed25519: try fields.bytes(3, "ed25519", count: 32), p256: try fields.bytes(4, "p256", count: 65))
        primary = try fields.bytes(5, "primary", count: 34)
        let mask = fields.optional(6, "pcrs")
        let authority = fields.optional(7, "authority")
        let lock = fields.optional(8, "lock")
        publicPart = try fields.bytes(9, "public part", count: 1...1_024)
        privatePart = try fields.bytes(10, "private part", count: 1...1_024)
        let endorsement = fields.optional(11, "endorsement")
        self.endorsement = try endorsement.map { (item) throws(CBORError) in
            try CBORFields.bytes(item, "sealed key file.endorsement", count: 64...64)
        }
        try fields.finish()

        let boot: SealingPolicy.Boot
        if authority == nil, let value = mask?.unsignedValue, let set = UInt32(exactly: value).flatMap(PCRSet.init(mask:)) {
            boot = .unchanged(set)
        } else if mask == nil, let key = authority?.bytesValue, key.count == 64 {
            boot = .approved(authority: key)
        } else {
            throw .field(
                path: "sealed key file.policy",
                problem: .wrongType(expected: "a set of PCRs or an authority's key", found: "something else"))
        }
        var pcr: Int?
        if let lock {
            guard let value = lock.unsignedValue, value < 24 else {
                throw .field(
                    path: "sealed key file.lock", problem: .wrongType(expected: "PCR 0 to 23", found: lock.kindName))
            }
            pcr = Int(value)
        }
        policy = SealingPolicy(boot: boot, lock: pcr)
    }
}
