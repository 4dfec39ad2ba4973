/// The commands of the shell. All of them only read: commands that change something need a login first.
enum ServiceCommand: String, CaseIterable, Sendable {
    case help, ident, status, meter, journal, ledger, faults

    /// One line for `help`.
    var summary: String {
        switch self {
        case .help: "lists the commands, or tells about one: help [COMMAND]"
        case .ident: "product, serial, device id, firmware, uptime"
        case .status: "each connector: pilot, contactor, current and why not more, session, time"
        case .meter: "each meter: identity, registers, age of the reading, what was refused"
        case .journal: "signed records: chains, heads, what is acknowledged, room left"
        case .ledger: "endpoint, trusted height, backlog, last error"
        case .faults: "faults that stand or are latched, and what clears them"
        }
    }

    /// The names of the arguments that it takes, all of them optional.
    var parameters: [String] { self == .help ? ["command"] : [] }

    /// The command of a name.
    static func named(_ name: String) throws(ServiceShellError) -> ServiceCommand {
        guard let command = ServiceCommand(rawValue: name) else { throw .unknownCommand(name) }
        return command
    }

    /// What the command answers. `arguments` stand in the order of `parameters`.
    func answer(from desk: any ServiceDesk, arguments: [String]) throws(ServiceShellError) -> Report {
        guard arguments.count <= parameters.count else {
            let expected = parameters.isEmpty ? "no argument" : "at most \(parameters.count): \(parameters[0])"
            throw .arguments(command: rawValue, expected: "\(expected), got \(arguments.count)")
        }
        switch self {
        case .help: return try Self.help(about: arguments.first)
        case .ident: return try desk.identity().report
        case .status: return try desk.status().report
        case .meter: return Self.rows("meters", try desk.meters())
        case .journal: return try desk.journal().report
        case .ledger: return try desk.ledger().report
        case .faults: return Self.rows("faults", try desk.faults())
        }
    }

    private static func help(about name: String?) throws(ServiceShellError) -> Report {
        var report = Report()
        if let name {
            let command = try named(name)
            report.add(command.rawValue, .text(command.summary))
        } else {
            for command in allCases { report.add(command.rawValue, .text(command.summary)) }
        }
        return report
    }

    private static func rows(_ name: String, _ answers: [some Reportable]) -> Report {
        var report = Report()
        report.add(name, .rows(answers.map(\.report)))
        return report
    }
}
