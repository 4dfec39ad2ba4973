/// The words of a line, taken one after another; `#` begins a comment.
struct VectorWords {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        position = start
        var last = start
        while last < end, bytes[last] != 0x23 { last += 1 }
        self.end = last
        skipSpaces()
    }

    var isEmpty: Bool { position >= end }

    /// Takes the next word if it is this one.
    mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard end - position >= length else { return false }
        for index in 0..<length where bytes[position + index] != word.utf8Start[index] { return false }
        guard end - position == length || bytes[position + length] == 0x20 else { return false }
        position += length
        skipSpaces()
        return true
    }

    /// Takes the next word if it is an integer of 32 bits.
    mutating func number() -> Int32? {
        var value: Int64 = 0
        var index = position
        let isNegative = index < end && bytes[index] == 0x2D
        if isNegative { index += 1 }
        let first = index
        while index < end, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            value = value * 10 + Int64(bytes[index] - 0x30)
            index += 1
            if value > Int64(Int32.max) { return nil }
        }
        guard index > first, index == end || bytes[index] == 0x20 else { return nil }
        position = index
        skipSpaces()
        return Int32(isNegative ? -value : value)
    }

    private mutating func skipSpaces() {
        while position < end, bytes[position] == 0x20 { position += 1 }
    }
}
