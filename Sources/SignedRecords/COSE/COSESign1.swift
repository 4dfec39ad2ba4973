public import Crypto

/// A COSE_Sign1 message (RFC 9052 section 4.2) with EdDSA over Ed25519 (RFC 9053 section 2.2): the tag 18, the protected
/// header `{1: -8}`, an empty unprotected header, the payload, a signature of 64 bytes. No other form is taken, so a
/// message has one encoding.
public struct COSESign1: Hashable, Sendable {
    /// The signed bytes.
    public let payload: [UInt8]
    /// 64 bytes.
    public let signature: [UInt8]
    /// The whole message as it is stored and sent.
    public let message: [UInt8]

    /// The most bytes that `decode` takes unless told otherwise.
    public static let maximumBytes = 1 << 20

    /// The encoded protected header `{1: -8}`.
    static let protectedHeader: [UInt8] = [0xA1, 0x01, 0x27]

    private static let opening: [UInt8] = [0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27, 0xA0]

    /// Signs a payload; `aad` from `SigningContext.additionalData(ledger:)`.
    public static func sign(
        payload: [UInt8], aad: [UInt8], key: Curve25519.Signing.PrivateKey
    ) throws(COSEError) -> COSESign1 {
        let signature: [UInt8]
        do { signature = Array(try key.signature(for: signedBytes(payload: payload, aad: aad))) } catch {
            throw .signingFailed
        }
        return COSESign1(payload: payload, signature: signature)
    }

    /// Puts a message together from a payload and a signature made elsewhere; `verify` tells whether it holds.
    public init(payload: [UInt8], signature: [UInt8]) {
        self.payload = payload
        self.signature = signature
        var message = Self.opening
        message.append(contentsOf: CBOR.bytes(payload).encode())
        message.append(contentsOf: CBOR.bytes(signature).encode())
        self.message = message
    }

    /// Takes a message apart; refuses every other form, trailing bytes included.
    public static func decode(
        _ message: [UInt8], maximumBytes: Int = COSESign1.maximumBytes
    ) throws(COSEError) -> COSESign1 {
        guard message.count <= maximumBytes else { throw .tooLong(limit: maximumBytes, found: message.count) }
        let (decoded, end) = try decodePrefix(message, at: 0)
        guard end == message.count else { throw .part(.malformed(.trailingBytes, offset: end)) }
        return decoded
    }

    /// Takes apart the message that starts at `start`, as in a CBOR sequence (RFC 8742), and says where it ends.
    public static func decodePrefix(
        _ input: [UInt8], at start: Int
    ) throws(COSEError) -> (message: COSESign1, end: Int) {
        guard start >= 0, start < input.count, input[start] == 0xD2 else { throw .notSign1(offset: start) }
        var decoder = CBORDecoder(input: input, maximumDepth: 2, offset: start + 1)
        do {
            let (major, count) = try decoder.head()
            guard major == 4, count == 4 else { throw COSEError.notSign1(offset: start) }
            let protected = try decoder.item(depth: 1)
            guard protected == .bytes(protectedHeader) else { throw COSEError.wrongProtectedHeader }
            let unprotected = try decoder.item(depth: 1)
            guard unprotected == .map(CBORMap(distinctKeys: [])) else { throw COSEError.unprotectedHeaderNotEmpty }
            let payload = try CBORFields.bytes(try decoder.item(depth: 1), "payload", count: 0...input.count)
            let signature = try CBORFields.bytes(try decoder.item(depth: 1), "signature", count: 64...64)
            return (COSESign1(payload: payload, signature: signature), decoder.offset)
        } catch let error as CBORError {
            throw .part(error)
        } catch let error as COSEError {
            throw error
        } catch {
            throw .notSign1(offset: start)
        }
    }

    /// Checks the signature with a public key of 32 bytes; throws `.invalidKey` or `.signatureMismatch`.
    public func verify(publicKey: [UInt8], aad: [UInt8]) throws(COSEError) {
        try verify(key: try Self.publicKey(publicKey), aad: aad)
    }

    /// Checks the signature with a key that was parsed before.
    public func verify(key: Curve25519.Signing.PublicKey, aad: [UInt8]) throws(COSEError) {
        guard key.isValidSignature(signature, for: Self.signedBytes(payload: payload, aad: aad)) else {
            throw .signatureMismatch
        }
    }

    /// Parses an Ed25519 public key; refuses the points of small order, under which anyone can sign anything.
    public static func publicKey(_ bytes: [UInt8]) throws(COSEError) -> Curve25519.Signing.PublicKey {
        guard bytes.count == 32, !SmallOrderPoints.contains(bytes) else { throw .invalidKey }
        do { return try Curve25519.Signing.PublicKey(rawRepresentation: bytes) } catch { throw .invalidKey }
    }

    /// The Sig_structure (RFC 9052 section 4.4): what Ed25519 signs.
    public static func signedBytes(payload: [UInt8], aad: [UInt8]) -> [UInt8] {
        CBOR.array([.text("Signature1"), .bytes(protectedHeader), .bytes(aad), .bytes(payload)]).encode()
    }
}
