import ChargeControl
import Foundation
import Quantities
import Testing

@testable import BoardIO

/// What readings against a meter make of a channel's scale, and how far that may go.
@Suite("The calibration of a converter channel")
struct CalibrationTests {
    /// The bench board's: 12 bits over ±15 V.
    private static let profile = ConverterScale(microvoltsPerCount: 7_326, offset: Millivolts(-15_000))

    /// A converter whose scale is another than the profile says.
    private struct TrueConverter {
        var scale: ConverterScale
        func count(_ millivolts: Int64) -> Int64 {
            ((millivolts - Int64(scale.offset.rawValue)) * 1_000).dividedToNearest(by: scale.microvoltsPerCount)
        }
    }

    private func point(
        _ counts: [Int64], _ reference: Int32, scale: ConverterScale = Self.profile
    ) throws -> CalibrationPoint {
        try CalibrationPoint(counts, reference: Millivolts(reference), scale: scale)
    }

    private func still(_ count: Int64, _ reference: Int32) throws -> CalibrationPoint {
        try point(Array(repeating: count, count: CalibrationPoint.samples), reference)
    }

    private func refusal(_ body: () throws -> Void) -> CalibrationError? {
        do {
            try body()
            return nil
        } catch { return error as? CalibrationError }
    }

    @Test("whole quotients are the nearest, halves away from zero, whatever the signs")
    func quotients() {
        for (number, divisor, quotient) in [
            (7, 2, 4), (-7, 2, -4), (7, -2, -4), (-7, -2, 4), (6, 4, 2), (5, 4, 1), (-5, 4, -1), (0, 3, 0), (1, 3, 0),
            (2, 3, 1), (.max, .max, 1), (.min, .max, -1),
        ] as [(Int64, Int64, Int64)] {
            #expect(number.dividedToNearest(by: divisor) == quotient, "\(number) / \(divisor)")
        }
    }

    @Test("one point corrects the offset alone, by the mean of its samples")
    func onePoint() throws {
        // Half 3690, half 3691: 12 036.603 mV by the profile.
        let counts = (0..<CalibrationPoint.samples).map { Int64(3_690 + $0 % 2) }
        let made = try ChannelCalibration(
            try point(counts, 11_950), with: [], profile: Self.profile, bounds: .pilot)
        #expect(made.scale == ConverterScale(microvoltsPerCount: 7_326, offset: Millivolts(-15_087)))
        #expect(made.residual == .zero && made.points.count == 1)
        #expect(made.points[0].spread == Millivolts(7))
    }

    @Test("two points far enough apart give gain and offset back, whatever the converter's own are")
    func twoPoints() throws {
        for (gain, offset) in [(7_400, -15_100), (7_250, -14_900), (7_326, -15_000), (7_180, -14_700)]
            as [(Int64, Int32)]
        {
            let converter = TrueConverter(
                scale: ConverterScale(microvoltsPerCount: gain, offset: Millivolts(offset)))
            let first = try still(converter.count(10_900), 10_900)
            let second = try still(converter.count(13_100), 13_100)
            let made = try ChannelCalibration(second, with: [first], profile: Self.profile, bounds: .pilot)
            #expect(made.points == [first, second])
            // Half a count at each end of 2.2 V.
            #expect(abs(made.scale.microvoltsPerCount - gain) <= 26, "\(made.scale)")
            #expect(abs(made.residual.rawValue) <= 2, "\(made.residual)")
            #expect(abs(first.residual(made.scale).rawValue) <= abs(made.residual.rawValue))
        }
        // Exact: 2 000 mV over 273 counts are 7 326.007 µV a count.
        let (low, high) = (try still(3_500, 10_641), try still(3_773, 12_641))
        let exact = try ChannelCalibration(high, with: [low], profile: Self.profile, bounds: .pilot)
        #expect(exact.scale == ConverterScale(microvoltsPerCount: 7_326, offset: Millivolts(-15_000)))
        #expect(exact.residual == .zero)
    }

