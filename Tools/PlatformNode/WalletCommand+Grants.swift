import ArgumentParser
import Ledger
import LedgerNode
import LightClient
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet grant`
    struct MakeGrant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Sets money aside for charging at a connector; prints the grant's hash.")

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String
        @Option(help: "The connector: 1 and up.")
        var chain: UInt32 = 1
        @Option(help: ArgumentHelp("How much.", valueName: "micro"))
        var amount: Int64
        @Option(help: ArgumentHelp("The tariff that is agreed to (default: the charger's).", valueName: "hash"))
        var tariff: String?
        @Option(help: ArgumentHelp("How long sessions may begin on it.", valueName: "seconds"))
        var expiresIn: Int64 = 3_600
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let device = try identifier(device, "--device", as: DeviceID.self)
                let (wallet, key) = try sending.open()
                let agreed: TariffHash
                if let tariff {
                    agreed = try identifier(tariff, "--tariff", as: TariffHash.self)
                } else {
                    guard let charger = try await wallet.value(.charger(device), as: ChargerRegistration.self) else {
                        throw Failure(line: "charger \(device) is not on this ledger")
                    }
                    agreed = charger.tariff
                }
                guard (1...Grant.maximumLifetimeMilliseconds / 1_000).contains(expiresIn) else {
                    throw Failure(line: "--expires-in \(expiresIn): expected 1 to 604800 seconds")
                }
                let now = LedgerNodeConfiguration.systemClock().unixMilliseconds
                let receipt = try await wallet.send(
                    .grant(
                        device: device, chain: ChainNumber(rawValue: chain), amount: Microunits(amount),
                        tariff: agreed, expiry: UTCMilliseconds(now + expiresIn * 1_000)),
                    key: key)
                output.show("grant", Hexadecimal.encode(receipt.hash), ["height": receipt.height])
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
