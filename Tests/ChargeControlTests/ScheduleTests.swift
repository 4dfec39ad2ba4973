import ChargeControl
import Quantities
import Testing

/// Off-peak windows, over midnight too, the random delay, and a clock that is not known.
@Suite struct ScheduleTests {
    private static let hour: Int32 = 3_600

    private func schedule(
        _ windows: [(Int32, Int32, Int32)], otherwise: Int32 = 0, delay: Int32 = 0
    ) -> Schedule {
        var schedule = Schedule(otherwise: Milliamps(otherwise), delay: delay)
        for (start, end, current) in windows {
            let fits = schedule.add(Schedule.Window(start: start, end: end, current: Milliamps(current)))
            #expect(fits)
        }
        return schedule
    }

    @Test func aWindowHoldsFromItsStartToItsEnd() {
        let schedule = schedule([(2 * Self.hour, 5 * Self.hour, 16_000)], otherwise: 6_000)
        for second in Int32(0)..<86_400 {
            let limit = schedule.limit(atSecondOfDay: second)
            let isInside = second >= 2 * Self.hour && second < 5 * Self.hour
            #expect(limit.current == Milliamps(isInside ? 16_000 : 6_000), "at second \(second)")
            #expect(limit.reason == (isInside ? .configured : .outsideWindow))
            #expect(limit.expiry == nil)
        }
    }

    @Test func aWindowMayRunOverMidnight() {
        let schedule = schedule([(22 * Self.hour, 6 * Self.hour, 32_000)])
        for second in Int32(0)..<86_400 {
            let isInside = second >= 22 * Self.hour || second < 6 * Self.hour
            #expect((schedule.limit(atSecondOfDay: second).current > .zero) == isInside, "at second \(second)")
        }
    }

    /// The delay runs from each opening, over midnight too; it never lengthens the window.
    @Test func theRandomDelayFollowsEachOpening() {
        let schedule = schedule(
            [(86_400 - 300, 600, 32_000), (12 * Self.hour, 12 * Self.hour + 900, 16_000)], otherwise: 0, delay: 400)
        for second in Int32(0)..<86_400 {
            let age = (second - (86_400 - 300) + 86_400) % 86_400
            let noon = second - 12 * Self.hour
            let limit = schedule.limit(atSecondOfDay: second)
            if age < 900 {
                #expect(limit.current == Milliamps(age < 400 ? 0 : 32_000), "at second \(second)")
                #expect(limit.reason == (age < 400 ? .randomDelay : .configured))
            } else if noon >= 0, noon < 900 {
                #expect(limit.current == Milliamps(noon < 400 ? 0 : 16_000))
            } else {
                #expect(limit.current == .zero && limit.reason == .outsideWindow)
            }
        }
    }

    @Test func whereWindowsOverlapTheGreatestCurrentHolds() {
        let schedule = schedule([(0, 10_000, 10_000), (5_000, 8_000, 20_000), (7_000, 9_000, 6_000)], otherwise: 0)
        for (second, current) in [
            (Int32(4_999), Int32(10_000)), (5_000, 20_000), (7_999, 20_000), (8_000, 10_000), (9_999, 10_000),
            (10_000, 0),
        ] {
            #expect(schedule.limit(atSecondOfDay: second).current == Milliamps(current), "at second \(second)")
        }
    }

    @Test func withoutAClockTheOtherwiseHoldsAndSaysSo() {
        let schedule = schedule([(0, 86_399, 32_000)], otherwise: 6_000)
        #expect(schedule.limit(atSecondOfDay: nil).current == Milliamps(6_000))
        #expect(schedule.limit(atSecondOfDay: nil).reason == .clockUnknown)
    }

    @Test func eightWindowsFitAndNoNinth() {
        var schedule = Schedule(otherwise: .zero, delay: 0)
        for index in Int32(0)..<8 {
            let fits = schedule.add(
                Schedule.Window(start: index * 100, end: index * 100 + 50, current: Milliamps(6_000)))
            #expect(fits)
        }
        let full = schedule
        let ninthFits = schedule.add(Schedule.Window(start: 0, end: 86_399, current: Milliamps(32_000)))
        #expect(!ninthFits)
        #expect(schedule == full)
        #expect(schedule.limit(atSecondOfDay: 760).current == .zero)
        var other = full
        other.delay = 1
        #expect(other != full)
        // An empty window never opens.
        var empty = Schedule(otherwise: .zero, delay: 0)
        let emptyFits = empty.add(Schedule.Window(start: 100, end: 100, current: Milliamps(32_000)))
        #expect(emptyFits)
        #expect(empty.limit(atSecondOfDay: 100).current == .zero)
    }

    /// As a source it pauses a session and lets it go on; the pause says who.
    @Test func aSessionPausesOutsideItsWindowAndGoesOnInTheNext() throws {
        let schedule = schedule([(100, 120, 16_000), (200, 260, 10_000)], otherwise: 0, delay: 10)
        var rig = try Rig()
        try rig.startCharging()
        rig.forgetTrace()
        for second in Int32(110)..<240 {
            rig.input.limits[.schedule] = schedule.limit(atSecondOfDay: second)
            rig.live(.seconds(1), drawing: Milliamps(9_000)) { rig in
                if second < 120 || second >= 210 { return }
                #expect(!rig.isPowered)
            }
        }
        #expect(rig.output.contactorEnable && rig.output.display.offered == Milliamps(10_000))
        #expect(rig.trace.filter { $0.hasPrefix("pause") || $0 == "resume" } == ["pause owner", "resume"])
    }
}
