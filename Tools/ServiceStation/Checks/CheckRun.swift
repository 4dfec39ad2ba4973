import FoundationEssentials
import Glibc

/// Carries a list of checks out over a line on which somebody is logged in.
struct CheckRun {
    /// Milliseconds that a reply may take: a self-test and a proof from the ledger are the longest.
    static let patience: Int32 = 60_000

    private var line: MachineLine
    private let silence: Int32

    init(over line: MachineLine, silence: Int32 = patience) {
        self.line = line
        self.silence = silence
    }

    /// Every step in its order, also behind one that does not hold.
    ///
    /// - Parameter told: is called after each step.
    mutating func report(
        on list: CheckList, device: String, moment: String, technician: String?,
        told: (_ line: CheckReport.Line) -> Void = { _ in }
    ) throws -> CheckReport {
        try line.interrupt()
        var report = CheckReport(
            name: list.name, device: device, moment: moment, technician: technician, identity: [:], lines: [])
        if case .object(let reply)? = try ask("ident", [:]), case .object(let identity)? = reply["data"] {
            report.identity = identity
        }
        for step in list.steps {
            let line = try carryOut(step)
            report.lines.append(line)
            told(line)
        }
        return report
    }

    private mutating func carryOut(_ step: CheckList.Step) throws -> CheckReport.Line {
        let began = ProgressBar.now()
        while true {
            let reply = try ask(step.command, step.arguments)
            let verdict = reply.map { CheckVerdict.of($0, for: step) } ?? .noAnswer
            let elapsed = ProgressBar.now() - began
            if verdict == .holds || elapsed >= step.patience * 1_000 {
                return CheckReport.Line(step: step, verdict: verdict, reply: reply, milliseconds: elapsed)
            }
            usleep(500_000)
        }
    }

    /// The reply to one request; nil where none came.
    private mutating func ask(_ command: String, _ arguments: [String: JSONValue]) throws -> JSONValue? {
        let id = try line.send(command, JSONValue.members(arguments))
        while let text = try line.text(within: silence) {
            guard let reply = try? JSONDecoder().decode(JSONValue.self, from: Data(text)) else { continue }
            if case .object(let members) = reply, members["id"] == .integer(id) { return reply }
        }
        return nil
    }
}
