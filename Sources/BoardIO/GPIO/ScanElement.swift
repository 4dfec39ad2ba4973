import Quantities

/// How one channel lies in a scan of an IIO buffer, from the kernel's `_type` file: `le:u12/16>>4` is little-endian,
/// unsigned, 12 bits in 16, shifted up by 4 (Documentation/ABI/testing/sysfs-bus-iio).
struct ScanElement: Equatable, Sendable {
    let isBigEndian: Bool
    let isSigned: Bool
    let bits: Int
    let storageBytes: Int
    let shift: Int

    /// Reads the kernel's text; `path` is for the refusal.
    init(_ text: String, path: String) throws(BoardError) {
        let refusal = BoardError.scanFormat(path: path, found: text)
        var rest = Substring(text)
        func take(_ prefix: String) -> Bool {
            guard rest.hasPrefix(prefix) else { return false }
            rest = rest.dropFirst(prefix.count)
            return true
        }
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return Int(digits)
        }
        if take("be:") { isBigEndian = true } else if take("le:") { isBigEndian = false } else { throw refusal }
        if take("s") { isSigned = true } else if take("u") { isSigned = false } else { throw refusal }
        guard let bits = number(), take("/"), let storage = number(), take(">>"), let shift = number(), rest.isEmpty,
            [8, 16, 32, 64].contains(storage), bits >= 1, bits + shift <= storage, bits < 64
        else { throw refusal }
        self.bits = bits
        storageBytes = storage / 8
        self.shift = shift
    }

    /// The count that lies at this offset.
    func count(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int64 {
        var word: UInt64 = 0
        for place in 0..<storageBytes {
            let byte = UInt64(bytes[offset + (isBigEndian ? place : storageBytes - 1 - place)])
            word = word << 8 | byte
        }
        word = word >> UInt64(shift) & (1 << UInt64(bits) - 1)
        if isSigned, word >> UInt64(bits - 1) & 1 == 1 { return Int64(word) - Int64(1) << Int64(bits) }
        return Int64(word)
    }
}

/// Where the two peaks lie in a scan. The kernel puts the enabled channels in the order of their indices, each aligned to
/// its own size, and fills the scan up to the largest of them.
struct ScanLayout: Equatable, Sendable {
    let high: ScanElement
    let low: ScanElement
    let highOffset: Int
    let lowOffset: Int
    /// The bytes of a scan.
    let size: Int

    init(high: ScanElement, highIndex: Int64, low: ScanElement, lowIndex: Int64) {
        self.high = high
        self.low = low
        let (first, second) = highIndex < lowIndex ? (high, low) : (low, high)
        let offset = (first.storageBytes + second.storageBytes - 1) / second.storageBytes * second.storageBytes
        let largest = max(first.storageBytes, second.storageBytes)
        highOffset = highIndex < lowIndex ? 0 : offset
        lowOffset = highIndex < lowIndex ? offset : 0
        size = (offset + second.storageBytes + largest - 1) / largest * largest
    }
}
