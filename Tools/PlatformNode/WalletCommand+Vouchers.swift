import ArgumentParser
import Crypto
import Ledger
import LedgerNode
import LightClient
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet voucher`
    struct MakeVoucher: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "voucher",
            abstract: "Signs a voucher for charging while the ledger is out of reach; prints it in hexadecimal.",
            discussion: """
                No ledger is asked where --chain-id is given. Who holds the voucher may charge on it, once. Then it stands on \
                the ledger for all to read, and pays nobody any more; but a charger out of reach cannot know that.
                """)

        @Option(help: ArgumentHelp("The payer's key file.", valueName: "file"))
        var key: String
        @Option(help: ArgumentHelp("The most that the session on it may cost.", valueName: "micro"))
        var amount: Int64
        @Option(help: ArgumentHelp("The dearest kilowatt-hour that it may buy.", valueName: "micro"))
        var highestPrice: Int64
        @Option(help: ArgumentHelp("How long sessions may begin on it.", valueName: "seconds"))
        var expiresIn: Int64 = 30 * 86_400
        @Option(help: ArgumentHelp("The one charger that may take it (default: any).", valueName: "hex"))
        var device: String?
        @Option(help: ArgumentHelp("The owner whose chargers may take it (default: any).", valueName: "account"))
        var owner: String?
        @Option(
            help: ArgumentHelp(
                "The Ed25519 public key of the card that must answer for it, or that card's key file (default: none).",
                valueName: "hex|file"))
        var bearer: String?
        @Option(help: ArgumentHelp("So many vouchers with like terms, one a line.", valueName: "number"))
        var count = 1
        @Option(help: ArgumentHelp("The ledger's id (default: that of the node).", valueName: "id"))
        var chainId: String?
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                guard (1...1_000).contains(count) else { throw Failure(line: "--count \(count): expected 1 to 1000") }
                guard amount > 0 else { throw Failure(line: "--amount \(amount): expected at least 1") }
                guard (0...Tariff.maximumPrice.rawValue).contains(highestPrice) else {
                    throw Failure(
                        line: "--highest-price \(highestPrice): expected 0 to \(Tariff.maximumPrice.rawValue)")
                }
                guard (1...365 * 86_400).contains(expiresIn) else {
                    throw Failure(line: "--expires-in \(expiresIn): expected 1 to 31536000 seconds")
                }
                let ledger: LedgerChainID
                if let chainId {
                    do { ledger = try LedgerChainID(chainId) } catch {
                        throw Failure(line: "--chain-id \(chainId): \(error)")
                    }
                } else {
                    ledger = try await Wallet(rpc: rpc).ledger()
                }
                let now = LedgerNodeConfiguration.systemClock().unixMilliseconds
                var terms = Voucher.Terms(
                    number: 0, amount: Microunits(amount),
                    highestPrice: PricePerKilowattHour(highestPrice),
                    expiry: UTCMilliseconds(now + expiresIn * 1_000),
                    device: try device.map { try identifier($0, "--device", as: DeviceID.self) },
                    owner: try owner.map { try identifier($0, "--owner", as: AccountID.self) },
                    bearer: try bearer.map(Self.bearerKey))
                let signer = try KeyFile.load(key)
                for _ in 0..<count {
                    // Two vouchers with like terms are two: no account counts them.
                    terms.number = UInt64.random(in: 0...UInt64.max)
                    let voucher = try Voucher.sign(terms, key: signer, ledger: ledger)
                    output.show("voucher", Hexadecimal.encode(voucher.bytes), ["expires": terms.expiry.rawValue])
                }
            }
        }

        /// A public key in hexadecimal, or that of a key file: a development card is one (docs/card-readers.md).
        private static func bearerKey(_ text: String) throws -> [UInt8] {
            if text.utf8.count == 64, let bytes = Hexadecimal.decode(text) { return bytes }
            return Array(try KeyFile.load(text).publicKey.rawRepresentation)
        }
    }

    /// `wallet voucher-use`
    struct ShowVoucher: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "voucher-use", abstract: "Prints what was spent on a voucher, in microunits.")

        @Argument(help: ArgumentHelp("The voucher.", valueName: "hex"))
        var voucher: String
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                guard let bytes = Hexadecimal.decode(voucher) else {
                    throw Failure(line: "voucher: expected hexadecimal digits")
                }
                let hash = try Voucher(decoding: bytes).hash
                let use = try await Wallet(rpc: rpc).value(.voucher(hash), as: VoucherUse.self)
                output.show(
                    "spent_micro", "\(use?.spent.rawValue ?? 0)",
                    ["held_micro": use?.held.rawValue ?? 0, "overdrawn": use?.isOverdrawn == true ? 1 : 0],
                    isNumber: true)
            }
        }
    }

    /// `wallet release-voucher`
    struct ReleaseVoucher: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release-voucher",
            abstract:
                "Gives back what a voucher's session never used, long after its expiry; prints the transaction's hash.")

        @OptionGroup var connector: ConnectorSendingOptions

        func run() async throws { try await connector.send { .releaseVoucher(device: $0, chain: $1) } }
    }
}
