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

    /// What every Sig_structure begins with: an array of four, the context "Signature1", the protected header.
    private static let signatureOpening: [UInt8] = [0x84, 0x6A] + "Signature1".utf8 + [0x43] + protectedHeader

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
        self.init(
            payload: payload, signature: signature, message: Self.message(payload: payload, signature: signature))
    }

    private init(payload: [UInt8], signature: [UInt8], message: [UInt8]) {
        self.payload = payload
        self.signature = signature
        self.message = message
    }

    /// The message of a payload and its signature of 64 bytes.
    static func message(payload: [UInt8], signature: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(messageBytes(payloadBytes: payload.count))
        message += COSELayout.opening
        CBOR.append(bytes: payload[...], to: &message)
        CBOR.append(bytes: signature[...], to: &message)
        return message
    }

    /// How long the message of a payload of so many bytes is.
    static func messageBytes(payloadBytes: Int) -> Int {
        COSELayout.opening.count + CBOR.headBytes(UInt64(payloadBytes)) + payloadBytes + CBOR.headBytes(64) + 64
    }

    /// Takes a message apart; refuses every other form, trailing bytes included.
    public static func decode(
        _ message: [UInt8], maximumBytes: Int = COSESign1.maximumBytes
    ) throws(COSEError) -> COSESign1 {
        let layout = try COSELayout(whole: message, maximumBytes: maximumBytes)
        return COSESign1(
            payload: Array(message[layout.payload]), signature: Array(message[layout.signature]), message: message)
    }

    /// Takes apart the message that starts at `start`, as in a CBOR sequence (RFC 8742), and says where it ends.
    public static func decodePrefix(
        _ input: [UInt8], at start: Int
    ) throws(COSEError) -> (message: COSESign1, end: Int) {
        let end = try endOfMessage(input, at: start)
        return (try decode(Array(input[start..<end]), maximumBytes: .max), end)
    }

    /// Where the message that starts at `start` ends, as in a CBOR sequence; refuses what is none.
    public static func endOfMessage(_ input: [UInt8], at start: Int) throws(COSEError) -> Int {
        try COSELayout(input, at: start).end
    }

    /// Checks the signature with a public key of 32 bytes; throws `.invalidKey` or `.signatureMismatch`.
    public func verify(publicKey: [UInt8], aad: [UInt8]) throws(COSEError) {
        try verify(key: try Self.publicKey(publicKey), aad: aad)
    }

    /// Checks the signature with a key that was parsed before.
    public func verify(key: Curve25519.Signing.PublicKey, aad: [UInt8]) throws(COSEError) {
        try Self.verify(payload: payload[...], signature: signature[...], key: key, aad: aad)
    }

    /// Checks the signature of a message that was taken apart, or put together, before: nothing of it is copied.
    static func verify(
        payload: ArraySlice<UInt8>, signature: ArraySlice<UInt8>, key: Curve25519.Signing.PublicKey, aad: [UInt8]
    ) throws(COSEError) {
        guard key.isValidSignature(signature, for: signedBytes(payload: payload, aad: aad)) else {
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
        signedBytes(payload: payload[...], aad: aad)
    }

    private static func signedBytes(payload: ArraySlice<UInt8>, aad: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        // Nine bytes are the longest head.
        bytes.reserveCapacity(signatureOpening.count + 9 + aad.count + 9 + payload.count)
        bytes += signatureOpening
        CBOR.append(bytes: aad[...], to: &bytes)
        CBOR.append(bytes: payload, to: &bytes)
        return bytes
    }
}
