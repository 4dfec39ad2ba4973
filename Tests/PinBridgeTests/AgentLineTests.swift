import BoardIO
import Quantities
import Testing

@testable import pin_bridge

@Suite("What the emulated board's agent says")
struct AgentLineTests {
    private let at = MonotonicInstant(nanoseconds: 12_345_678_000)

    @Test("each line that it says is understood")
    func lines() {
        #expect(AgentLine("ready 12345678000") == .time(at))
        #expect(AgentLine("s 12345678000") == .time(at))
        #expect(AgentLine("o 12345678000 3 1") == .output(at, offset: 3, isHigh: true))
        #expect(AgentLine("o 12345678000 0 0") == .output(at, offset: 0, isHigh: false))
        #expect(AgentLine("f 12345678000") == .fault(at))
        #expect(AgentLine("k 12345678000 77") == .outOfMemory(at, process: 77))
    }

    @Test("a PWM is a pilot only with its period, and low while it is off")
    func pilots() {
        func pilot(_ words: Substring) -> AgentLine { AgentLine("w 12345678000 \(words)") }
        #expect(pilot("1 1000000 266000") == .pilot(at, .pwm(highTime: Nanoseconds(266_000))))
        #expect(pilot("1 1000000 1000000") == .pilot(at, .x1))
        #expect(pilot("1 1000000 0") == .pilot(at, .off))
        #expect(pilot("0 1000000 266000") == .pilot(at, .off))
        #expect(pilot("1 2000000 266000") == .pilot(at, .off))
    }

    @Test(
        "anything else is a remark, and moves nothing",
        arguments: [
            "", "o", "o 1", "o 1 2", "o x 0 1", "o 1 0 y", "w 1 1 1000000", "s 1 2", "e not understood: i", "k 1",
        ])
    func remarks(_ text: String) {
        #expect(AgentLine(Substring(text)) == .remark(text))
    }

    @Test("the clock follows the quickest of its last answers")
    func clock() {
        var clock = BoardClock()
        #expect(clock.own(at) == at)
        clock.note(board: at, arrived: at + .milliseconds(10))
        clock.note(board: at, arrived: at + .milliseconds(3))
        clock.note(board: at, arrived: at + .milliseconds(70))
        #expect(clock.own(at) == at + .milliseconds(3))
        for _ in 0..<(BoardClock.memory - 1) { clock.note(board: at, arrived: at + .milliseconds(5)) }
        #expect(clock.own(at) == at + .milliseconds(5))
    }
}
