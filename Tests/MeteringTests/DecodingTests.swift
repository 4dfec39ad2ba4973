import Quantities
import Testing

@testable import Metering

@Suite struct DecodingTests {
    private func field(
        _ type: RegisterType, _ quantity: MeterQuantity = .importEnergy, order: WordOrder = .bigEndian,
        multiplier: UInt32 = 1, exponent: Int = 6, notAvailable: [UInt64] = [], resolution: Int64 = 1
    ) -> RegisterField {
        RegisterField(
            quantity: quantity, offset: 0, count: 1, type: type, order: order,
            scale: DecimalScale(multiplier: multiplier, exponent: exponent), scaleFactorOffset: nil,
            notAvailable: notAvailable, resolution: MilliwattHours(resolution), rollover: nil)
    }

    private static func span(_ count: Int) -> RegisterSpan {
        RegisterSpan(functionCode: 3, alternative: nil, place: .address(0), count: count)
    }

    /// SunSpec's model 203: an accumulator, and its factor in the same block.
    private func scaled(_ type: RegisterType = .acc32, exponent: Int = 3, resolution: Int64 = 1) -> RegisterField {
        RegisterField(
            quantity: .importEnergy, offset: 0, count: 1, type: type, order: .bigEndian,
            scale: DecimalScale(exponent: exponent), scaleFactorOffset: 2, notAvailable: [],
            resolution: MilliwattHours(resolution), rollover: nil)
    }

    @Test func `a scale factor is read with its value, and sets the step and the modulus, too`() throws {
        // 1 234 567 Wh, in Wh, in 10 Wh and in tenths of a Wh.
        for (factor, step) in [(0, 1_000), (1, 10_000), (-1, 100)] as [(Int16, Int64)] {
            let words: [UInt16] = [0x12, 0xD687, UInt16(bitPattern: factor)]
            #expect(try scaled().decode(words) == 1_234_567 * step)
            #expect(try scaled().step(words) == MilliwattHours(step))
            #expect(try scaled().modulus(words) == MilliwattHours(4_294_967_296 * step))
        }
        #expect(try scaled(resolution: 5_000).step([0, 9, 0]) == MilliwattHours(5_000))
        #expect(try scaled(.u32).modulus([0, 9, 0]) == nil)
        #expect(try field(.u32).modulus([0, 9]) == nil)
        #expect(try field(.acc32, exponent: 3).modulus([0, 9]) == MilliwattHours(4_294_967_296_000))
        #expect(try scaled().decode([0, 1, 10]) == 10_000_000_000_000)
        // Not implemented, and beyond what SunSpec has.
        for factor in [Int16.min, 11, -11] {
            let words: [UInt16] = [0, 9, UInt16(bitPattern: factor)]
            #expect(throws: DecodingFault.scaleFactor(factor)) { try scaled().decode(words) }
            #expect(throws: DecodingFault.scaleFactor(factor)) { try scaled().step(words) }
            #expect(throws: DecodingFault.scaleFactor(factor)) { try scaled().modulus(words) }
        }
        // A power of ten that no scale holds.
        #expect(throws: DecodingFault.tooLarge) { try scaled(exponent: 9).decode([0, 9, 10]) }
        #expect(throws: DecodingFault.truncated(expected: 3, found: 2)) { try scaled().decode([0, 9]) }
    }

