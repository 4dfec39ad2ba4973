import ArgumentParser
import Ledger
import LedgerNode
import SignedRecords

extension WalletCommand {
    /// `wallet chargers`
    struct ShowChargers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "chargers",
            abstract: "Lists chargers: name, place, power, tariff, and whether each connector is free.",
            discussion: """
                States: free, occupied, faulted (with the faults' codes), reserved, owner (its owner wants it), out-of-hours, \
                frozen (its key is not believed), bench. When it was last heard of stands beside: the ledger does not know \
                whether a charger is still in reach. The list is the node's, and believed.
                """)

        @Option(help: ArgumentHelp("The one charger (default: all).", valueName: "hex"))
        var device: String?
        @Option(
            parsing: .unconditional, help: ArgumentHelp("Nearest first, with their distance.", valueName: "lat,lon"))
        var near: String?
        @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
        var limit: Int?
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let place = try near.map { try Place(text: $0) }
                guard limit ?? 1 > 0 else { throw Failure(line: "--limit \(limit ?? 0): expected at least 1") }
                let wallet = try Wallet(rpc: rpc)
                if let device {
                    let id = try identifier(device, "--device", as: DeviceID.self)
                    guard let charger = try await wallet.charger(id, at: Moment.now) else {
                        throw Failure(line: "charger \(id) is not on this ledger")
                    }
                    return output.show(charger.shown(near: place))
                }
                let chargers = try await wallet.chargers(near: place, limit: limit, at: Moment.now)
                output.show(each: chargers.map { $0.shown(near: place) })
            }
        }
    }

    /// `wallet history`
    struct ShowHistory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "history",
            abstract: "Lists the sessions that have ended, of an account or a charger: energy, money, refunds.")

        @Option(help: ArgumentHelp("The account that paid or was paid.", valueName: "hex"))
        var account: String?
        @Option(help: ArgumentHelp("Or the key file of one's own.", valueName: "file"))
        var key: String?
        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String?
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let account = try await accountNamed(account, orBy: key)
                let device = try device.map { try identifier($0, "--device", as: DeviceID.self) }
                guard account != nil || device != nil else {
                    throw Failure(line: "expected --account, --key or --device")
                }
                let sessions = try await Wallet(rpc: rpc).history(of: device, account: account)
                output.show(each: sessions.map { $0.shown(for: account) })
            }
        }
    }

    /// `wallet show`
    struct ShowValue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Prints one value of the ledger.",
            discussion: """
                KIND NAME is a key of the state (docs/ledger.md) with a space for its first slash: tariff HASH, charger DEVICE, \
                site DEVICE, grant DEVICE/1, session DEVICE/SESSION, account ACCOUNT, allowance HASH, operator ACCOUNT, … \
                `product` takes the product's name. Kinds: \(StateKind.allCases.map(\.rawValue).joined(separator: ", ")).
                """)

        @Argument(help: "What it is.")
        var kind: String
        @Argument(help: "Which one; nothing for parameters and governance.")
        var name: String?
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                guard let known = StateKind(rawValue: kind) else {
                    let kinds = StateKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Failure(line: "\(kind): expected one of \(kinds)")
                }
                let key = try known.key(name)
                guard let shown = try await known.shown(key, Wallet(rpc: rpc)) else {
                    throw Failure(line: "\(key) is not on this ledger")
                }
                output.show(shown)
            }
        }
    }
}

/// The account of two options of which at most one is given.
func accountNamed(_ account: String?, orBy key: String?) async throws -> AccountID? {
    switch (account, key) {
    case (let text?, nil): return try identifier(text, "--account", as: AccountID.self)
    case (nil, let path?): return try KeyFile.load(path).account
    case (nil, nil): return nil
    default: throw Failure(line: "expected either --account or --key")
    }
}
