import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet reserve`
    struct Reserve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reserve", abstract: "Reserves a connector for the sender; prints the reservation's hash.")

        @OptionGroup var connector: ConnectorOptions
        @Option(help: ArgumentHelp("When it begins: a time, or +minutes from now.", valueName: "time"))
        var from: String
        @Option(help: ArgumentHelp("How long: 15 to 1440.", valueName: "minutes"))
        var minutes: Int64
        @Option(
            help: ArgumentHelp(
                "What is lost by not coming: what the owner asks, else it is refused.", valueName: "micro")
        )
        var deposit: Int64 = 0
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let (device, chain) = try connector.place()
                let from = try Moment.read(from, "--from")
                guard (15...1_440).contains(minutes) else {
                    throw Failure(line: "--minutes \(minutes): expected 15 to 1440")
                }
                let body = TransactionBody.reserve(
                    device: device, chain: chain, from: from,
                    until: UTCMilliseconds(from.rawValue + minutes * 60_000),
                    deposit: try microunits(deposit, "--deposit", 0...Tariff.maximumFee.rawValue))
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(body, key: key), as: "reservation")
            }
        }
    }

    /// `wallet reservations`
    struct ShowReservations: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reservations", abstract: "Lists the reservations of a charger, or of an account anywhere.")

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String?
        @Option(help: ArgumentHelp("The account.", valueName: "hex"))
        var account: String?
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                guard device != nil || account != nil else { throw Failure(line: "expected --device or --account") }
                let device = try device.map { try identifier($0, "--device", as: DeviceID.self) }
                let account = try account.map { try identifier($0, "--account", as: AccountID.self) }
                let wallet = try Wallet(rpc: rpc)
                for key in try await wallet.keys("reservations/" + (device.map { $0.hex + "/" } ?? "")) {
                    let parts = key.split(separator: "/")
                    guard parts.count == 3, let chain = Int64(parts[2]) else {
                        throw Failure(line: "the node's answer: key \(key)")
                    }
                    let standing = try await wallet.value(key, as: Reservations.self)
                    for reservation in standing?.list ?? [] where account == nil || reservation.user == account {
                        output.show(
                            reservation.shown.with(["device": .text(String(parts[1])), "connector": .number(chain)]))
                    }
                }
            }
        }
    }

    /// `wallet settle-reservation`
    struct SettleReservation: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "settle-reservation",
            abstract:
                "Cancels one's own reservation in time, or settles any that is over; prints the transaction's hash.")

        @OptionGroup var connector: ConnectorOptions
        @Option(help: ArgumentHelp("The reservation.", valueName: "hash"))
        var reservation: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let (device, chain) = try connector.place()
                let reservation = try identifier(reservation, "--reservation", as: GrantHash.self)
                let (wallet, key) = try sending.open()
                output.show(
                    try await wallet.send(
                        .settleReservation(device: device, chain: chain, reservation: reservation), key: key))
            }
        }
    }
}