    @Test("of earlier points the farthest is taken along, and none that is too near")
    func partner() throws {
        let (a, b, c) = (try still(3_541, 10_941), try still(3_568, 11_139), try still(3_800, 12_839))
        #expect(try ChannelCalibration(c, with: [], profile: Self.profile, bounds: .pilot).points == [c])
        #expect(try ChannelCalibration(c, with: [b], profile: Self.profile, bounds: .pilot).points == [c])
        let near = try still(3_830, 13_058)
        #expect(
            try ChannelCalibration(near, with: [c, b, a], profile: Self.profile, bounds: .pilot).points == [a, near])
    }

    @Test(
        "a gain beyond 3 %, a reading moved by more than 400 mV at either end of the pilot: refused at the first step beyond"
    )
    func bounds() throws {
        let bounds = CalibrationBounds.pilot
        func check(_ gain: Int64, _ offset: Int32) -> CalibrationError? {
            refusal {
                try bounds.check(
                    ConverterScale(microvoltsPerCount: gain, offset: Millivolts(offset)), against: Self.profile)
            }
        }
        #expect(check(7_326, -14_600) == nil && check(7_326, -15_400) == nil)
        #expect(check(7_326, -14_599) == .shift(by: Millivolts(401), at: Millivolts(-12_000), limit: Millivolts(400)))
        #expect(check(7_326, -15_401) == .shift(by: Millivolts(-401), at: Millivolts(-12_000), limit: Millivolts(400)))
        // 219 of 7 326 are 2.99 %; 448 mV make up for it at 0 V, and ±359 mV are left at ±12 V.
        #expect(check(7_545, -15_448) == nil && check(7_107, -14_552) == nil)
        #expect(check(7_546, -15_448) == .gain(found: 7_546, profile: 7_326, limitPermille: 30))
        #expect(check(7_545, -15_500) == .shift(by: Millivolts(-410), at: Millivolts(-12_000), limit: Millivolts(400)))
        #expect(check(7_545, -15_400) == .shift(by: Millivolts(407), at: Millivolts(12_000), limit: Millivolts(400)))
        for gain in [0, -7_326, 14_653, Int64.max, Int64.min] { #expect(check(gain, -15_000) != nil, "\(gain)") }
        for offset in [Int32.max, .min] { #expect(check(7_326, offset) != nil) }
        // A converter that counts the other way round.
        let inverted = ConverterScale(microvoltsPerCount: -7_326, offset: Millivolts(15_000))
        #expect(throws: Never.self) {
            try bounds.check(
                ConverterScale(microvoltsPerCount: -7_326, offset: Millivolts(15_400)), against: inverted)
        }
        #expect(throws: CalibrationError.self) {
            try bounds.check(
                ConverterScale(microvoltsPerCount: -7_326, offset: Millivolts(15_401)), against: inverted)
        }
    }

    @Test(
        "what was measured is near what the profile reads, or it is no calibration; a second point is held to the gain")
    func farOff() throws {
        #expect(throws: Never.self) {
            try ChannelCalibration(still(3_686, 12_404), with: [], profile: Self.profile, bounds: .pilot)
        }
        #expect(
            refusal {
                _ = try ChannelCalibration(still(3_686, 12_405), with: [], profile: Self.profile, bounds: .pilot)
            }
                == .farOff(read: Millivolts(12_004), reference: Millivolts(12_405), limit: Millivolts(400)))
        // Volts typed for millivolts.
        #expect(
            refusal { _ = try ChannelCalibration(still(3_686, 12), with: [], profile: Self.profile, bounds: .pilot) }
                != nil)
        let first = try still(3_541, 10_700)
        guard
            case .gain? = refusal({
                _ = try ChannelCalibration(still(3_823, 13_250), with: [first], profile: Self.profile, bounds: .pilot)
            })
        else {
            Issue.record("a gain of 23 % is no calibration")
            return
        }
        let stuck = try still(3_686, 10_804 + 800)
        #expect(
            refusal {
                let bounds = CalibrationBounds(
                    levels: Millivolts(0)...Millivolts(12_000), shift: Millivolts(400), span: Millivolts(700))
                _ = try ChannelCalibration(still(3_686, 12_304), with: [stuck], profile: Self.profile, bounds: bounds)
            } == .sameCounts)
    }

    @Test("a noisy or a moving reading, too few samples, and counts that no converter gives are no point")
    func unsteady() throws {
        let count = CalibrationPoint.samples
        #expect(refusal { _ = try point(Array(repeating: 1, count: count - 1), 1) } == .samples(found: count - 1))
        #expect(refusal { _ = try point(Array(repeating: 1, count: count + 1), 1) } == .samples(found: count + 1))
        // 8 counts are 58.6 mV, 9 are 65.9 mV.
        #expect(throws: Never.self) { try point((0..<count).map { Int64($0 % 2 * 8) }, 1) }
        #expect(
            refusal { _ = try point((0..<count).map { Int64($0 % 2 * 9) }, 1) }
                == .noisy(spread: Millivolts(66), limit: Millivolts(60)))
        // Two counts between the halves are 14.7 mV, three 22.0 mV.
        #expect(throws: Never.self) { try point((0..<count).map { $0 < count / 2 ? 0 : 2 }, 1) }
        #expect(
            refusal { _ = try point((0..<count).map { $0 < count / 2 ? 0 : 3 }, 1) }
                == .moving(by: Millivolts(22), limit: Millivolts(15)))
        // A single wild sample.
        #expect(refusal { _ = try point((0..<count).map { $0 == 40 ? 4_095 : 3_686 }, 1) } != nil)
        // A coarse converter's two neighbours are its stillness.
        let coarse = ConverterScale(microvoltsPerCount: 100_000, offset: .zero)
        #expect(throws: Never.self) { try point((0..<count).map { Int64($0 % 2 * 2) }, 1, scale: coarse) }
        #expect(throws: CalibrationError.self) { try point((0..<count).map { Int64($0 % 2 * 3) }, 1, scale: coarse) }
        for wild in [Int64.max, .min, 1 << 32 + 1] {
            #expect(refusal { _ = try still(wild, 1) } == .count(wild))
        }
    }

    @Test("no count and no reference overflows anything", arguments: [Int64(1) << 32, -(1 << 32), 0, 4_095])
    func extremes(count: Int64) throws {
        for gain in [1, -1, 1_000_000, -1_000_000, 7_326] as [Int64] {
            let profile = ConverterScale(microvoltsPerCount: gain, offset: Millivolts(-30_000))
            for reference in [Int32.max, .min, 0, 30_000] {
                let point = try self.point(Array(repeating: count, count: 64), reference / 2, scale: profile)
                let other = try self.point(Array(repeating: -count / 2, count: 64), -(reference / 2), scale: profile)
                _ = refusal {
                    _ = try ChannelCalibration(point, with: [other], profile: profile, bounds: .pilot)
                }
            }
        }
    }

    /// IEC 61851-1 table A.3: what a car in its state makes of the generator's ±12 V ±5 %, and that itself.
    @Test("a reading that is wrong by the whole bound takes no level of the pilot for another, from wherever it came")
    func harmlessForThePilot() {
        let windows: [(PilotLevel, ClosedRange<Int32>)] = [
            (.a, 11_400...12_600), (.b, 8_370...9_590), (.c, 5_470...6_530), (.d, 2_590...3_280),
            (.f, -12_600...(-11_400)),
        ]
        for before in [Int32(12_000), 9_000, 6_000, 3_000, 0, -12_000] {
            for (level, window) in windows {
                for wrong in [-400, 0, 400] as [Int32] {
                    for voltage in [window.lowerBound, window.upperBound] {
                        var classifier = PilotClassifier()
                        _ = classifier.classify(Millivolts(before))
                        let found = classifier.classify(Millivolts(voltage + wrong))
                        #expect(found == level, "\(voltage) mV, wrong by \(wrong) mV, from \(before) mV")
                    }
                }
            }
        }
        // The diode's −10 V, from a generator of −11.4 V.
        #expect(-11_400 + CalibrationBounds.pilot.shift.rawValue < -10_000)
    }

    @Test("a proximity contact that is wrong by the whole bound takes no cable for one that carries more, nor for none")
    func harmlessForCables() throws {
        for supply in [3_300, 5_000, 12_000] as [Int32] {
            let shift = CalibrationBounds.proximity(supply: Millivolts(supply)).shift.rawValue
            for pullUp in [330, 470, 680, 1_000] as [Int32] {
                for (ohms, rating) in [(100, 63_000), (220, 32_000), (680, 20_000), (1_500, 13_000)] as [(Int32, Int32)]
                {
                    for wrong in [-shift, shift] {
                        let contact = supply * ohms / (pullUp + ohms) + wrong
                        let seen = pullUp * max(contact, 0) / (supply - contact)
                        let found = ProximityClass(Ohms(seen))
                        #expect(
                            (found.rating() ?? .zero) <= Milliamps(rating) && found != .noPlug,
                            "\(ohms) ohms at \(supply) mV over \(pullUp) ohms: \(found)")
                    }
                }
            }
        }
    }

    @Test("each profile's channels, and what a calibration puts into its wiring")
    func wirings() throws {
        let expected: [String: [ConverterRole]] = [
            "simulated": [], "simulated-socket": [], "gpio-bench": [.pilotHigh, .pilotLow],
            "emulated": [.pilotHigh, .pilotLow], "chargebyte-charge-control-c": [.pilotHigh, .pilotLow],
            "raspberry-pi-cm4": [], "beaglebone-black": [.pilotHigh, .pilotLow],
        ]
        for (name, roles) in expected {
            let profile = try BoardProfile.load(path: profiles.appending(path: "\(name).toml").path)
            let found = profile.wiring?.converterChannels.map(\.role) ?? []
            #expect(found.filter { $0 != .proximity } == roles, "\(name)")
            #expect(found.contains(.proximity) == (profile.wiring?.proximity != nil))
            let other = ConverterScale(microvoltsPerCount: 1, offset: Millivolts(2))
            let changed = profile.wiring?.calibrated([.pilotHigh: other, .proximity: other])
            #expect(changed?.channel(.pilotHigh)?.scale == (roles.isEmpty ? nil : other))
            #expect(changed?.channel(.pilotLow) == profile.wiring?.channel(.pilotLow))
            #expect(changed?.proximity?.channel.scale == profile.wiring?.proximity.map { _ in other })
            #expect(profile.wiring?.calibrated([:]) == profile.wiring)
            for role in ConverterRole.allCases {
                #expect((profile.wiring?.calibrationBounds(role) != nil) == found.contains(role))
            }
        }
    }

    @Test("a GPIO board reads by its calibration, and tells its counts, one number for each")
    func board() throws {
        let (sysfs, lines) = (try FakeSysfs(), FakeLines())
        let profile = try BoardProfile.load(path: profiles.appending(path: "gpio-bench.toml").path)
        let board = try GPIOBoard(
            profile: profile, lines: lines, sysfsRoot: sysfs.root,
            calibration: [.pilotHigh: ConverterScale(microvoltsPerCount: 7_326, offset: Millivolts(-14_900))])
        #expect(board.converterReading(.pilotHigh) == nil, "nothing is read before the start")
        try board.start()
        defer { board.stop() }
        #expect(eventually { board.sample().pilotValid })
        // 9 V are 3 276 counts, which are 9 000 mV by the profile.
        #expect(board.sample().pilotHigh == Millivolts(9_100) && board.sample().pilotLow == Millivolts(9_000))
        let first = try #require(board.converterReading(.pilotHigh))
        #expect(first.count == 3_276 && first.number > 0)
        #expect(eventually { (board.converterReading(.pilotHigh)?.number ?? 0) > first.number + 3 })
        #expect(board.converterReading(.pilotLow)?.count == 3_276)
        #expect(board.converterReading(.proximity) == nil)
        // A level that is no pilot is refused as one, and its counts are told all the same.
        try sysfs.write("bus/iio/devices/iio:device0/in_voltage0_raw", "4200\n")
        #expect(eventually { board.converterReading(.pilotHigh)?.count == 4_200 && !board.sample().pilotValid })
    }

    @Test("what is refused reads as one line")
    func words() {
        let limit = Millivolts(400)
        for error in [
            .samples(found: 3), .count(-1), .noisy(spread: limit, limit: limit), .moving(by: limit, limit: limit),
            .farOff(read: limit, reference: limit, limit: limit), .gain(found: 1, profile: 2, limitPermille: 30),
            .shift(by: limit, at: limit, limit: limit), .sameCounts,
        ] as [CalibrationError] {
            #expect(!"\(error)".isEmpty && !"\(error)".contains("\n"))
        }
    }
}
