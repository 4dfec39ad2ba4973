import Quantities
import Testing

@testable import BoardIO

/// One look a millisecond, as fast as a board may be sampled.
@Suite("A trip that is held")
struct HeldTripTests {
    private func moment(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// A line that was inactive at its first look.
    private func resting() -> HeldTrip {
        var trip = HeldTrip()
        let isTripped = trip.look(found: false, at: moment(0))
        #expect(!isTripped)
        return trip
    }

    @Test("a pulse between two looks counts from the look that finds it, for longer than a late period and two more")
    func pulse() {
        var trip = resting()
        trip.note(edgeTo: true)
        trip.note(edgeTo: false)
        for milliseconds in Int64(1)...60 {
            let isTripped = trip.look(found: false, at: moment(milliseconds))
            #expect(isTripped, "after \(milliseconds) ms")
        }
        let isTripped = trip.look(found: false, at: moment(61))
        #expect(!isTripped)
    }

    @Test("of a pulse that was over before the kernel read its level one edge to where it was is enough")
    func inactiveEdge() {
        var trip = resting()
        trip.note(edgeTo: false)
        let isTripped = trip.look(found: false, at: moment(1))
        #expect(isTripped)
    }

    @Test("what went active before the first look counts, and what went inactive does not: nobody knows where it was")
    func beforeTheFirstLook() {
        for isActive in [true, false] {
            var trip = HeldTrip()
            trip.note(edgeTo: isActive)
            trip.note(edgeTo: false)
            let isTripped = trip.look(found: false, at: moment(1))
            #expect(isTripped)
            var ended = HeldTrip()
            ended.note(edgeTo: isActive)
            let wasTripped = ended.look(found: false, at: moment(1))
            #expect(wasTripped == isActive)
        }
    }

    /// A line that went active at 1 ms, and was found so since.
    private func active(through last: Int64) -> HeldTrip {
        var trip = resting()
        trip.note(edgeTo: true)
        for milliseconds in 1...last {
            let isTripped = trip.look(found: true, at: moment(milliseconds))
            #expect(isTripped)
        }
        return trip
    }

    @Test("the end of a trip that was seen is none, whether its edge is found before its level or behind it")
    func end() {
        var trip = active(through: 100)
        trip.note(edgeTo: false)
        var isTripped = trip.look(found: false, at: moment(101))
        #expect(!isTripped)

        var late = active(through: 100)
        isTripped = late.look(found: false, at: moment(101))
        #expect(!isTripped)
        late.note(edgeTo: false)
        isTripped = late.look(found: false, at: moment(102))
        #expect(!isTripped)
    }

    @Test("an edge that the kernel dropped is missed at two looks, and what comes behind it is judged by the level")
    func dropped() {
        var trip = active(through: 100)
        for milliseconds in Int64(101)...103 {
            let isTripped = trip.look(found: false, at: moment(milliseconds))
            #expect(!isTripped)
        }
        trip.note(edgeTo: false)
        let isTripped = trip.look(found: false, at: moment(104))
        #expect(isTripped)
    }

    @Test("a level is a trip by itself, and leaves none behind")
    func level() {
        var trip = resting()
        var isTripped = trip.look(found: true, at: moment(1))
        #expect(isTripped)
        trip.note(edgeTo: true)
        isTripped = trip.look(found: true, at: moment(2))
        #expect(isTripped)
        trip.note(edgeTo: false)
        isTripped = trip.look(found: false, at: moment(61))
        #expect(isTripped, "its edge is 59 ms ago")
        isTripped = trip.look(found: false, at: moment(62))
        #expect(!isTripped)
    }
}
