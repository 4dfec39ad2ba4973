import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

/// What a grant is for.
struct GrantOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How much.", valueName: "micro"))
    var amount: Int64
    @Option(help: ArgumentHelp("The most energy that it pays for (default: what the money buys).", valueName: "mWh"))
    var energyLimit: Int64?
    @Option(help: ArgumentHelp("The tariff that is agreed to (default: the charger's).", valueName: "hash"))
    var tariff: String?
    @Option(help: ArgumentHelp("How long sessions may begin on it.", valueName: "seconds"))
    var expiresIn: Int64 = 3_600

    struct Terms {
        let amount: Microunits
        let energyLimit: MilliwattHours?
        let expiry: UTCMilliseconds
    }

    func terms() throws -> Terms {
        Terms(
            amount: try microunits(amount, "--amount"), energyLimit: try energy(energyLimit, "--energy-limit"),
            expiry: try Moment.expiry(in: expiresIn, atMost: Grant.maximumLifetimeMilliseconds / 1_000))
    }
}

extension WalletCommand {
    /// `wallet grant`
    struct MakeGrant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Sets money aside for charging at a connector; prints the grant's hash.")

        @OptionGroup var connector: ConnectorOptions
        @OptionGroup var grant: GrantOptions
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let (device, chain) = try connector.place()
                let terms = try grant.terms()
                let (wallet, key) = try sending.open()
                let body = TransactionBody.grant(
                    device: device, chain: chain, amount: terms.amount,
                    tariff: try await wallet.agreed(grant.tariff, for: device), expiry: terms.expiry,
                    energyLimit: terms.energyLimit)
                output.show(try await wallet.send(body, key: key), as: "grant")
            }
        }
    }

    /// `wallet release`
    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release", abstract: "Takes a grant's remainder back; prints the transaction's hash.")

        @OptionGroup var connector: ConnectorSendingOptions

        func run() async throws { try await connector.send { .releaseGrant(device: $0, chain: $1) } }
    }
}
