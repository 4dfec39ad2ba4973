internal import Crypto

/// A validator's key. Only Ed25519 signatures can be checked here; the other types are hashed correctly so that a
/// mixed validator set keeps its hash.
public enum PublicKey: Hashable, Sendable {
    /// 32 bytes.
    case ed25519([UInt8])
    /// 33 bytes, compressed.
    case secp256k1([UInt8])
    /// CometBFT 1.0 and later builds with BLS.
    case bls12381([UInt8])
    /// CometBFT 0.40.
    case mldsa65([UInt8])
    /// 33 bytes, compressed; CometBFT 0.40.
    case secp256k1eth([UInt8])

    /// The key's bytes.
    public var bytes: [UInt8] {
        switch self {
        case .ed25519(let bytes), .secp256k1(let bytes), .bls12381(let bytes), .mldsa65(let bytes),
            .secp256k1eth(let bytes):
            return bytes
        }
    }

    /// The type's short name, as CometBFT prints it.
    public var typeName: String {
        switch self {
        case .ed25519: return "ed25519"
        case .secp256k1: return "secp256k1"
        case .bls12381: return "bls12_381"
        case .mldsa65: return "mldsa65"
        case .secp256k1eth: return "secp256k1eth"
        }
    }

    /// Whether this client can check signatures of this key.
    public var isSupported: Bool {
        if case .ed25519 = self { return true }
        return false
    }

    /// The longest signature that this key type makes.
    public var maxSignatureSize: Int {
        switch self {
        case .ed25519, .secp256k1: return 64
        case .secp256k1eth: return 65
        case .bls12381: return 96
        case .mldsa65: return 3309
        }
    }

    /// Checks the number of bytes where the type fixes it.
    public func checkSize() throws(LightClientError) {
        let expected: Int
        switch self {
        case .ed25519: expected = 32
        case .secp256k1, .secp256k1eth: expected = 33
        case .mldsa65: expected = 1952
        case .bls12381:
            // 48 compressed or 96 plain; builds differ.
            expected = bytes.count == 48 ? 48 : 96
        }
        guard bytes.count == expected else {
            throw .invalidKey(type: typeName, expected: expected, got: bytes.count)
        }
    }

    /// The address that follows from the key; nil for secp256k1eth, whose address needs the uncompressed point.
    public var address: Address? {
        switch self {
        case .ed25519(let key), .bls12381(let key), .mldsa65(let key):
            return Address(leading: .sha256(key))
        case .secp256k1(let key):
            return Address(digest: RIPEMD160.hash(Hash.sha256(key).bytes))
        case .secp256k1eth:
            return nil
        }
    }

    /// Whether `signature` over `message` is this key's; always false for unsupported types.
    ///
    /// RFC 8032, the strict kind: where CometBFT 0.38 follows the lenient ZIP-215 rules, this can refuse what a node
    /// accepts (only for a signer who makes such signatures on purpose), never the other way round.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard case .ed25519(let key) = self, signature.count == 64,
            let verifier = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return false }
        return verifier.isValidSignature(signature, for: message)
    }
}

extension PublicKey: ProtobufMessage {
    /// tendermint.crypto.PublicKey.
    public static let protobufName = "PublicKey"

    /// Reads the oneof: 1 ed25519, 2 secp256k1, 3 bls12381, 4 mldsa65, 5 secp256k1eth.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        guard let field = try reader.next() else { throw .unsupportedKeyType("(none)") }
        let bytes = try field.bytes()
        switch field.number {
        case 1: self = .ed25519(bytes)
        case 2: self = .secp256k1(bytes)
        case 3: self = .bls12381(bytes)
        case 4: self = .mldsa65(bytes)
        case 5: self = .secp256k1eth(bytes)
        default: throw .unsupportedKeyType("protobuf field \(field.number)")
        }
        if let extra = try reader.next() { throw extra.fault("is a second key") }
        try checkSize()
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        let field: UInt32
        switch self {
        case .ed25519: field = 1
        case .secp256k1: field = 2
        case .bls12381: field = 3
        case .mldsa65: field = 4
        case .secp256k1eth: field = 5
        }
        writer.message(field, bytes)
    }
}
