import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet tariff`
    struct PublishTariff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tariff", abstract: "Publishes a tariff; prints its hash.",
            discussion: """
                Without further options it has one price at all times. Times are those of the charger's records; energy whose \
                time nobody can vouch for has the price without a clock.
                """)

        @Option(help: ArgumentHelp("The price of a kilowatt-hour.", valueName: "micro"))
        var price: Int64
        @Option(help: "What drivers see.")
        var name: String
        @Option(
            help: ArgumentHelp(
                "Another price at other hours, like 'Mon-Fri 22:00-24:00=150000'; the first that holds counts.",
                valueName: "days hours=micro"))
        var window: [String] = []
        @OptionGroup var hours: HoursOptions
        @Option(help: ArgumentHelp("For each hour from begin to end, by the millisecond.", valueName: "micro"))
        var hourlyFee: Int64 = 0
        @Option(help: ArgumentHelp("Once for a session that delivers energy.", valueName: "micro"))
        var sessionFee: Int64 = 0
        @Option(
            help: ArgumentHelp(
                "The price of energy whose time is not known (default: the cheapest).", valueName: "micro"))
        var priceWithoutClock: Int64?
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                guard !window.isEmpty || hours.utcOffset == nil else {
                    throw Failure(line: "--utc-offset: says nothing without --window")
                }
                let tariff = try Tariff(
                    name: name, price: PricePerKilowattHour(price), windows: try window.flatMap(Self.windows),
                    week: try hours.week(), hourlyFee: Microunits(hourlyFee), sessionFee: Microunits(sessionFee),
                    priceWithoutClock: priceWithoutClock.map { PricePerKilowattHour($0) })
                let (wallet, key) = try sending.open()
                // The same tariff names the same thing, whoever published it.
                if try await wallet.value(.tariff(tariff.hash), as: Tariff.self) == nil {
                    _ = try await wallet.send(.publishTariff(tariff), key: key)
                }
                output.show("tariff", tariff.hash.hex)
            }
        }

        private static func windows(_ text: String) throws -> [Tariff.Window] {
            let halves = text.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let price = Int64(halves[1]) else {
                throw Failure(line: "--window \(text): expected HOURS=PRICE like 'Mon-Fri 22:00-24:00=150000'")
            }
            return try WeeklyWindow.windows(String(halves[0])).map {
                Tariff.Window($0, price: PricePerKilowattHour(price))
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
