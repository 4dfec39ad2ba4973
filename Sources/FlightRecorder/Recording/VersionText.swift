/// The version of a firmware: at most 32 bytes of UTF-8, without a pointer.
public struct VersionText: Sendable, BitwiseCopyable, Equatable {
    private var bytes: InlineArray<32, UInt8>
    private var count: UInt8

    /// The room for it.
    static var capacity: Int { 32 }

    /// These bytes, as many of them as there is room for.
    public init(_ text: some Sequence<UInt8>) {
        bytes = InlineArray(repeating: 0)
        count = 0
        for byte in text where Int(count) < Self.capacity {
            bytes[Int(count)] = byte
            count += 1
        }
    }

    /// All that was given.
    var utf8: [UInt8] {
        var all: [UInt8] = []
        for position in 0..<Int(count) { all.append(bytes[position]) }
        return all
    }

    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        for position in 0..<Int(left.count) where left.bytes[position] != right.bytes[position] { return false }
        return true
    }
}

#if !hasFeature(Embedded)
    extension VersionText: CustomStringConvertible {
        /// As text.
        public var description: String { String(decoding: utf8, as: UTF8.self) }
    }
#endif