    @Test func `every type decodes in both word orders`() throws {
        let cases: [(RegisterType, [UInt16], Int64)] = [
            (.u16, [0xFFFE], 65_534), (.s16, [0xFFFE], -2), (.u32, [0x8000, 1], 0x8000_0001),
            (.s32, [0xFFFF, 0xFFFE], -2), (.u64, [0, 1, 0, 2], 0x1_0000_0002),
            (.s64, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFD], -3),
            (.f32, [0x449A, 0x5225], 1_235), (.f64, [0x4093, 0x4A45, 0, 0], 1_235), (.acc32, [0, 9], 9),
        ]
        for (type, words, value) in cases {
            for order in WordOrder.allCases {
                let ordered = order == .bigEndian ? words : words.reversed()
                let number = try RawNumber(words: ordered[...], type: type, order: order)
                #expect(DecimalScale().applied(to: number) == value, "\(type) \(order)")
            }
        }
    }

    @Test func `the vendor's example decodes to its milliwatt-hours`() throws {
        // 449A 5225 is 1234.5670166015625 kWh.
        #expect(try field(.f32).decode([0x449A, 0x5225]) == 1_234_567_017)
        #expect(try field(.s64, exponent: 3).decode([0, 0, 0x12, 0xD687]) == 1_234_567_000)
        #expect(try field(.u64, multiplier: 1, exponent: 2).decode([0, 0, 0, 12_345]) == 1_234_500)
        #expect(try field(.u32, .voltage, exponent: 3 - 1).decode([0, 2_301]) == 230_100)
        #expect(try field(.s32, .power, exponent: 3 - 2).decode([0xFFFF, 0xFFFF]) == -10)
    }

    @Test func `what is no number is refused with its reason`() throws {
        let cases: [([UInt16], DecodingFault)] = [
            ([0x7FC0, 0], .notANumber), ([0xFFC0, 0], .notANumber), ([0x7F80, 1], .notANumber),
            ([0x7F80, 0], .infinite),
            ([0xFF80, 0], .infinite), ([0x8000, 0], .negativeZero), ([0x0000, 1], .denormal),
            ([0x807F, 0xFFFF], .denormal),
            ([0xC49A, 0x5225], .outOfRange(-1_234_567_017, MeterQuantity.importEnergy.range)),
            ([0x7F7F, 0xFFFF], .tooLarge),
        ]
        for (words, fault) in cases {
            #expect(throws: fault) { try field(.f32).decode(words) }
        }
        #expect(throws: DecodingFault.negativeZero) { try field(.f64).decode([0x8000, 0, 0, 0]) }
        #expect(throws: DecodingFault.denormal) { try field(.f64).decode([0, 0, 0, 1]) }
        // Normal, and still no energy that anyone measures: less than 1 µWh.
        for bits in [Float(1e-10), -1e-10, 4e-10].map(\.bitPattern) {
            let words = [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
            #expect(throws: DecodingFault.denormal) { try field(.f32).decode(words) }
            #expect(try field(.f32, .totalPower, exponent: 3).decode(words) == 0)
        }
        let bits = Float(1e-9).bitPattern
        #expect(try field(.f32).decode([UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]) == 0)
        #expect(throws: DecodingFault.notImplemented) { try field(.acc32).decode([0, 0]) }
        #expect(throws: DecodingFault.notText) { try field(.text).decode([]) }
        #expect(throws: DecodingFault.truncated(expected: 4, found: 3)) { try field(.s64).decode([1, 2, 3]) }
        #expect(throws: DecodingFault.notAvailable) {
            try field(.s64, notAvailable: [0x8000_0000_0000_0000]).decode([0x8000, 0, 0, 0])
        }
        #expect(throws: DecodingFault.notAvailable) {
            try field(.u32, order: .leastSignificantWordFirst, notAvailable: [0x8000_0001]).decode([1, 0x8000])
        }
        // An energy with its words exchanged is beyond any meter.
        #expect(throws: DecodingFault.self) { try field(.f32).decode([0x5225, 0x449A]) }
        #expect(try field(.f32).decode([0, 0]) == 0)
    }

    @Test func `a float is rounded once, to the nearest, halves away from zero`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let value = Float.random(in: 0...9e6, using: &generator)
            let bits = value.bitPattern
            // 24 bits times 10^6 = 2^6 × 15 625 fits a Double without rounding, so this is exact until the last step.
            let exact = Int64((Double(value) * 1e6).rounded(.toNearestOrAwayFromZero))
            let words = [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
            #expect(try value == 0 || value.isSubnormal || field(.f32).decode(words) == exact)
        }
        for (value, expected) in [(0.5, 1), (0.5.nextDown, 0), (-0.5, -1), (1.5, 2), (2.5, 3)] as [(Double, Int64)] {
            #expect(DecimalScale().applied(to: .float(value, unitInLastPlace: value.ulp)) == expected, "\(value)")
        }
        // 2^62 + 2^10 Wh-like numbers: far beyond what a Double times 10^3 would keep.
        #expect(DecimalScale().applied(to: .float(0x1.000000000001p62, unitInLastPlace: 1)) == (1 << 62) + (1 << 14))
        #expect(DecimalScale().applied(to: .float(0x1p63, unitInLastPlace: 1)) == nil)
        #expect(DecimalScale(exponent: -3).applied(to: .unsigned(UInt64.max)) == 18_446_744_073_709_552)
        #expect(DecimalScale(exponent: -3).applied(to: .signed(-1_500)) == -2)
        #expect(DecimalScale(multiplier: 1_000_000, exponent: 18).applied(to: .unsigned(UInt64.max)) == nil)
        #expect(DecimalScale(multiplier: 1_000_000, exponent: 18).applied(to: .float(1e-300, unitInLastPlace: 0)) == 0)
        #expect(DecimalScale(multiplier: 1, exponent: 18).applied(to: .float(5e-19, unitInLastPlace: 0)) == 1)
        #expect(DecimalScale(multiplier: 1, exponent: 18).applied(to: .float(4.9e-19, unitInLastPlace: 0)) == 0)
    }

    @Test func `more energy never decodes to less`() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<5_000 {
            let value = Float.random(in: 0.001...9e8, using: &generator)
            func decode(_ value: Float) throws -> Int64 {
                try field(.f32).decode([UInt16(value.bitPattern >> 16), UInt16(truncatingIfNeeded: value.bitPattern)])
            }
            #expect(try decode(value) <= decode(value.nextUp))
        }
    }

    @Test func `a float's step grows with the register, a stated resolution is the least`() throws {
        func step(_ value: Float, _ resolution: Int64) throws -> Int64 {
            let words = [UInt16(value.bitPattern >> 16), UInt16(truncatingIfNeeded: value.bitPattern)]
            return try field(.f32, resolution: resolution).step(words).rawValue
        }
        #expect(try step(1_234.567, 10_000) == 10_000)
        // At 16.4 GWh-scale registers one unit in the last place is 1.95 Wh at 16 400 kWh.
        #expect(try step(16_400, 1) == 1_954)
        #expect(try step(1_000_000, 10_000) == 62_501)
        #expect(try field(.s64, resolution: 1_000).step([0, 0, 1, 1]) == MilliwattHours(1_000))
    }

    @Test func `no words make a decoder trap, and what it accepts is in range`() throws {
        var generator = SeededGenerator(seed: 9)
        var accepted = 0
        for _ in 0..<50_000 {
            let type = RegisterType.allCases.randomElement(using: &generator) ?? .u16
            let quantity = MeterQuantity.allCases.randomElement(using: &generator) ?? .importEnergy
            let order = WordOrder.allCases.randomElement(using: &generator) ?? .bigEndian
            let field = field(
                type, quantity, order: order, multiplier: UInt32.random(in: 1...1_000_000, using: &generator),
                exponent: Int.random(in: -18...18, using: &generator))
            let special: [UInt16] = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7F80, 0xFF80, 0x7FF0]
            let words = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? special.randomElement(using: &generator) ?? 0 : UInt16.random(in: 0...0xFFFF, using: &generator)
            }
            if let value = try? field.decode(words) {
                accepted += 1
                #expect(quantity.range.contains(value))
            }
            _ = try? field.step(words)
            let register = IdentityRegister(
                span: Self.span(words.count), type: type, order: order, rendering: .decimal, expected: [])
            _ = try? register.decode(words)
            let check = GuardRegister(
                name: "g", span: register.span, type: type, order: order, scale: DecimalScale(exponent: 9),
                expectation: .range(0...1))
            _ = try? check.check(words)
        }
        #expect(accepted > 1_000)
    }

    @Test func `identities render as the profile says`() throws {
        func decode(
            _ words: [UInt16], _ type: RegisterType, _ rendering: IdentityRegister.Rendering
        ) throws(DecodingFault) -> String {
            try IdentityRegister(
                span: Self.span(words.count), type: type, order: .bigEndian, rendering: rendering, expected: []
            ).decode(words)
        }
        #expect(try decode([0x0158, 0x1A2B], .u32, .decimal) == "22551083")
        #expect(try decode([0x0008, 0x1A2B], .u32, .hex) == "00081a2b")
        #expect(try decode([0x4142, 0x3120, 0x2000, 0], .text, .text) == "AB1")
        #expect(throws: DecodingFault.notText) { try decode([0x4107], .text, .text) }
        #expect(throws: DecodingFault.notText) { try decode([0x4100, 0x4142], .text, .text) }
    }
}
