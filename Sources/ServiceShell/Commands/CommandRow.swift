/// One row of the table of commands.
struct CommandRow: Sendable {
    /// What a command does to the device.
    enum Effect: Equatable, Sendable {
        case reads
        /// It concerns the shell itself: a login, a terminal's width.
        case shell
        /// It changes the device: a person confirms it, a program sends a checksum, and it is on record before it is done.
        case changes
        /// It carries bytes of something that is on record: programs only, with a checksum.
        case transfers
        /// It changes the device with what comes over the line by another protocol: people only, who confirm it, and it is on
        /// record before it begins.
        case handsOver
    }

    let command: ServiceCommand
    /// What is typed; a program joins the words with points.
    let words: [String]
    var arguments: [CommandArgument] = []
    let role: AccessRole
    var effect = Effect.reads
    /// Its arguments are in no history.
    var isSecret = false
    /// One line for `help`.
    let summary: String

    /// Whether it changes the device.
    var isChange: Bool { effect == .changes || effect == .handsOver }

    /// `limit set`.
    var name: String { words.joined(separator: " ") }

    /// `limit.set`.
    var machineName: String { words.joined(separator: ".") }

    /// `limit set CURRENT [CONNECTOR]`.
    var usage: String { (words + arguments.map(\.placeholder)).joined(separator: " ") }
}

/// A command with its values.
struct Invocation: Equatable, Sendable {
    let row: CommandRow
    let values: [String: ArgumentValue]

    func text(_ name: String) -> String? {
        if case .text(let text)? = values[name] { text } else { nil }
    }

    func integer(_ name: String) -> Int64? {
        if case .integer(let value)? = values[name] { value } else { nil }
    }

    var connector: UInt32? { integer("connector").map(UInt32.init) }

    /// The command in full, the same whoever gave it: what a person confirms and what records name.
    var canonical: String {
        let given = row.arguments.compactMap { argument -> String? in
            switch (values[argument.name], argument.kind) {
            case (.integer(let value)?, .thousandths(_, let unit, _)):
                "\(argument.name)=\(DecimalText.fixed(value, digits: 3))\(unit)"
            case (.integer(let value)?, .instant):
                "\(argument.name)=\(DecimalText.rfc3339(unixMilliseconds: value) ?? "\(value)")"
            case (.integer(let value)?, _): "\(argument.name)=\(value)"
            case (.text(let text)?, _): "\(argument.name)=\(text)"
            case (nil, _): nil
            }
        }
        return ([row.name] + given).joined(separator: " ")
    }

    static func == (left: Self, right: Self) -> Bool {
        left.row.command == right.row.command && left.values == right.values
    }
}
