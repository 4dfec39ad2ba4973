import ArgumentParser
import LedgerNode

/// `platform-node faults`: what goes wrong at a standalone node, on request.
struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Faults of a standalone node that has a development control, for tests.",
        subcommands: [List.self, Set.self, Clear.self])

    /// Lists them.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the faults that stand, one JSON object.")

        @OptionGroup var control: ControlOption

        func run() async throws { try await Failure.reporting { print(try await control.node.faults()) } }
    }

    /// One more.
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has a fault: its name and its members, as in `set fork kind=lunatic to=second`.",
            discussion: "Lists are separated by commas. The faults are described in docs/standalone.md.")

        @OptionGroup var control: ControlOption
        @Argument(help: ArgumentHelp("The fault's name.", valueName: "fault"))
        var name: String
        @Argument(help: ArgumentHelp("Its members.", valueName: "name=value"))
        var members: [String] = []

        func run() async throws {
            try await Failure.reporting {
                var json = ["\"fault\":\(Self.quoted(name))"]
                for member in members {
                    guard let sign = member.firstIndex(of: "=") else {
                        throw Failure(line: "\(member): expected NAME=VALUE")
                    }
                    let (name, value) = (String(member[..<sign]), String(member[member.index(after: sign)...]))
                    let isList = ["absent", "nil", "signers"].contains(name)
                    let list = value.split(separator: ",").map { Self.quoted(String($0)) }.joined(separator: ",")
                    json.append("\(Self.quoted(name)):\(isList ? "[\(list)]" : Self.quoted(value))")
                }
                print(try await control.node.set(json: "{\(json.joined(separator: ","))}"))
            }
        }

        private static func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
    }

    /// One less.
    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a fault, or all of them; the chain goes on.")

        @OptionGroup var control: ControlOption
        @Argument(help: ArgumentHelp("The fault's name; all where there is none.", valueName: "fault"))
        var name: String?

        func run() async throws {
            try await Failure.reporting {
                let kind = try name.map { name in
                    guard let kind = NodeFault.Kind(rawValue: name) else {
                        throw Failure(line: "\(name): expected one of \(NodeFault.Kind.allCases.map(\.rawValue))")
                    }
                    return kind
                }
                print(try await control.node.clear(kind))
            }
        }
    }
}
