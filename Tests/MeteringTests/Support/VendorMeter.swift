import Metering
import Quantities

/// A meter made from the vendors' register tables, not from our profiles: what address holds which words.
struct VendorMeter {
    enum Kind { case sdm630, iem3155 }

    let kind: Kind
    var serial: UInt32 = 22_551_083
    /// mWh as a function of time.
    var energy: (MonotonicInstant) -> Int64
    var powerWatts: Float = 11_062
    var frequency: Float = 50.01

    init(_ kind: Kind, energy: @escaping (MonotonicInstant) -> Int64 = { _ in 1_234_567_000 }) {
        self.kind = kind
        self.energy = energy
    }

    /// The words, or `nil` for the exception "illegal data address".
    func words(functionCode: UInt8, address: Int, count: Int, at now: MonotonicInstant) -> [UInt16]? {
        let table = kind == .sdm630 ? sdm630(functionCode, now) : iem3155(functionCode, now)
        var words: [UInt16] = []
        for register in address..<(address + count) {
            guard let word = table[register] else { return nil }
            words.append(word)
        }
        return words
    }

    private func sdm630(_ functionCode: UInt8, _ now: MonotonicInstant) -> [Int: UInt16] {
        var table: [Int: UInt16] = [:]
        if functionCode == 3 {
            put(&table, 0xFC00, UInt64(serial), 2)
            return table
        }
        for register in 0..<0x4C { table[register] = 0 }
        for (address, value) in [(0x00, 230.1), (0x02, 231.2), (0x04, 229.9), (0x06, 16.01), (0x08, 15.98)] {
            put(&table, address, Float(value))
        }
        put(&table, 0x0A, Float(16.02))
        for address in [0x0C, 0x0E, 0x10] { put(&table, address, powerWatts / 3) }
        put(&table, 0x34, powerWatts)
        put(&table, 0x46, frequency)
        put(&table, 0x48, Float(Double(energy(now)) / 1e6))
        put(&table, 0x4A, Float(0.125))
        return table
    }

    private func iem3155(_ functionCode: UInt8, _ now: MonotonicInstant) -> [Int: UInt16] {
        guard functionCode == 3 else { return [:] }
        var table: [Int: UInt16] = [:]
        put(&table, 0x0081, UInt64(serial), 2)
        for (address, value) in [(0x0BB7, 16.01), (0x0BB9, 15.98), (0x0BBB, 16.02), (0x0BD3, 230.1)] {
            put(&table, address, Float(value))
        }
        put(&table, 0x0BF3, powerWatts / 1_000)
        put(&table, 0x0C25, frequency)
        put(&table, 0x0C83, UInt64(bitPattern: energy(now) / 1_000), 4)
        put(&table, 0x0C87, UInt64(125), 4)
        return table
    }

    private func put(_ table: inout [Int: UInt16], _ address: Int, _ value: Float) {
        put(&table, address, UInt64(value.bitPattern), 2)
    }

    private func put(_ table: inout [Int: UInt16], _ address: Int, _ bits: UInt64, _ width: Int) {
        for index in 0..<width {
            table[address + index] = UInt16(truncatingIfNeeded: bits >> UInt64(16 * (width - 1 - index)))
        }
    }
}
