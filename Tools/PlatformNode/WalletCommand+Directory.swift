import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet operator`
    struct RegisterOperator: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "operator",
            abstract: "Registers the sender as an operator, or changes what it says; prints the transaction's hash.")

        @Option(help: "What drivers see.")
        var name: String
        @Option(help: ArgumentHelp("Where a driver finds help.", valueName: "text"))
        var contact: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let said = try Operator(name: name, contact: contact)
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(.registerOperator(said), key: key))
            }
        }
    }

    /// `wallet user`
    struct RegisterUser: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "user", abstract: "Registers the sender as a user; prints the transaction's hash.")

        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(.registerUser, key: key))
            }
        }
    }

    /// `wallet describe`
    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "describe",
            abstract: "Says where a charger stands and what it offers; prints the transaction's hash.")

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String
        @Option(help: "What drivers see.")
        var name: String
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Where it stands, in degrees, like 48.137154,11.575382.", valueName: "lat,lon"))
        var at: String
        @Option(help: ArgumentHelp("Who runs it; a registered operator.", valueName: "account"))
        var `operator`: String?
        @Option(
            help: ArgumentHelp(
                "Each connector, 1 first, like type2-socket:32000:3. Sockets: type2-socket, type2-cable, type1-cable, other.",
                valueName: "socket:mA:phases"))
        var connector: [String]
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let device = try identifier(device, "--device", as: DeviceID.self)
                let place = try Place(text: at)
                let site = try Site(
                    name: name, latitude: place.latitude, longitude: place.longitude,
                    operatedBy: try `operator`.map { try identifier($0, "--operator", as: AccountID.self) },
                    connectors: connector.map(Self.offer))
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(.describe(device: device, site), key: key))
            }
        }

        private static func offer(_ text: String) throws -> Site.Connector {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 3, let socket = Site.Socket.allCases.first(where: { $0.name == parts[0] }),
                let current = Int32(parts[1]), let phases = UInt8(parts[2])
            else {
                throw Failure(line: "--connector \(text): expected SOCKET:MILLIAMPS:PHASES like type2-socket:32000:3")
            }
            return Site.Connector(socket: socket, current: Milliamps(current), phases: phases)
        }
    }
}
