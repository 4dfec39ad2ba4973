import ArgumentParser
import Crypto
import Ledger
import LedgerNode
import SignedRecords

/// `platform-node wallet …`: what owners, drivers, operators and members of the governance do from a shell.
struct WalletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallet", abstract: "Accounts, tariffs, chargers, reservations, grants and vouchers.",
        discussion: "It believes the node that it asks: use your own (docs/wallet.md).",
        subcommands: [
            New.self, ShowAccount.self, ShowChain.self, Balance.self, Transfer.self, PublishTariff.self, Register.self,
            RegisterMoved.self, SetTariff.self, MakeGrant.self, Release.self, MakeVoucher.self, ShowVoucher.self,
            ReleaseVoucher.self, ReportFraud.self, Allow.self, DrawGrant.self, ReleaseAllowance.self, Share.self,
            Claim.self, Reserve.self, ShowReservations.self, SettleReservation.self, GiveBack.self,
            RegisterOperator.self, RegisterUser.self, Describe.self, ReleaseFirmware.self, CastVote.self,
            ShowParameters.self, ShowChargers.self, ShowHistory.self, Follow.self, ShowValue.self,
        ])
}

/// Options of every command.
struct OutputOptions: ParsableArguments {
    @Flag(help: "One JSON object on standard output.")
    var json = false

    /// Prints the result: the bare value, or an object with it and what belongs to it. Values need no escaping: they are
    /// hexadecimal and decimal.
    func show(_ name: String, _ value: String, _ more: KeyValuePairs<String, Int64> = [:], isNumber: Bool = false) {
        guard json else { return print(value) }
        var members = ["\"\(name)\":" + (isNumber ? value : "\"\(value)\"")]
        for (key, number) in more { members.append("\"\(key)\":\(number)") }
        print("{\(members.joined(separator: ","))}")
    }
}

/// Options of the commands that send a transaction.
struct SendingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The sender's key file.", valueName: "file"))
    var key: String

    @Option(help: ArgumentHelp("The node.", valueName: "url"))
    var rpc = "http://127.0.0.1:26657"

    /// The key and the wallet.
    func open() throws -> (wallet: Wallet, key: Curve25519.Signing.PrivateKey) {
        (try Wallet(rpc: rpc), try KeyFile.load(key))
    }
}

/// Options of the commands that concern one connector and send a transaction about it.
struct ConnectorSendingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
    var device: String
    @Option(help: "The connector: 1 and up.")
    var chain: UInt32 = 1
    @OptionGroup var sending: SendingOptions
    @OptionGroup var output: OutputOptions

    /// Sends the transaction and prints its hash.
    func send(_ body: (DeviceID, ChainNumber) -> TransactionBody) async throws {
        try await Failure.reporting {
            let device = try identifier(device, "--device", as: DeviceID.self)
            let (wallet, key) = try sending.open()
            let receipt = try await wallet.send(body(device, ChainNumber(rawValue: chain)), key: key)
            output.show("transaction", Hexadecimal.encode(receipt.hash), ["height": receipt.height])
        }
    }
}

/// An identifier on the command line.
func identifier<ID: FixedBytes>(_ text: String, _ option: String, as type: ID.Type) throws -> ID {
    do { return try ID(hex: text) } catch { throw Failure(line: "\(option) \(text): \(error)") }
}

extension Curve25519.Signing.PrivateKey {
    /// The account that this key signs for.
    var account: AccountID { AccountID(hashing: Array(publicKey.rawRepresentation)) }
}
