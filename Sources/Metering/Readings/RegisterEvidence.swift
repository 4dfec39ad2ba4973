internal import Quantities

/// What stood on the wire: one request and its reply's words, kept so that anyone can decode the value again.
@frozen
public struct RegisterEvidence: Equatable, Sendable, BitwiseCopyable {
    /// The most words that evidence holds; a profile's billing blocks are no longer.
    public static let capacity = 12

    /// 3 (holding registers) or 4 (input registers).
    public let functionCode: UInt8
    /// How many words, 1 to 12.
    public let count: UInt8
    /// The first register's address as it goes on the wire, from 0.
    public let address: UInt16
    private let storage: InlineArray<12, UInt16>

    /// Keeps a reply; `words` are 1 to 12.
    public init(functionCode: UInt8, address: UInt16, words: [UInt16]) {
        invariant((1...Self.capacity).contains(words.count), "register evidence holds 1 to 12 words")
        self.functionCode = functionCode
        self.address = address
        count = UInt8(words.count)
        var storage = InlineArray<12, UInt16>(repeating: 0)
        for index in words.indices { storage[index] = words[index] }
        self.storage = storage
    }

    /// The word of the register `address + index`; the index is less than `count`.
    public subscript(index: Int) -> UInt16 {
        invariant(index >= 0 && index < Int(count), "a word of register evidence lies within its count")
        return storage[index]
    }

    /// The words as they came, high byte first within each.
    public var words: [UInt16] { (0..<Int(count)).map { storage[$0] } }

    public static func == (left: Self, right: Self) -> Bool {
        guard left.functionCode == right.functionCode, left.address == right.address, left.count == right.count
        else { return false }
        return (0..<Int(left.count)).allSatisfy { left.storage[$0] == right.storage[$0] }
    }
}
