import ChargerSamples
import Crypto
import Foundation
import Ledger
import LedgerNode
import LedgerSamples
import LightClient
import Logging
import NIOConcurrencyHelpers
import Quantities
import SignedRecords
import Testing

@testable import PlatformLink

/// A device, its link, a lying proxy, and a real ledger node behind it, over real HTTP.
final class LedgerBench {
    static let connector = ChainNumber.connector(1)

    var device: SampleCharger
    let journal = FakeJournal()
    let folder: String
    let driver: Curve25519.Signing.PrivateKey
    let tariff: Tariff
    let proxy: LyingProxy
    let link: PlatformLink
    let events = NIOLockedValueBox<[PlatformEvent]>([])
    let lines = NIOLockedValueBox<[String]>([])
    private(set) var node: LedgerNode?
    private var wallet: NodeClient
    private var nonces: [AccountID: UInt64] = [:]

    init(
        _ configure: (inout PlatformLinkConfiguration, _ node: RPCEndpoint) -> Void = { _, _ in }
    ) async throws {
        folder = NSTemporaryDirectory() + "wattseal-ledger-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        driver = try SampleCharger.key("driver")
        device = try SampleCharger(connectors: 1)
        journal.append([device.genesis])
        tariff = try Tariff(name: "flat", price: PricePerKilowattHour(350_000))
        let node = try await Self.startNode(
            folder,
            accounts: [device.owner: Microunits(1_000_000), SampleCharger.account(of: driver): Microunits(50_000_000)])
        self.node = node
        proxy = try await LyingProxy(upstream: node.url)
        wallet = NodeClient(transport: try HTTPTransport(RPCEndpoint(node.url)), deadline: .seconds(60))
        var configuration = PlatformLinkConfiguration(
            endpoint: try RPCEndpoint(proxy.address), chainID: device.ledger,
            anchor: TrustAnchor(height: node.anchor.height, hash: node.anchor.hash),
            trustingPeriod: .seconds(14 * 86_400), storeDirectory: folder + "/link", device: device.device,
            connectors: 1)
        configuration.callDeadline = .seconds(60)
        configure(&configuration, try RPCEndpoint(node.url))
        let (events, lines) = (events, lines)
        link = try PlatformLink(
            configuration, source: journal, logger: Logger(label: "link") { _ in KeptLog(lines) },
            utc: { LedgerNodeConfiguration.systemClock() },
            monotonic: { MonotonicInstant(nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds)) },
            onEvent: { event in events.withLockedValue { $0.append(event) } })
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func startNode(_ folder: String, accounts: [AccountID: Microunits]) async throws -> LedgerNode {
        try await LedgerNode.start(
            LedgerNodeConfiguration(
                home: folder + "/node", validators: 4, blockIntervalMilliseconds: 20, chainID: "wattseal-test",
                accounts: accounts, commission: BasisPoints(300),
                logger: Logger(label: "node") { _ in KeptLog(.init([])) }
            ))
    }

    func stop() async throws {
        await wallet.close()
        await link.client.close()
        try await proxy.stop()
        await node?.stop()
    }

    /// Stops the node; its home stays.
    func stopNode() async {
        await wallet.close()
        await node?.stop()
        node = nil
    }

    /// Starts the node again from its home, on another port.
    func restartNode() async throws {
        var started: LedgerNode?
        // The home is free once the last reference to the stopped node is gone, which its event loops decide.
        for _ in 0..<500 where started == nil {
            do {
                started = try await Self.startNode(folder, accounts: [:])
            } catch LedgerNodeError.homeInUse {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let node = try #require(started)
        self.node = node
        try proxy.forward(to: node.url)
        wallet = NodeClient(transport: try HTTPTransport(RPCEndpoint(node.url)), deadline: .seconds(60))
    }

    /// Signs and sends a transaction; gives its hash.
    @discardableResult
    func send(_ body: TransactionBody, by key: Curve25519.Signing.PrivateKey) async throws -> GrantHash {
        let sender = SampleCharger.account(of: key)
        let signed = try SignedTransaction.sign(
            body, nonce: nonces[sender, default: 0], key: key, ledger: device.ledger)
        nonces[sender, default: 0] += 1
        let outcome = try await wallet.broadcast(signed.bytes)
        guard outcome == .taken else {
            throw PlatformLinkError.queryRefused(key: "\(body)", code: 1, log: "\(outcome)")
        }
        return GrantHash(hashing: signed.bytes)
    }

    /// Publishes the tariff and registers the charger.
    func register() async throws {
        try await send(.publishTariff(tariff), by: device.ownerKey)
        try await send(.registerCharger(genesis: device.genesis.message, tariff: tariff.hash), by: device.ownerKey)
    }

    /// A grant of the driver's for the connector.
    func grant(_ amount: Int64) async throws -> GrantHash {
        let now = LedgerNodeConfiguration.systemClock().unixMilliseconds
        return try await send(
            .grant(
                device: device.device, chain: Self.connector, amount: Microunits(amount), tariff: tariff.hash,
                expiry: UTCMilliseconds(now + 3_600_000)), by: driver)
    }

    /// A whole session of so many kWh on a grant, in the journal.
    @discardableResult
    func charge(kilowattHours: UInt32, on grant: GrantHash) throws -> [SignedRecord] {
        let records = try device.session(
            Self.connector, grant: grant, payer: SampleCharger.account(of: driver), tariff: tariff.hash,
            register: 7_000_000, ticksAt: (1...kilowattHours).map { Int64($0) * 1_000_000 + 250 },
            endAt: Int64(kilowattHours) * 1_000_000 + 300_000)
        journal.append(records)
        return records
    }

    /// One look; what it told, the status left out.
    @discardableResult
    func turn() async -> [PlatformEvent] {
        events.withLockedValue { $0 = [] }
        _ = await link.turn()
        return events.withLockedValue { events in
            events.filter { event in
                if case .status = event { return false }
                return true
            }
        }
    }

    /// Looks until a look tells something that `matches`; gives all that was told. Bounded by 500 looks.
    func turns(until matches: (PlatformEvent) -> Bool) async throws -> [PlatformEvent] {
        var all: [PlatformEvent] = []
        for _ in 0..<500 {
            let told = await turn()
            all += told
            if told.contains(where: matches) { return all }
            try await Task.sleep(for: .milliseconds(20))
        }
        return all
    }

    var refusals: [String] { lines.withLockedValue { $0 }.filter { $0.contains("refused") } }
}
