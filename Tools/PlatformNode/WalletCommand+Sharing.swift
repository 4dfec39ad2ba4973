import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet share`
    struct Share: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "share",
            abstract: "Sets when guests may use a charger, and how they reserve it; prints the transaction's hash.",
            discussion: "Give --window (repeatable), or --nobody for the owner alone, or --public for all hours.")

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String
        @Option(
            help: ArgumentHelp("Hours for guests, like 'Mon-Fri 08:00-17:00'.", valueName: "days hours"))
        var window: [String] = []
        @Flag(help: "No hours for guests.")
        var nobody = false
        @Flag(help: "All hours, no deposit: what holds for a charger whose owner says nothing.")
        var `public` = false
        @OptionGroup var hours: HoursOptions
        @Option(help: ArgumentHelp("What a reservation costs whoever does not come.", valueName: "micro"))
        var deposit: Int64 = 0
        @Option(help: ArgumentHelp("How long a reserved connector is kept.", valueName: "minutes"))
        var noShowMinutes: Int64 = 15
        @Option(help: ArgumentHelp("Until how long before it begins it may be cancelled.", valueName: "minutes"))
        var noticeMinutes: Int64 = 0
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let device = try identifier(device, "--device", as: DeviceID.self)
                guard [!window.isEmpty, nobody, `public`].count(where: \.self) == 1 else {
                    throw Failure(line: "expected one of --window, --nobody and --public")
                }
                let sharing =
                    `public`
                    ? nil
                    : try Sharing(
                        week: hours.week(), windows: window.flatMap { try WeeklyWindow.windows($0) },
                        deposit: Microunits(deposit), noShowMinutes: noShowMinutes, noticeMinutes: noticeMinutes)
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(.share(device: device, sharing), key: key))
            }
        }
    }

    /// `wallet claim`
    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "claim",
            abstract: "Keeps a connector for its owner: guests' sessions end; prints the transaction's hash.")

        @OptionGroup var connector: ConnectorOptions
        @Option(help: ArgumentHelp("Until when: a time, or +minutes.", valueName: "time"))
        var until: String?
        @Flag(help: "Lets the connector go again.")
        var end = false
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let (device, chain) = try connector.place()
                guard (until == nil) == end else { throw Failure(line: "expected either --until or --end") }
                let until = try until.map { try Moment.read($0, "--until") } ?? UTCMilliseconds(0)
                guard end || until > Moment.now else {
                    throw Failure(line: "--until \(self.until ?? ""): has passed; --end lets the connector go")
                }
                let (wallet, key) = try sending.open()
                output.show(
                    try await wallet.send(.claim(device: device, chain: chain, until: until), key: key))
            }
        }
    }

    /// `wallet refund`
    struct GiveBack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "refund",
            abstract: "Gives back some of what a session paid; prints the transaction's hash.")

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String
        @Option(help: ArgumentHelp("The session.", valueName: "hex"))
        var session: String
        @Option(help: ArgumentHelp("Who paid it: the ledger holds a hash of it alone.", valueName: "account"))
        var payer: String
        @Option(help: ArgumentHelp("How much.", valueName: "micro"))
        var amount: Int64
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let body = TransactionBody.refund(
                    device: try identifier(device, "--device", as: DeviceID.self),
                    session: try identifier(session, "--session", as: SessionID.self),
                    payer: try identifier(payer, "--payer", as: AccountID.self),
                    amount: try microunits(amount, "--amount"))
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(body, key: key))
            }
        }
    }
}
