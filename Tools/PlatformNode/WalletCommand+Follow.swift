import ArgumentParser
import Glibc
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet follow`
    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "follow",
            abstract: "Tells live what happens at a charger or to an account, until interrupted.",
            discussion: """
                It asks the node again and again and tells what has changed, with JSON one object a line: head (a chain's \
                newest record), begun, moved (energy and money of an open session), ended, dropped (given up without an end), \
                balance. The first look tells what stands. A node that does not answer is asked again.
                """)

        @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
        var device: String?
        @Option(help: ArgumentHelp("The account: what it pays, and its chargers.", valueName: "hex"))
        var account: String?
        @Option(help: ArgumentHelp("Or the key file of one's own.", valueName: "file"))
        var key: String?
        @Option(help: ArgumentHelp("How often it asks.", valueName: "ms"))
        var interval: Int64 = 1_000
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let account = try await accountNamed(account, orBy: key)
                let device = try device.map { try identifier($0, "--device", as: DeviceID.self) }
                guard (10...3_600_000).contains(interval) else {
                    throw Failure(line: "--interval \(interval): expected 10 to 3600000 ms")
                }
                let subject: Follower.Subject
                switch (device, account) {
                case (let device?, nil): subject = .charger(device)
                case (nil, let account?): subject = .account(account)
                default: throw Failure(line: "expected --device, or --account or --key")
                }
                let signals = StopSignals()
                let follower = Follower(subject, wallet: try Wallet(rpc: rpc))
                let task = Task { [self] in try await follow(follower) }
                let watch = Task { [stream = signals.stream] in
                    for await _ in stream { task.cancel() }
                }
                defer { watch.cancel() }
                do { try await task.value } catch is CancellationError {}
                withExtendedLifetime(signals) {}
            }
        }

        private func follow(_ first: Follower) async throws {
            var follower = first
            var hasStood = false
            var isAway = false
            while !Task.isCancelled {
                do throws(WalletError) {
                    for event in try await follower.look() { output.show(event.shown) }
                    fflush(nil)
                    hasStood = true
                    isAway = false
                } catch {
                    // What cannot be followed from the start is a mistake; later the node may only be away.
                    guard hasStood, !Task.isCancelled else { throw error }
                    if !isAway { tell("\(error); asking again") }
                    isAway = true
                }
                try await Task.sleep(for: .milliseconds(interval))
            }
        }

        private func tell(_ text: String) {
            let line = Array("platform-node: \(text)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
        }
    }
}

extension Follower.Event {
    var shown: Shown {
        func place(_ name: String, _ device: DeviceID, _ chain: ChainNumber) -> Shown {
            ["event": .text(name), "device": .id(device), "chain": .number(Int64(chain.rawValue))]
        }
        func session(_ name: String, _ device: DeviceID, _ chain: ChainNumber, _ open: OpenSession) -> Shown {
            place(name, device, chain).with([
                "session": .id(open.session), "payer": .id(open.payer), "tick": .number(Int64(open.tickIndex)),
                "energy_mwh": .number(open.energy.rawValue), "paid_micro": .number(open.paid.rawValue),
                "commission_micro": .number(open.commission.rawValue), "funded": .flag(open.funded),
            ])
        }
        switch self {
        case .balance(let account, let balance):
            return ["event": "balance", "account": .id(account), "balance_micro": .number(balance.rawValue)]
        case .head(let device, let chain, let head):
            return place("head", device, chain).with([
                "sequence": .number(Int64(clamping: head.sequence)), "hash": .id(head.hash),
            ])
        case .begun(let device, let chain, let open): return session("begun", device, chain, open)
        case .moved(let device, let chain, let open): return session("moved", device, chain, open)
        case .ended(let device, let session, let settlement):
            return place("ended", device, settlement.chain).with([
                "session": .id(session), "energy_mwh": .number(settlement.energy.rawValue),
                "paid_micro": .number(settlement.paid.rawValue),
                "commission_micro": .number(settlement.commission.rawValue), "owner": .id(settlement.owner),
            ])
        case .dropped(let device, let chain, let session):
            return place("dropped", device, chain).with(["session": .id(session)])
        }
    }
}
