import Foundation
import Ledger
import LedgerSamples
import LightClient
import Logging
import NIOConcurrencyHelpers
import Quantities
import RecordSamples
import SignedRecords

@testable import PlatformLink

/// Log lines, kept.
struct KeptLog: LogHandler {
    let lines: NIOLockedValueBox<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(_ lines: NIOLockedValueBox<[String]>) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.withLockedValue { $0.append("\(event.level) \(event.message)") }
    }
}

/// A charger's side of the ledger on a bench: device, journal, node and link, looked at turn by turn.
final class Bench {
    var device: SampleDevice
    let journal = FakeJournal()
    let node: FakeNode
    let tariff: Tariff
    let folder: String
    let events = NIOLockedValueBox<[PlatformEvent]>([])
    let lines = NIOLockedValueBox<[String]>([])
    let clock = NIOLockedValueBox<Int64>(0)
    /// The wall clock less the newest header's time and the monotonic clock, in seconds; nil: not set.
    let wall = NIOLockedValueBox<Int64?>(1)
    /// Whether a time source vouches for the wall clock.
    let vouched = NIOLockedValueBox(true)
    private(set) var link: PlatformLink
    private let primary: (any RPCTransport)?
    private let callDeadline: Nanoseconds
    /// Witnesses of the node.
    let mirrors: [MirrorNode]

    static let connector = ChainNumber.connector(1)

    /// - Parameters:
    ///   - mirrors: How many witnesses there are.
    ///   - primary: What stands in the node's place.
    init(
        registered: Bool = true, folder: String? = nil, mirrors count: Int = 0, primary: (any RPCTransport)? = nil,
        callDeadline: Nanoseconds = .seconds(10)
    ) throws {
        self.primary = primary
        self.callDeadline = callDeadline
        device = try SampleDevice(connectors: 1)
        tariff = try Tariff(name: "flat", price: PricePerKilowattHour(350_000))
        journal.append([device.genesis])
        var state = SampleState()
        state[StateKey.parameters.bytes] = try LedgerParameters(
            commission: BasisPoints(300), minimumGrant: Microunits(1), toleranceMilliseconds: 1_000,
            evidenceWindowSeconds: 1_814_400, platform: AccountID(hashing: [0x50])
        ).encoded()
        state[StateKey.tariff(tariff.hash).bytes] = tariff.encoded()
        for index in UInt8(0)..<9 { state[StateKey.account(AccountID(hashing: [index])).bytes] = [0x82, index, 0] }
        if registered { Self.register(device, tariff, &state) }
        let node = try FakeNode(chain: try SampleChain(), state: state)
        self.node = node
        mirrors = (0..<count).map { MirrorNode("mirror\($0)", of: node) }
        self.folder =
            folder ?? NSTemporaryDirectory() + "wattseal-link-\(UUID().uuidString)"
        link = try Self.link(
            device, journal, node, [primary ?? node] + mirrors, callDeadline, self.folder, events, lines, clock, wall,
            vouched)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func register(_ device: SampleDevice, _ tariff: Tariff, _ state: inout SampleState) {
        state[StateKey.charger(device.device).bytes] =
            ChargerRegistration(
                owner: device.owner, genesis: device.genesis.hash, ed25519PublicKey: device.publicKeys.ed25519,
                p256PublicKey: device.publicKeys.p256, tariff: tariff.hash, connectors: 1, keyEpoch: 1, bench: false
            ).encoded()
        state[StateKey.head(device.device, .device).bytes] =
            ChainHeadState(sequence: 1, hash: device.genesis.hash).encoded()
    }

    private static func link(
        _ device: SampleDevice, _ journal: FakeJournal, _ node: FakeNode, _ transports: [any RPCTransport],
        _ callDeadline: Nanoseconds, _ folder: String,
        _ events: NIOLockedValueBox<[PlatformEvent]>, _ lines: NIOLockedValueBox<[String]>,
        _ clock: NIOLockedValueBox<Int64>, _ wall: NIOLockedValueBox<Int64?>,
        _ vouched: NIOLockedValueBox<Bool>
    ) throws -> PlatformLink {
        let first = try node.with { world in
            guard let block = world.chain.blocks[1], let hash = block.header.hash() else { throw SampleError.timeRange }
            return TrustAnchor(height: 1, hash: hash)
        }
        var configuration = PlatformLinkConfiguration(
            endpoint: try RPCEndpoint("http://127.0.0.1:1"), chainID: device.ledger, anchor: first,
            trustingPeriod: .seconds(14 * 86_400), storeDirectory: folder, device: device.device, connectors: 1)
        configuration.pollInterval = .milliseconds(1)
        configuration.callDeadline = callDeadline
        configuration.retryBase = .milliseconds(1)
        configuration.retryCap = .milliseconds(4)
        return try PlatformLink(
            configuration, source: journal, logger: Logger(label: "link") { _ in KeptLog(lines) },
            utc: {
                guard let offset = wall.withLockedValue({ $0 }) else { return nil }
                let elapsed = clock.withLockedValue { $0 }
                return (try? node.newest)?.header.time.advanced(byNanoseconds: offset * 1_000_000_000 + elapsed)
            },
            isVouchedFor: { vouched.withLockedValue { $0 } },
            monotonic: { MonotonicInstant(nanoseconds: clock.withLockedValue { $0 }) },
            onEvent: { event in
                events.withLockedValue { $0.append(event) }
                journal.hear(event)
            }, transports: transports)
    }

    /// Starts the daemon's side again over the same folder and journal.
    func restart() throws {
        link = try Self.link(
            device, journal, node, [primary ?? node] + mirrors, callDeadline, folder, events, lines, clock, wall,
            vouched)
    }

    /// One look; what it told, the status left out.
    @discardableResult
    func turn() async -> [PlatformEvent] {
        events.withLockedValue { $0 = [] }
        _ = await link.turn()
        return told
    }

    /// What was told since the last turn began, the status left out.
    var told: [PlatformEvent] {
        events.withLockedValue { events in
            events.filter { event in
                if case .status = event { return false }
                return true
            }
        }
    }

    /// The status of the last turn.
    var status: PlatformStatus? {
        events.withLockedValue { events in
            for case .status(let status) in events.reversed() { return status }
            return nil
        }
    }

    /// A whole session in the journal.
    func charge(kilowattHours: UInt32) throws -> [SignedRecord] {
        var begin = device.begin(Self.connector, register: 7_000_000)
        begin.tariff = tariff.hash
        var records = [try device.append(Self.connector, .begin(begin))]
        for index in 0..<kilowattHours {
            let tick = SampleDevice.tick(begin.session, index: index + 1, base: 7_000_000)
            records.append(try device.append(Self.connector, .tick(tick)))
        }
        let energy = Int64(kilowattHours) * 1_000_000 + 300_000
        let end = End(
            session: begin.session, reason: .car, reading: SampleDevice.reading(7_000_000 + energy),
            energy: MilliwattHours(energy), ticks: kilowattHours)
        records.append(try device.append(Self.connector, .end(end)))
        journal.append(records)
        return records
    }

    /// The connector's head on the ledger when it has accepted our record of this number.
    func head(_ sequence: UInt64) throws -> ChainHeadState {
        guard let hash = journal.hash(Self.connector, sequence) else { throw SampleError.timeRange }
        return ChainHeadState(sequence: sequence, hash: hash)
    }

    /// The lines that say why an answer was refused.
    var refusals: [String] { lines.withLockedValue { $0 }.filter { $0.contains("refused") } }
}
