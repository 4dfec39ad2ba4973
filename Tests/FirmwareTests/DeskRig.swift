import Crypto
import DeviceKeys
import Foundation
import Journal
import Ledger
import LightClient
import Logging
import Quantities
import SignedRecords
import SimulatedDisk
import Synchronization

@testable import ChargeControl
@testable import Firmware
@testable import Metering
@testable import PlatformLink

/// A record desk over a real journal and a real key store in a temporary folder; what it tells the control thread is kept.
final class DeskRig {
    static let connector = ChainNumber.connector(1)
    let connectors: Int
    static let quiet = Logger(label: "desk") { _ in SwiftLogNoOpLogHandler() }
    static let meter = Metering.MeterIdentity(
        vendor: "Maker", model: "M1", serial: "77", profileID: "maker.m1", trust: .bench)

    let folder: String
    let disk: (any JournalStorage)?
    let queues: [HandoverQueue<ControlCommand>]
    let meterWishes: [MeterConditionCell]
    let status: StatusBoard
    var ledger: LedgerChainID
    /// The move that the configuration states.
    var move: LedgerMove?
    /// The card readers that the next start has.
    var readers: [ChainNumber?] = [nil]
    let ownerKey: Curve25519.Signing.PrivateKey
    let payerKey: Curve25519.Signing.PrivateKey
    let owner: AccountID
    let payer: AccountID
    /// What the next start is told to be and runs, and the clocks that it reads.
    var configuration: [ConfigurationSubject] = []
    var firmware = ContentHash(hashing: [4])
    var clock: @Sendable () -> ClockReading = { ClockReading.now() }
    /// What the owner risks on vouchers; nil where they are not taken.
    var vouchers: VoucherLimits?
    /// How old what the meters report may be when they are asked.
    var registerRefresh = Nanoseconds.zero
    /// The process that signs, whose memory a test may take.
    private(set) var signer: RestartedSigner?
    private var running: RecordDesk?
    private(set) var madeKeys = false
    /// How often the desk said that records are durable.
    let published = PublishedCount()
    var desk: RecordDesk {
        guard let running else { invariantBroken("a desk rig has a desk") }
        return running
    }

    /// The desk of connector 1.
    var first: ConnectorDesk { desk.connectors[0] }

