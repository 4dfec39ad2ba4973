import ChargeControl
import Quantities
import Testing

@Suite struct DutyCodeTests {
    private func highTime(_ current: Int32) throws(ChargeControlError) -> Int64? {
        if case .pwm(let highTime) = try DutyCode.encode(Milliamps(current)) { highTime.rawValue } else { nil }
    }

    @Test func everyMilliampereFromSixToEightyAmperes() throws {
        var coded = 0
        for current in Int32(6_000)...80_000 {
            guard !(50_701...53_749).contains(current) else {
                #expect(throws: ChargeControlError.noDutyCode(Milliamps(current))) {
                    try DutyCode.encode(Milliamps(current))
                }
                continue
            }
            let high = try #require(try highTime(current))
            coded += 1
            // Nominal duty lies in 10 to 96 % and never in (84.5, 85.5) %.
            #expect(high >= 100_000 && high <= 960_000)
            #expect(!(845_001..<855_000).contains(high))
            let nominal = DutyMeaning(highTime: Nanoseconds(high)).allowance().rawValue
            #expect(nominal <= current && nominal >= current - 1, "\(current) mA is read as \(nominal) mA")
            let worst = DutyMeaning(highTime: Nanoseconds(high + 5_000)).allowance().rawValue
            #expect(worst <= current + (current <= 50_700 ? 300 : 1_250), "\(current) mA may be read as \(worst) mA")
        }
        #expect(coded == 80_000 - 6_000 + 1 - 3_049)
    }

    @Test(arguments: [
        (6_000, 100_000), (10_000, 166_666), (13_000, 216_666), (16_000, 266_666), (20_000, 333_333), (32_000, 533_333),
        (50_700, 845_000), (53_750, 855_000), (63_000, 892_000), (70_000, 920_000), (80_000, 960_000),
    ])
    func knownCodes(current: Int32, expected: Int64) throws {
        #expect(try highTime(current) == expected)
    }

    @Test func belowSixAmperesNothingIsOffered() throws {
        for current in [Int32(0), 1, 100, 5_999] {
            #expect(try DutyCode.encode(Milliamps(current)) == .off)
        }
    }

    @Test func whatHasNoCodeIsRefused() {
        #expect(throws: ChargeControlError.negativeCurrent(Milliamps(-1))) { try DutyCode.encode(Milliamps(-1)) }
        #expect(throws: ChargeControlError.currentTooGreat(Milliamps(80_001))) {
            try DutyCode.encode(Milliamps(80_001))
        }
        #expect(throws: ChargeControlError.currentTooGreat(Milliamps(.max))) { try DutyCode.encode(Milliamps(.max)) }
        #expect("\(ChargeControlError.noDutyCode(Milliamps(51_000)))".contains("51000 mA"))
    }

    @Test func roundingDownAlwaysFindsACode() throws {
        for current in Int32(-10)...90_000 {
            let encodable = DutyCode.encodable(notAbove: Milliamps(current))
            #expect(encodable.rawValue <= max(current, 0))
            let code = try DutyCode.encode(encodable)
            #expect((code == .off) == (current < 6_000))
        }
        #expect(DutyCode.encodable(notAbove: Milliamps(52_500)) == Milliamps(50_700))
        #expect(DutyCode.encodable(notAbove: Milliamps(90_000)) == Milliamps(80_000))
    }

    /// The car's table, in steps of 0.01 %, from a table of its own.
    @Test func theCarsTable() {
        for hundredths in 0...10_000 {
            let duty = Double(hundredths) / 100
            let meaning = DutyMeaning(highTime: Nanoseconds(Int64(hundredths) * 100))
            switch duty {
            case ..<3: #expect(meaning == .notAllowed)
            case ...7: #expect(meaning == .digitalOnly)
            case ..<8: #expect(meaning == .error)
            case ..<10: #expect(meaning == .current(Milliamps(6_000)))
            case ...85: #expect(abs(Double(meaning.allowance().rawValue) - 600 * duty) < 1)
            case ...96: #expect(abs(Double(meaning.allowance().rawValue) - 2_500 * (duty - 64)) < 1)
            case ...97: #expect(meaning == .current(Milliamps(80_000)))
            default: #expect(meaning == .notAllowed)
            }
        }
    }

    @Test func theBranchesMeetBadlyAtEightyFivePerCent() {
        #expect(DutyMeaning(highTime: Nanoseconds(850_000)) == .current(Milliamps(51_000)))
        #expect(DutyMeaning(highTime: Nanoseconds(850_004)) == .current(Milliamps(52_501)))
        #expect(DutyMeaning(highTime: Nanoseconds(-1)) == .notAllowed)
        #expect(DutyMeaning(highTime: Nanoseconds(.max)) == .notAllowed)
    }
}
