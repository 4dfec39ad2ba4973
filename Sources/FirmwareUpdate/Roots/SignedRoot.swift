import SignedRecords

/// A root with its signatures: what stands in a file `root.N` and travels in bundles.
///
/// Deterministic CBOR `[root bytes, [[key id, signature], …]]`, signatures ascending by key id, each key once.
public struct SignedRoot: Hashable, Sendable {
    /// The most bytes of a root with its signatures.
    public static let mostBytes = TrustRoot.mostBytes + 2 * RoleKeys.mostKeys * 80 + 16
    /// Stands before the root's bytes in what is signed, so that no other signature of these keys fits a root.
    static let domain = Array("wattseal-root-v1\0".utf8)
    private static let mostSignatures = 2 * RoleKeys.mostKeys

    public let root: TrustRoot
    /// Ascending by key id, each key once.
    public let signatures: [KeySignature]

    /// A root that nobody has signed yet.
    public init(_ root: TrustRoot) {
        self.root = root
        signatures = []
    }

    private init(_ root: TrustRoot, _ signatures: [KeySignature]) {
        self.root = root
        self.signatures = signatures.sorted { $0.keyID.lexicographicallyPrecedes($1.keyID) }
    }

    /// The bytes that a key of the root role signs.
    public var signedMessage: [UInt8] { Self.domain + root.encoded() }

    /// The same root with one key's signature more; that of a key that has signed before takes its place.
    public func signed(by signer: any UpdateSigner) throws(FirmwareUpdateError) -> SignedRoot {
        let made = try KeySignature.made(by: signer, over: signedMessage)
        return SignedRoot(root, signatures.filter { $0.keyID != made.keyID } + [made])
    }

    public func encoded() -> [UInt8] {
        let entries = signatures.map { CBOR.array([.bytes($0.keyID), .bytes($0.signature)]) }
        return CBOR.array([.bytes(root.encoded()), .array(entries)]).encode()
    }

    /// Reads it strictly; nothing is said yet about the signatures.
    public init(decoding bytes: [UInt8]) throws(FirmwareUpdateError) {
        let body: [UInt8]
        var signatures: [KeySignature] = []
        do throws(CBORError) {
            let limits = CBORLimits(maximumBytes: Self.mostBytes, maximumDepth: 4)
            let item = try CBOR.decode(bytes, limits: limits)
            guard case .array(let parts) = item, parts.count == 2, case .array(let entries) = parts[1] else {
                let problem = FieldFault.wrongType(expected: "a root and its signatures", found: item.kindName)
                throw .field(path: "root", problem: problem)
            }
            body = try CBORFields.bytes(parts[0], "root", count: 1...TrustRoot.mostBytes)
            for entry in entries {
                guard case .array(let pair) = entry, pair.count == 2 else {
                    let problem = FieldFault.wrongType(expected: "a key id and a signature", found: entry.kindName)
                    throw .field(path: "root.signatures", problem: problem)
                }
                signatures.append(
                    KeySignature(
                        keyID: try CBORFields.bytes(pair[0], "root.signatures.key_id", count: 8...8),
                        signature: try CBORFields.bytes(pair[1], "root.signatures.signature", count: 64...64)))
            }
        } catch {
            throw .root(.malformed(error))
        }
        guard signatures.count <= Self.mostSignatures else {
            throw .root(.field("signatures", expected: "at most \(Self.mostSignatures), not \(signatures.count)"))
        }
        for (one, next) in zip(signatures, signatures.dropFirst())
        where !one.keyID.lexicographicallyPrecedes(next.keyID) {
            throw .root(.field("signatures", expected: "each key once, in ascending order"))
        }
        root = try TrustRoot(decoding: body)
        self.signatures = signatures
    }

    /// Throws where a threshold of the root role of `other` has not signed this root.
    private func check(signedBy other: TrustRoot) throws(FirmwareUpdateError) {
        do throws(FirmwareUpdateError) {
            try other.keys(of: .root).check(signatures, over: signedMessage)
        } catch {
            switch error {
            case .tooFewSignatures(let expected, let found):
                throw .root(
                    .notSigned(version: root.version, by: other.version, .tooFew(expected: expected, found: found)))
            case .badSignature(let keyID):
                throw .root(.notSigned(version: root.version, by: other.version, .unfit(keyID: keyID)))
            default: throw error
            }
        }
    }

    /// Throws where this root's own root role has not signed it. That makes no root trusted; it finds a damaged one.
    public func checkOwn() throws(FirmwareUpdateError) { try check(signedBy: root) }

    /// Throws where `next` is not the root after this one: one version on, signed by a threshold of both.
    public func check(next: SignedRoot) throws(FirmwareUpdateError) {
        guard root.version < .max, next.root.version == root.version + 1 else {
            throw .root(.version(expected: root.version &+ 1, found: next.root.version))
        }
        try next.check(signedBy: root)
        try next.checkOwn()
    }
}
