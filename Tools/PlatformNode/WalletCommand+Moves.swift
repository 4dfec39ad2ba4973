import ArgumentParser
import Ledger
import LedgerNode
import SignedRecords

extension WalletCommand {
    /// `wallet register-moved`
    struct RegisterMoved: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "register-moved",
            abstract: "Registers a charger that came from another ledger, by its export; prints its device id.")

        @Option(help: ArgumentHelp("An export of all chains, made after the charger has moved.", valueName: "file"))
        var export: String
        @Option(help: ArgumentHelp("The charger's tariff.", valueName: "hash"))
        var tariff: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let tariff = try identifier(tariff, "--tariff", as: TariffHash.self)
                let bytes = try SecretFile.read(export, isSecret: false)
                let registration: MovedRegistration
                let device: DeviceID
                do {
                    registration = try MovedRegistration(export: bytes)
                    device = try SignedRecord(decoding: registration.identity[0]).record.device
                } catch {
                    throw Failure(line: "\(export): \(error)")
                }
                let (wallet, key) = try sending.open()
                let receipt = try await wallet.send(.registerMoved(registration, tariff: tariff), key: key)
                output.show("device", device.hex, ["height": receipt.height])
            }
        }
    }
}
