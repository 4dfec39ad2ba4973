import Metering
import Quantities

/// A meter made from the vendors' register tables, not from our profiles: what address holds which words.
struct VendorMeter {
    enum Kind { case sdm630, iem3155, sunspec }

    let kind: Kind
    var serial: UInt32 = 22_551_083
    /// mWh as a function of time.
    var energy: (MonotonicInstant) -> Int64
    var powerWatts: Float = 11_062
    var amperes: [Float] = [16.01, 15.98, 16.02]
    var frequency: Float = 50.01
    /// Where a SunSpec chain begins, and whether it ends with its mark or with the last register.
    var base = 40_000
    var chainEnds = true
    /// The one function code of an iEM3155 or a SunSpec device.
    var code: UInt8 = 3
    /// SunSpec's power of ten of the energies.
    var energyFactor: Int16 = 0

    init(_ kind: Kind, energy: @escaping (MonotonicInstant) -> Int64 = { _ in 1_234_567_000 }) {
        self.kind = kind
        self.energy = energy
    }

    /// Whether it answers a function code with anything but exception 1.
    func knows(functionCode: UInt8) -> Bool { kind == .sdm630 || functionCode == code }

    /// The words, or `nil` for the exception "illegal data address".
    func words(functionCode: UInt8, address: Int, count: Int, at now: MonotonicInstant) -> [UInt16]? {
        let table =
            switch kind {
            case .sdm630: sdm630(functionCode, now)
            case .iem3155: iem3155(functionCode, now)
            case .sunspec: sunspec(functionCode, now)
            }
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
        for (address, value) in [(0x00, 230.1), (0x02, 231.2), (0x04, 229.9)] { put(&table, address, Float(value)) }
        for phase in 0..<3 { put(&table, 0x06 + 2 * phase, amperes[phase]) }
        for address in [0x0C, 0x0E, 0x10] { put(&table, address, powerWatts / 3) }
        put(&table, 0x34, powerWatts)
        put(&table, 0x46, frequency)
        put(&table, 0x48, Float(Double(energy(now)) / 1e6))
        put(&table, 0x4A, Float(0.125))
        return table
    }

    private func iem3155(_ functionCode: UInt8, _ now: MonotonicInstant) -> [Int: UInt16] {
        guard functionCode == code else { return [:] }
        var table: [Int: UInt16] = [:]
        // What the meter does not measure reads as NaN.
        for register in stride(from: 0x0BB7, to: 0x0C83, by: 2) { put(&table, register, UInt64(0xFFC0_0000), 2) }
        put(&table, 0x0081, UInt64(serial), 2)
        for phase in 0..<3 { put(&table, 0x0BB7 + 2 * phase, amperes[phase]) }
        for (address, value) in [(0x0BD3, 230.1), (0x0BD5, 231.2), (0x0BD7, 229.9)] {
            put(&table, address, Float(value))
        }
        for address in [0x0BED, 0x0BEF, 0x0BF1] { put(&table, address, powerWatts / 3_000) }
        put(&table, 0x0BF3, powerWatts / 1_000)
        put(&table, 0x0C25, frequency)
        put(&table, 0x0C83, UInt64(bitPattern: energy(now) / 1_000), 4)
        put(&table, 0x0C87, UInt64(125), 4)
        return table
    }

    /// Models 1 and 203 (sunspec/models json/model_1.json, model_203.json), with a model of another kind in between.
    private func sunspec(_ functionCode: UInt8, _ now: MonotonicInstant) -> [Int: UInt16] {
        guard functionCode == code else { return [:] }
        var table = [base: UInt16(0x5375), base + 1: 0x6E53]
        var next = base + 2
        func model(_ id: UInt16, _ length: Int) -> Int {
            table[next] = id
            table[next + 1] = UInt16(length)
            for register in next + 2..<next + 2 + length { table[register] = 0 }
            defer { next += 2 + length }
            return next
        }
        let common = model(1, 66)
        let digits = Array("\(serial)".utf8) + [0]
        for index in 0..<digits.count / 2 {
            table[common + 50 + index] = UInt16(digits[2 * index]) << 8 | UInt16(digits[2 * index + 1])
        }
        _ = model(120, 26)
        let meter = model(203, 105)
        for phase in 0..<3 {
            table[meter + 3 + phase] = UInt16(amperes[phase] * 100)
            table[meter + 8 + phase] = 2_301
            table[meter + 19 + phase] = UInt16(powerWatts / 3)
        }
        table[meter + 18] = UInt16(powerWatts)
        table[meter + 16] = UInt16(frequency * 100)
        for (offset, factor) in [(6, Int16(-2)), (15, -1), (17, -2), (22, 0), (54, energyFactor)] {
            table[meter + offset] = UInt16(bitPattern: factor)
        }
        put(&table, meter + 38, UInt64(125), 2)
        put(&table, meter + 46, UInt64(energy(now) / 1_000), 2)
        if chainEnds {
            table[next] = 0xFFFF
            table[next + 1] = 0
        }
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
