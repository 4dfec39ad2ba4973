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

    /// The car's table once more, row by row as the clause prints it (IEC 61851-1 Annex A, table A.8): from, to, what.
    @Test func theCarsTableAsTheClausePrintsIt() {
        enum Row: Equatable { case nothing, digital, error, fixed(Int32), low, high }
        // In hundredths of a per cent, both ends inclusive; every one of 10 001 stands in exactly one row.
        let table: [(ClosedRange<Int64>, Row)] = [
            (0...299, .nothing), (300...700, .digital), (701...799, .error), (800...999, .fixed(6_000)),
            (1_000...8_500, .low), (8_501...9_600, .high), (9_601...9_700, .fixed(80_000)), (9_701...10_000, .nothing),
        ]
        var seen = 0
        for (range, row) in table {
            for hundredths in range {
                seen += 1
                let meaning = DutyMeaning(highTime: Nanoseconds(hundredths * 100))
                let expected: DutyMeaning =
                    switch row {
                    case .nothing: .notAllowed
                    case .digital: .digitalOnly
                    case .error: .error
                    case .fixed(let current): .current(Milliamps(current))
                    // 0.6 A a per cent are 6 mA a hundredth; 2.5 A are 25 mA.
                    case .low: .current(Milliamps(Int32(hundredths * 6)))
                    case .high: .current(Milliamps(Int32((hundredths - 6_400) * 25)))
                    }
                #expect(meaning == expected, "\(hundredths) hundredths of a per cent")
                #expect(meaning.allowance() >= .zero)
                if [.nothing, .digital, .error].contains(row) { #expect(meaning.allowance() == .zero) }
            }
        }
        #expect(seen == 10_001)
    }

    /// Whatever is asked for: a code, or x1, or a refusal; and what is coded is read as no more than was asked for.
    @Test func noRequestIsEverRoundedUp() throws {
        for current in stride(from: Int32(-1_000), through: 100_000, by: 1) {
            let code: DutyCode
            do {
                code = try DutyCode.encode(Milliamps(current))
            } catch {
                #expect(current < 0 || (50_701...53_749).contains(current) || current > 80_000)
                continue
            }
            switch code {
            case .off: #expect((0..<6_000).contains(current))
            case .pwm(let highTime):
                let read = DutyMeaning(highTime: highTime).allowance().rawValue
                #expect(read <= current && current >= 6_000)
            case .digitalOnly: Issue.record("\(current) mA must not need digital communication")
            }
        }
    }

    /// 5 µs too short never reads as more, nor as nothing.
    @Test func aShortPulseNeverPromisesMore() throws {
        for current in Int32(6_000)...80_000 where !(50_701...53_749).contains(current) {
            let high = try #require(try highTime(current))
            let read = DutyMeaning(highTime: Nanoseconds(high - 5_000)).allowance().rawValue
            #expect(read <= current && read >= min(current - 1_251, 6_000), "\(current) mA is read as \(read) mA")
        }
    }
}
