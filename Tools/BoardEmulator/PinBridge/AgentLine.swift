import BoardIO
import Quantities

/// A line that the board's agent says; `Guest/pin-agent.c` owns the format. Every moment is the board's.
enum AgentLine: Equatable {
    case time(MonotonicInstant)
    case output(MonotonicInstant, offset: Int, isHigh: Bool)
    case pilot(MonotonicInstant, PilotOutput)
    /// A fault is made on purpose.
    case fault(MonotonicInstant)
    /// The kernel kills this process, since there is no memory left.
    case outOfMemory(MonotonicInstant, process: Int64)
    /// Whatever else it says.
    case remark(String)

    init(_ text: Substring) {
        let words = text.split(separator: " ")
        let numbers = words.dropFirst().map { Int64($0) }
        self = .remark(String(text))
        guard let kind = words.first, let first = numbers.first, let nanoseconds = first else { return }
        let at = MonotonicInstant(nanoseconds: nanoseconds)
        switch (kind, numbers.count) {
        case ("ready", 1), ("s", 1): self = .time(at)
        case ("f", 1): self = .fault(at)
        case ("k", 2): if let process = numbers[1] { self = .outOfMemory(at, process: process) }
        case ("o", 3):
            if let offset = numbers[1], let level = numbers[2] {
                self = .output(at, offset: Int(offset), isHigh: level == 1)
            }
        case ("w", 4):
            if let enabled = numbers[1], let period = numbers[2], let high = numbers[3] {
                self = .pilot(at, Self.pilot(isOn: enabled == 1, period: period, high: high))
            }
        default: return
        }
    }

    /// A disabled PWM is low, and so is, for a car, one whose period is not the pilot's.
    private static func pilot(isOn: Bool, period: Int64, high: Int64) -> PilotOutput {
        guard isOn, period == PilotOutput.period.rawValue, high > 0 else { return .off }
        return high >= period ? .x1 : .pwm(highTime: Nanoseconds(high))
    }
}
