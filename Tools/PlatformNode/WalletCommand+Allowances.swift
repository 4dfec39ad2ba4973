import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet allow`
    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "allow",
            abstract: "Sets money aside for charging at any charger; prints the allowance's hash.",
            discussion: """
                The bearer's key (a telephone's, a card's, a roaming partner's) may make grants of it for whatever charger it \
                stands at; the payer's key stays at home.
                """)

        @Option(help: ArgumentHelp("Whose key may draw on it.", valueName: "account"))
        var bearer: String
        @Option(help: ArgumentHelp("Only at chargers of this operator (default: any charger).", valueName: "account"))
        var `operator`: String?
        @Option(help: ArgumentHelp("How much.", valueName: "micro"))
        var amount: Int64
        @Option(help: ArgumentHelp("The dearest kilowatt-hour that it may buy.", valueName: "micro"))
        var highestPrice: Int64
        @Option(help: ArgumentHelp("How long it may be drawn on.", valueName: "seconds"))
        var expiresIn: Int64 = 30 * 86_400
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let highest = try microunits(
                    highestPrice, "--highest-price", 0...Tariff.maximumPrice.rawValue)
                let body = TransactionBody.allow(
                    bearer: try identifier(bearer, "--bearer", as: AccountID.self),
                    operatedBy: try `operator`.map { try identifier($0, "--operator", as: AccountID.self) },
                    amount: try microunits(amount, "--amount"),
                    highestPrice: PricePerKilowattHour(highest.rawValue),
                    expiry: try Moment.expiry(
                        in: expiresIn, atMost: Allowance.maximumLifetimeMilliseconds / 1_000))
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(body, key: key), as: "allowance")
            }
        }
    }

    /// `wallet draw`
    struct DrawGrant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "draw", abstract: "Makes a grant for a connector of an allowance; prints the grant's hash.")

        @Option(help: ArgumentHelp("The allowance.", valueName: "hash"))
        var allowance: String
        @OptionGroup var connector: ConnectorOptions
        @OptionGroup var grant: GrantOptions
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let allowance = try identifier(allowance, "--allowance", as: GrantHash.self)
                let (device, chain) = try connector.place()
                let terms = try grant.terms()
                let (wallet, key) = try sending.open()
                let body = TransactionBody.draw(
                    allowance: allowance, device: device, chain: chain, amount: terms.amount,
                    tariff: try await wallet.agreed(grant.tariff, for: device), expiry: terms.expiry,
                    energyLimit: terms.energyLimit)
                output.show(try await wallet.send(body, key: key), as: "grant")
            }
        }
    }

    /// `wallet release-allowance`
    struct ReleaseAllowance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release-allowance",
            abstract: "Takes back what an allowance has left; prints the transaction's hash.")

        @Option(help: ArgumentHelp("The allowance.", valueName: "hash"))
        var allowance: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let allowance = try identifier(allowance, "--allowance", as: GrantHash.self)
                let (wallet, key) = try sending.open()
                output.show(try await wallet.send(.releaseAllowance(allowance), key: key))
            }
        }
    }
}
