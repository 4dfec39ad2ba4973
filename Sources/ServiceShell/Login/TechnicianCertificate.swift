public import Crypto
public import SignedRecords

/// Who a technician is and what he may do where, signed by a technicians' authority: 186 bytes (docs/service-shell.md,
/// "Certificates").
///
/// Every field stands at a fixed place, so that it has one encoding; `decode` refuses every other.
public struct TechnicianCertificate: Equatable, Sendable {
    /// Bytes of a certificate.
    public static let byteCount = 186
    /// The longest that an authority may make one hold, in seconds: 90 days.
    public static let longestValidity: UInt32 = 90 * 86_400
    /// The longest name, in bytes.
    public static let longestName = 24
    private static let magic = Array("WTC1".utf8)
    /// Stands before the signed bytes, so that no other signature of the key can be taken for one.
    private static let domain = Array("wattseal-technician/1\0".utf8)
    private static let signedCount = byteCount - 64

    /// The authority's own number for it.
    public var serial: UInt64
    /// Devices that were told of a later epoch refuse it.
    public var epoch: UInt32
    /// 1 to 24 bytes of UTF-8, without control characters.
    public var name: String
    /// The technician's Ed25519 public key, 32 bytes.
    public var publicKey: [UInt8]
    /// The roles that it grants, without `none`; a login chooses one.
    public var roles: Set<AccessRole>
    public var scope: AccessScope
    /// Seconds since 1970, both included.
    public var notBefore: UInt32
    public var notAfter: UInt32
    /// The first 8 bytes of the SHA-256 of the authority's public key.
    public var issuer: [UInt8]
    /// Ed25519, 64 bytes.
    public private(set) var signature: [UInt8]

    /// A certificate signed by an authority.
    ///
    /// - Throws: `LoginRefusal.certificate` with the field that does not fit.
    public init(
        serial: UInt64, epoch: UInt32, name: String, publicKey: [UInt8], roles: Set<AccessRole>, scope: AccessScope,
        notBefore: UInt32, notAfter: UInt32, signedBy authority: Curve25519.Signing.PrivateKey
    ) throws {
        self.serial = serial
        self.epoch = epoch
        self.name = name
        self.publicKey = publicKey
        self.roles = roles
        self.scope = scope
        self.notBefore = notBefore
        self.notAfter = notAfter
        issuer = Self.keyID(of: Array(authority.publicKey.rawRepresentation))
        signature = []
        try check()
        signature = Array(try authority.signature(for: Self.domain + signedBytes))
    }

    /// What names an authority in its certificates.
    public static func keyID(of publicKey: [UInt8]) -> [UInt8] {
        Array(ContentHash(hashing: publicKey).bytes.prefix(8))
    }

    /// SHA-256 of all its bytes: what records name a technician by.
    public var hash: ContentHash { ContentHash(hashing: encoded()) }

    /// All 186 bytes.
    public func encoded() -> [UInt8] { signedBytes + signature }

    /// Whether the authority's key signed it.
    public func isSigned(by authority: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: authority) else { return false }
        return key.isValidSignature(signature, for: Self.domain + signedBytes)
    }

    private var signedBytes: [UInt8] {
        var bytes = Self.magic
        bytes.appendBigEndian(serial)
        bytes.appendBigEndian(epoch)
        bytes += Self.padded(name, to: Self.longestName)
        bytes += publicKey
        bytes.append(roles.reduce(0) { $0 | 1 << ($1.rawValue - 1) })
        switch scope {
        case .device(let id): bytes += [1] + id.bytes
        case .site(let name): bytes += [2] + Self.padded(name, to: AccessScope.longest)
        case .fleet(let pattern): bytes += [3] + Self.padded(pattern, to: AccessScope.longest)
        }
        bytes.appendBigEndian(notBefore)
        bytes.appendBigEndian(notAfter)
        bytes += issuer
        return bytes
    }

    /// Reads a certificate; its signature is checked by `isSigned`.
    ///
    /// - Throws: `LoginRefusal.certificate` with the offset of the field that is refused.
    public init(decoding bytes: [UInt8]) throws(LoginRefusal) {
        guard bytes.count == Self.byteCount else {
            throw .certificate("\(Self.byteCount) bytes, found \(bytes.count)")
        }
        guard bytes.starts(with: Self.magic) else { throw .certificate("WTC1 at byte 0") }
        serial = UInt64(bigEndianBytes: bytes[4..<12])
        epoch = UInt32(bigEndianBytes: bytes[12..<16])
        name = try Self.text(bytes[16..<40], "a name at byte 16")
        publicKey = Array(bytes[40..<72])
        guard bytes[72] & 0xF0 == 0 else { throw .certificate("no role beyond vendor at byte 72") }
        roles = Set(AccessRole.allCases.filter { $0 != .none && bytes[72] & 1 << ($0.rawValue - 1) != 0 })
        switch bytes[73] {
        case 1: scope = .device(DeviceID(exactly: Array(bytes[74..<106])))
        case 2: scope = .site(try Self.text(bytes[74..<106], "a site at byte 74"))
        case 3: scope = .fleet(try Self.text(bytes[74..<106], "a pattern at byte 74"))
        default: throw .certificate("a scope of 1 to 3 at byte 73")
        }
        notBefore = UInt32(bigEndianBytes: bytes[106..<110])
        notAfter = UInt32(bigEndianBytes: bytes[110..<114])
        issuer = Array(bytes[114..<122])
        signature = Array(bytes[Self.signedCount...])
        try check()
        guard encoded() == bytes else { throw .certificate("one encoding of each field") }
    }

    private func check() throws(LoginRefusal) {
        guard (1...Self.longestName).contains(name.utf8.count), Self.isPlain(name) else {
            throw .certificate("a name of 1 to \(Self.longestName) bytes without control characters")
        }
        guard publicKey.count == 32 else { throw .certificate("a public key of 32 bytes") }
        guard !roles.isEmpty, !roles.contains(.none) else { throw .certificate("a role") }
        guard notBefore <= notAfter, notAfter - notBefore <= Self.longestValidity else {
            throw .certificate("a validity of at most \(Self.longestValidity / 86_400) days")
        }
        switch scope {
        case .device: break
        case .site(let text), .fleet(let text):
            guard (1...AccessScope.longest).contains(text.utf8.count), Self.isPlain(text) else {
                throw .certificate("a scope of 1 to \(AccessScope.longest) bytes without control characters")
            }
        }
    }

    private static func isPlain(_ text: String) -> Bool { PeopleRenderer.printable(text) == text }

    private static func padded(_ text: String, to count: Int) -> [UInt8] {
        Array(text.utf8) + Array(repeating: 0, count: max(0, count - text.utf8.count))
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ expected: String) throws(LoginRefusal) -> String {
        let content = bytes.prefix { $0 != 0 }
        guard let text = String(validating: content, as: UTF8.self) else { throw .certificate(expected) }
        return text
    }
}

extension [UInt8] {
    /// The integer's bytes, the highest first.
    mutating func appendBigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

extension FixedWidthInteger {
    /// The integer whose bytes these are, the highest first.
    init(bigEndianBytes bytes: ArraySlice<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Self($1) } }
}
