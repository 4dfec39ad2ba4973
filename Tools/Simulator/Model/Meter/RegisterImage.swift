import Quantities

/// The registers of a meter as words by address: each map fills it from a face, and nothing else.
struct RegisterImage {
    private(set) var words: [UInt16: UInt16] = [:]

    /// A 32-bit float, most significant word first.
    mutating func put(_ value: Double, at address: UInt16) { put(Float(value).bitPattern, at: address) }

    /// A 32-bit number, most significant word first.
    mutating func put(_ value: UInt32, at address: UInt16) {
        words[address] = UInt16(truncatingIfNeeded: value >> 16)
        words[address &+ 1] = UInt16(truncatingIfNeeded: value)
    }

    /// A 64-bit number, most significant word first.
    mutating func put(_ value: Int64, at address: UInt16) {
        let bits = UInt64(bitPattern: value)
        for index in 0..<4 {
            words[address &+ UInt16(index)] = UInt16(truncatingIfNeeded: bits >> (48 - 16 * UInt64(index)))
        }
    }

    /// One word.
    mutating func put(word: UInt16, at address: UInt16) { words[address] = word }

    /// A text of two characters a word, filled up with NUL.
    mutating func put(_ text: String, at address: UInt16, words count: Int) {
        var bytes = Array(text.utf8.prefix(count * 2))
        bytes += [UInt8](repeating: 0, count: count * 2 - bytes.count)
        for index in 0..<count {
            words[address &+ UInt16(index)] = UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1])
        }
    }
}
