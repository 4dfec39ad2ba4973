import ChargeControl
import Quantities

/// What a trace shows of a step.
struct TraceLine: Equatable {
    private var words: [String] = []

    init() {}

    init(_ world: World, _ output: ControlOutput) {
        let input = world.input
        var level = "-"
        if let seen = world.truth.level { level = "\(seen)" }
        words = [
            "pilot \(level)", "\(output.display.phase)", Self.short(output.pilot),
            output.contactorEnable ? "CLOSED" : "open", world.contacts.main ? "main" : "",
            world.contacts.second ? "L2L3" : "",
            "\(output.phases)", output.lock ? "lock" : "", "\(input.lock)", output.residualTest ? "test" : "",
            output.ventilation ? "fan" : "", input.fanRuns ? "runs" : "",
            "limit \(output.display.limit.current.rawValue)",
            "by \(output.display.limit.source)", "faults \(output.display.faults.codes)",
        ]
        let caused = FaultCode.allCases.filter { world.causes[$0.position] > world.now }
        words.append("causes \(caused)")
        if output.service.visit != 0 || output.service.test.stage == .driving {
            words.append("service \(output.service.visit) \(output.display.service) heard \(input.service.test)")
        }
        words.append("grant \(input.authorization.map { "\($0.slot)" } ?? "-") durable \(input.durableBegin)")
        if world.truth.lateness > 0 { words.append("late \(world.truth.lateness / 1_000_000) ms") }
        if world.truth.isRestart { words.append("RESTART") }
        for position in 0..<output.records.count { words.append(Self.short(output.records[position])) }
    }

    private static func short(_ command: PilotCommand) -> String {
        if case .pwm(let highTime) = command { return "pwm \(highTime.rawValue)" }
        return "\(command)"
    }

    private static func short(_ record: RecordIntent) -> String {
        switch record {
        case .begin(let mark): "begin \(mark.session)"
        case .tick(_, let index, _): "tick \(index)"
        case .pause(_, let cause): "pause \(cause)"
        case .resume: "resume"
        case .end(_, let reason, let fault, _, let isFinal): "end \(reason) \(fault.map { "\($0)" } ?? "") \(isFinal)"
        case .faultLatched(let code): "latched \(code)"
        case .faultCleared(let code, let clearing): "cleared \(code) by \(clearing)"
        case .wear: "wear"
        case .residualSelfTest(let passed, _): "self-test \(passed)"
        }
    }

    func text(step: Int, now: Int64, trouble: Trouble?) -> String {
        let moment = "\(step) \(now / 1_000_000) ms"
        let what = trouble.map { " [\($0)]" } ?? ""
        return "\(moment)\(what): " + words.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
