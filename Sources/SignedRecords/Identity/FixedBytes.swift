import Crypto
import Quantities

/// A byte string of one fixed length that names something: a device, a record, a session.
public protocol FixedBytes: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes it has.
    static var byteCount: Int { get }
    /// What it names, for messages.
    static var noun: String { get }
    /// The bytes.
    var bytes: [UInt8] { get }
    /// Wraps bytes whose length is known to be right (a programming error otherwise).
    init(exactly bytes: [UInt8])
}

extension FixedBytes {
    /// Wraps bytes from outside; throws `RecordError.wrongLength`.
    public init(_ bytes: [UInt8]) throws(RecordError) {
        guard bytes.count == Self.byteCount else {
            throw .wrongLength(of: Self.noun, expected: Self.byteCount, found: bytes.count)
        }
        self.init(exactly: bytes)
    }

    /// Reads lower- or upper-case hexadecimal; throws `RecordError.wrongLength` or `.notHexadecimal`.
    public init(hex: String) throws(RecordError) {
        guard let bytes = Hexadecimal.decode(hex) else { throw .notHexadecimal(of: Self.noun) }
        try self.init(bytes)
    }

    /// Lower-case hexadecimal.
    public var hex: String { Hexadecimal.encode(bytes) }

    public var description: String { hex }

    /// All bytes zero.
    public static var zero: Self { Self(exactly: [UInt8](repeating: 0, count: byteCount)) }

    static func require(_ bytes: [UInt8]) -> [UInt8] {
        invariant(bytes.count == byteCount, "an identifier has its fixed length")
        return bytes
    }
}

/// An identifier that is a SHA-256 digest.
public protocol DigestBytes: FixedBytes {}

extension DigestBytes {
    public static var byteCount: Int { 32 }

    /// The digest of these bytes.
    public init(hashing message: [UInt8]) {
        self.init(hashing: message[...])
    }

    /// The digest of a part of something longer, which is not copied for it.
    public init(hashing part: ArraySlice<UInt8>) {
        var function = SHA256()
        part.withUnsafeBytes { function.update(bufferPointer: $0) }
        self.init(exactly: function.finalize().withUnsafeBytes { Array($0) })
    }
}
