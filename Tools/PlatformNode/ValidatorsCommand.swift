import ArgumentParser
import LedgerNode

/// `platform-node validators`: who signs the blocks of a standalone node, changed while it runs.
struct ValidatorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validators",
        abstract: "Changes the validators of a standalone node that has a development control.",
        subcommands: [List.self, Add.self, Remove.self, Power.self])

    /// Lists them.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the validators, one JSON object.")

        @OptionGroup var control: ControlOption

        func run() async throws { try await Failure.reporting { print(try await control.node.validators()) } }
    }

    /// One more.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a validator with a key of its own; it signs two blocks later.")

        @OptionGroup var control: ControlOption
        @Option(help: "Its power.")
        var power = "1"

        func run() async throws {
            try await Failure.reporting { print(try await control.node.change([(validator: nil, power: power)])) }
        }
    }

    /// One less.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes validators, all in one block.")

        @OptionGroup var control: ControlOption
        @Argument(help: "Names (validator-0 and so on) or addresses.")
        var validators: [String]

        func run() async throws {
            try await Failure.reporting {
                print(try await control.node.change(validators.map { (validator: $0, power: "0") }))
            }
        }
    }

    /// Another power.
    struct Power: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes powers, all in one block; one that was removed comes back.")

        @OptionGroup var control: ControlOption
        @Argument(help: ArgumentHelp("validator-0=10, or an address and its power.", valueName: "validator=power"))
        var powers: [String]

        func run() async throws {
            try await Failure.reporting {
                let changes = try powers.map { text in
                    let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                    guard parts.count == 2 else { throw Failure(line: "\(text): expected VALIDATOR=POWER") }
                    return (validator: Optional(parts[0]), power: parts[1])
                }
                print(try await control.node.change(changes))
            }
        }
    }
}

/// Where the node's control listens.
struct ControlOption: ParsableArguments {
    @Option(help: ArgumentHelp("The node's --development-control.", valueName: "socket"))
    var control: String

    var node: DevelopmentControl { DevelopmentControl(socket: control) }
}
