import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet tariff`
    struct PublishTariff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tariff", abstract: "Publishes a tariff; prints its hash.")

        @Option(help: ArgumentHelp("The price of a kilowatt-hour.", valueName: "micro"))
        var price: Int64
        @Option(help: "What drivers see.")
        var name: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let tariff = try Tariff(name: name, price: PricePerKilowattHour(price))
                let (wallet, key) = try sending.open()
                // The same tariff names the same thing, whoever published it.
                if try await wallet.value(.tariff(tariff.hash), as: Tariff.self) == nil {
                    _ = try await wallet.send(.publishTariff(tariff), key: key)
                }
                output.show("tariff", tariff.hash.hex)
            }
        }
    }

    /// `wallet register`
    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "register", abstract: "Registers a charger by its genesis record; prints its device id.")

        @Option(help: ArgumentHelp("The genesis record, or an export that begins with it.", valueName: "file"))
        var genesis: String
        @Option(help: ArgumentHelp("The charger's tariff.", valueName: "hash"))
        var tariff: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let tariff = try identifier(tariff, "--tariff", as: TariffHash.self)
                let bytes = try SecretFile.read(genesis, isSecret: false)
                let message: [UInt8]
                let device: DeviceID
                do {
                    message = try COSESign1.decodePrefix(bytes, at: 0).message.message
                    device = try SignedRecord(decoding: message).record.device
                } catch {
                    throw Failure(line: "\(genesis): \(error)")
                }
                let (wallet, key) = try sending.open()
                let receipt = try await wallet.send(.registerCharger(genesis: message, tariff: tariff), key: key)
                output.show("device", device.hex, ["height": receipt.height])
            }
        }
    }

    /// `wallet set-tariff`
    struct SetTariff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-tariff", abstract: "Sets a charger's tariff; prints the transaction's hash.")

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String
        @Option(help: ArgumentHelp("The tariff.", valueName: "hash"))
        var tariff: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let device = try identifier(device, "--device", as: DeviceID.self)
                let tariff = try identifier(tariff, "--tariff", as: TariffHash.self)
                let (wallet, key) = try sending.open()
                let receipt = try await wallet.send(.setTariff(device: device, tariff: tariff), key: key)
                output.show("transaction", Hexadecimal.encode(receipt.hash), ["height": receipt.height])
            }
        }
    }
}
