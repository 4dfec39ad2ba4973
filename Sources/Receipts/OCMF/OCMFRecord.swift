import Crypto
import SignedRecords

/// A signed OCMF record: `OCMF|payload|signature`, as one line of ASCII without an end of line.
public struct OCMFRecord: Hashable, Sendable {
    /// The payload section's bytes, which are signed.
    public let payload: [UInt8]
    /// ECDSA with SHA-256 on secp256r1: DER SEQUENCE of r and s.
    public let signature: [UInt8]

    /// Longest record in bytes.
    public static let maximumBytes = 16 << 10
    private static let signatureStart =
        "|{\"SA\":\"ECDSA-secp256r1-SHA256\",\"SE\":\"hex\",\"SM\":\"application/x-der\",\"SD\":\""
    private static let signatureEnd = "\"}"

    /// Puts a payload and its signature together.
    ///
    /// - Parameter signature: 64 bytes, r and s, as `KeyStore.signOCMF` gives them.
    /// - Throws: `ocmf` for another length.
    public init(_ payload: OCMFPayload, signature: [UInt8]) throws(ReceiptError) {
        guard let pair = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else {
            throw .ocmf(reason: "a signature of \(signature.count) bytes, expected 64")
        }
        self.payload = payload.bytes
        self.signature = Array(pair.derRepresentation)
    }

    /// The record's one encoding.
    public func encode() -> [UInt8] {
        Array("OCMF|".utf8) + payload + Array(Self.signatureStart.utf8) + Array(Hexadecimal.encode(signature).utf8)
            + Array(Self.signatureEnd.utf8)
    }

    /// Splits a record that this program's devices made; of the payload nothing is believed yet. One line feed may follow.
    ///
    /// - Throws: `ocmf` for anything but the one encoding.
    public init(decoding bytes: [UInt8]) throws(ReceiptError) {
        guard bytes.count <= Self.maximumBytes else {
            throw .ocmf(reason: "\(bytes.count) bytes, expected at most \(Self.maximumBytes)")
        }
        let line = bytes.last == 0x0A ? bytes.dropLast() : bytes[...]
        guard line.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .ocmf(reason: "expected one line of printable ASCII")
        }
        let sections = line.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
        guard sections.count == 3, Array(sections[0]) == Array("OCMF".utf8) else {
            throw .ocmf(reason: "expected OCMF|payload|signature, found \(sections.count) sections")
        }
        payload = Array(sections[1])
        let start = Self.signatureStart.utf8.count - 1
        let hex = sections[2].dropFirst(start).dropLast(Self.signatureEnd.utf8.count)
        guard let value = Hexadecimal.decode(String(decoding: hex, as: UTF8.self)),
            let pair = try? P256.Signing.ECDSASignature(derRepresentation: value)
        else { throw .ocmf(reason: "the signature section holds no ECDSA signature in hexadecimal DER") }
        signature = Array(pair.derRepresentation)
        guard encode() == Array(line) else { throw .ocmf(reason: "the signature section is not in its one form") }
    }

    /// Checks the signature.
    ///
    /// - Parameter key: The device's P-256 key, 65 bytes, uncompressed point.
    /// - Throws: `ocmf`.
    public func verifySignature(key: [UInt8]) throws(ReceiptError) {
        guard let key = try? P256.Signing.PublicKey(x963Representation: key) else {
            throw .ocmf(reason: "the key is no uncompressed P-256 point")
        }
        guard let pair = try? P256.Signing.ECDSASignature(derRepresentation: signature),
            key.isValidSignature(pair, for: payload)
        else { throw .ocmf(reason: "the signature is not the device's over this payload") }
    }

    /// The page number that the payload claims; nil where it is no payload of ours.
    var claimedPage: UInt64? {
        Self.text(after: "\"PG\":\"T", in: payload).flatMap { UInt64($0.prefix { $0 != "\"" }) }
    }

    /// The decimal places of the first register that the payload states.
    var claimedDecimals: Int? {
        guard let value = Self.text(after: "\"RV\":", in: payload)?.prefix(while: { $0 != "," }) else { return nil }
        return value.firstIndex(of: ".").map { value.distance(from: $0, to: value.endIndex) - 1 } ?? 0
    }

    /// The text behind the first appearance of a mark. A text field cannot hold the mark: it would hold its quotes escaped.
    private static func text(after mark: String, in payload: [UInt8]) -> Substring? {
        let text = String(decoding: payload, as: UTF8.self)
        let marked = Array(mark.utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= marked.count else { return nil }
        for start in 0...(bytes.count - marked.count) where bytes[start..<start + marked.count].elementsEqual(marked) {
            return text[text.utf8.index(text.startIndex, offsetBy: start + marked.count)...]
        }
        return nil
    }
}