    /// - Parameters:
    ///   - control: The queues of a control loop that goes with it.
    ///   - disk: a disk that can fail, instead of the temporary folder, for the journal.
    init(
        connectors: Int = 1, control: [ControlQueues]? = nil, disk: (any JournalStorage)? = nil,
        vouchers: VoucherLimits? = nil
    ) throws {
        self.connectors = connectors
        self.vouchers = vouchers
        ownerKey = try Self.key("owner")
        payerKey = try Self.key("payer")
        owner = AccountID(hashing: Array(ownerKey.publicKey.rawRepresentation))
        payer = AccountID(hashing: Array(payerKey.publicKey.rawRepresentation))
        self.disk = disk
        queues = control?.map(\.commands) ?? (0..<connectors).map { _ in HandoverQueue(capacity: 64) }
        meterWishes = control?.map(\.load) ?? (0..<connectors).map { _ in MeterConditionCell() }
        status = StatusBoard(connectors: connectors)
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("desk-\(UInt32.random(in: 0 ... .max))").path
        try FileManager.default.createDirectory(
            atPath: "\(folder)/journal", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        ledger = try LedgerChainID("desk-chain")
        try open()
    }

    private static func key(_ name: String) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: ContentHash(hashing: Array(name.utf8)).bytes)
    }

    /// A copy of all that the stopped device has stored.
    func saveImage() throws -> String {
        let image = "\(folder)-image-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.copyItem(atPath: folder, toPath: image)
        return image
    }

    /// Puts an image back; the device is to be restarted.
    func restoreImage(_ image: String) throws {
        running = nil
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.copyItem(atPath: image, toPath: folder)
    }

    /// The device stops without warning and starts again.
    ///
    /// - Parameter boot: another number is another boot of the machine.
    func restart(boot: UInt8 = 9) throws {
        running = nil  // its storage gives the journal's lock back
        for queue in queues { while queue.take() != nil {} }
        try open(boot: boot)
    }

    private func open(boot: UInt8 = 9) throws {
        let keys = try RestartedSigner(directory: "\(folder)/keys")
        signer = keys
        let journal = try Journal(
            opening: try disk ?? FileStorage.writer(directory: "\(folder)/journal"),
            configuration: JournalConfiguration(segmentBytes: 65_536, maximumSegments: 4))
        let identity = DeviceIdentity(
            device: keys.publicKeys.deviceID, ledger: ledger, owner: owner, product: "Box", serial: "1", board: "board",
            boardProfileHash: ContentHash(hashing: [3]), firmwareDigest: firmware,
            bench: false, energyFactor: 1,
            connectors: try (1...UInt32(connectors)).map {
                try Self.connectorIdentity($0, registerRefresh: registerRefresh)
            },
            configuration: configuration, vouchers: vouchers, readers: readers, move: move)
        let clock = RecordClock(
            boot: BootIdentity(boot: BootID(exactly: [UInt8](repeating: boot, count: 16)), count: 1), read: clock)
        let ocmf = OCMFStore(directory: "\(folder)/ocmf")
        try ocmf.prepare()
        running = RecordDesk(
            journal: journal, keys: keys, ocmf: ocmf, clock: clock, identity: identity, status: status,
            commands: queues, meterWishes: meterWishes, logger: Self.quiet,
            published: { [published] in published.count.add(1, ordering: .relaxed) }, voucherFolder: folder,
            technicians: try TechnicianBacklog(home: folder))
        madeKeys = keys.madeKeys
    }

    static func connectorIdentity(
        _ number: UInt32, registerRefresh: Nanoseconds = .zero
    ) throws -> ConnectorIdentity {
        ConnectorIdentity(
            chain: .connector(number), meterProfileHash: ContentHash(hashing: [5]),
            maximumPower: Milliwatts(22_000_000),
            control: try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1)),
            registerRefresh: registerRefresh)
    }

    /// Everything the control thread was told of a connector since the last call.
    func told(_ number: Int = 1) -> [ControlCommand] {
        var all: [ControlCommand] = []
        while let command = queues[number - 1].take() { all.append(command) }
        return all
    }

    func kinds(_ chain: ChainNumber = connector) throws -> [RecordKind] {
        try desk.journal.records(of: chain).map(\.record.body.kind)
    }

    /// The end record that stands last in connector 1's chain.
    func lastEnd() throws -> End {
        guard case .end(let end) = try desk.journal.records(of: Self.connector).last?.record.body else {
            throw MissingEnd()
        }
        return end
    }

    struct MissingEnd: Error {}

    /// Connector 1's session, begun at 1 kWh, comes to its first tick at 2.1 kWh.
    func tick(_ slot: UInt32) {
        order(
            .tick(Self.mark(slot, number: 3, register: 2_100_000, energy: 1_100_000), index: 1, boundaries: 1),
            Self.reading(3, 2_100_000))
    }

    /// The meter of connector 1 is read again, with these numbers and the same register.
    func read(_ numbers: ClosedRange<UInt64>, _ register: Int64, modulus: Int64? = nil) {
        for number in numbers { first.handle(.reading(Self.reading(number, register, modulus: modulus))) }
    }

    /// Starts the desk, proves all heads as absent or as they are, identifies the meters and reads them.
    func bringUp(register: Int64 = 1_000_000, number: UInt64 = 1, modulus: Int64? = nil) throws {
        try desk.start(keysAreNew: madeKeys)
        prove(.device)
        for connector in desk.connectors {
            prove(connector.chain)
            connector.handle(.identified(Self.meter, generation: 1))
            connector.handle(.reading(Self.reading(number, register, modulus: modulus)))
        }
    }

    func prove(_ chain: ChainNumber) {
        let head = desk.journal.head(of: chain).map { ChainHeadState(sequence: $0.sequence, hash: $0.hash) }
        if chain != .device { desk.handle(.access(chain, ConnectorAccess(owner: owner))) }
        desk.handle(.provedHead(chain, head))
    }

    static func reading(
        _ number: UInt64, _ register: Int64, generation: UInt32 = 1, modulus: Int64? = nil
    ) -> EnergyReading {
        let evidence = Metering.RegisterEvidence(functionCode: 4, address: 72, words: [1, 2])
        return EnergyReading(
            number: number, generation: generation, rollovers: 0, modulus: modulus.map { MilliwattHours($0) },
            at: SystemClock.now(), elapsed: .milliseconds(20), import: MilliwattHours(register), export: nil,
            power: nil, voltages: PerPhase(),
            currents: PerPhase(), frequency: nil, evidence: evidence, confirmation: evidence)
    }

    /// A grant of so many microunits at 1 000 000 a kWh, one microunit a milliwatt-hour.
    func grant(
        _ amount: Int64, spent: Int64 = 0, expiresIn: Int64 = 3_600_000, name: UInt8 = 6
    ) throws -> ProvedGrant {
        let tariff = try Tariff(name: "T", price: PricePerKilowattHour(1_000_000))
        let registration = ChargerRegistration(
            owner: owner, genesis: desk.genesisHash ?? .zero, ed25519PublicKey: desk.keys.publicKeys.ed25519,
            p256PublicKey: desk.keys.publicKeys.p256, tariff: tariff.hash, connectors: UInt32(connectors),
            keyEpoch: 1, bench: false)
        let now = try Self.headerTime()
        return ProvedGrant(
            grant: Grant(
                hash: GrantHash(hashing: [name]), payer: payer, amount: Microunits(amount), spent: Microunits(spent),
                tariff: tariff.hash, expiry: UTCMilliseconds(now.unixMilliseconds + expiresIn)),
            tariff: tariff, registration: registration, height: 5, headerTime: now)
    }

    /// The newest header's time: when these tests began, since an expiry is also held against this machine's clock.
    private static let started = SystemClock.utcMilliseconds()
    static func headerTime() throws -> Timestamp {
        try Timestamp(seconds: started / 1_000, nanoseconds: Int32(started % 1_000) * 1_000_000)
    }

    /// The end of a look at the ledger that went through.
    func look(hash: Hash? = nil, height: Int64 = 5) throws {
        desk.handle(
            .status(
                PlatformStatus(
                    height: height, headerTime: try Self.headerTime(), headerHash: hash, backlog: 0, lastError: nil,
                    isReachable: true)))
    }

    static func mark(_ slot: UInt32, number: UInt64, register: Int64, energy: Int64) -> SessionMark {
        SessionMark(
            session: 1, grantSlot: slot,
            sample: EnergySample(number: number, imported: MilliwattHours(register), at: SystemClock.now()),
            energy: MilliwattHours(energy))
    }

    func order(_ intent: RecordIntent, _ reading: EnergyReading, connector: Int = 1) {
        desk.connectors[connector - 1].handle(.intent(intent, reading: reading, contactorClosed: true))
    }
}

/// Counts what a desk publishes, from whatever thread it does.
final class PublishedCount: Sendable {
    let count = Atomic<Int>(0)
}
