import DeviceKeys
import Foundation
import Journal
import Ledger
import Quantities
import SignedRecords
import SimulatedDisk

@testable import Firmware
@testable import Metering
@testable import PlatformLink

/// A record desk over a simulated disk and a real file vault, which loses its power and starts again.
final class PowerCutRig {
    let disk: SimulatedDisk
    let connectors: Int
    var ledger: LedgerChainID
    /// What stands between the desk and its keys.
    var wrap: (any KeyStore) -> any KeyStore = { $0 }
    /// Where the desk notes what a ledger had acknowledged.
    var leaving: @Sendable (LeftLedger) throws -> Void = { _ in }
    private let keyFolder: URL
    private var running: RecordDesk?
    private(set) var vault: FileVault

    init(seed: UInt64, connectors: Int = 2, ledger: String = "first-ledger") throws {
        disk = SimulatedDisk(seed: seed)
        self.connectors = connectors
        self.ledger = try LedgerChainID(ledger)
        keyFolder = FileManager.default.temporaryDirectory.appendingPathComponent("cut-\(UUID())")
        vault = try FileVault(directory: keyFolder.path)
    }

    deinit {
        for folder in [keyFolder.path, keyFolder.path + "-ocmf"] { try? FileManager.default.removeItem(atPath: folder) }
    }

    var desk: RecordDesk {
        guard let running else { invariantBroken("a power cut rig was started") }
        return running
    }

    /// Starts the device; what is on disk decides.
    func start(change: (inout DeviceIdentity) -> Void = { _ in }) throws {
        running = nil
        vault = try FileVault(directory: keyFolder.path)
        let keys = try RecordSigner(vault: vault)
        let device = try JournalReader.genesis(storage: disk)?.record.device ?? keys.publicKeys.deviceID
        let journal = try Journal(
            opening: disk, configuration: JournalConfiguration(segmentBytes: 131_072, maximumSegments: 4))
        var identity = DeviceIdentity(
            device: device, ledger: ledger, owner: AccountID(hashing: [1]), product: "Box", serial: "1", board: "b",
            boardProfileHash: ContentHash(hashing: [3]), firmwareDigest: ContentHash(hashing: [4]), bench: false,
            energyFactor: 1, connectors: try (1...UInt32(connectors)).map { try DeskRig.connectorIdentity($0) })
        change(&identity)
        let status = StatusBoard(connectors: connectors)
        let ocmf = OCMFStore(directory: keyFolder.path + "-ocmf")
        try ocmf.prepare()
        let made = RecordDesk(
            journal: journal, keys: wrap(keys), ocmf: ocmf,
            clock: RecordClock(boot: BootIdentity(boot: BootID(exactly: [UInt8](repeating: 7, count: 16)), count: 1)),
            identity: identity, status: status, commands: (0..<connectors).map { _ in HandoverQueue(capacity: 64) },
            meterWishes: (0..<connectors).map { _ in MeterConditionCell() }, logger: DeskRig.quiet, published: {},
            leaving: leaving)
        running = made
        try made.start(keysAreNew: keys.madeKeys)
    }

    /// The power fails and comes back.
    func cut() {
        running = nil
        disk.cutPower()
    }

    /// An epoch's keys vanish, as with a restored key folder.
    func loseEpoch(_ epoch: UInt32) throws {
        try vault.make(epoch: epoch + 1)
        try vault.destroy(epoch: epoch)
    }

    var chains: [ChainNumber] { (0...UInt32(connectors)).map(ChainNumber.init(rawValue:)) }

    /// The link proves that the ledger's heads are the journal's, or that it has none.
    func prove(absent: Bool = false) {
        for chain in chains {
            let head = absent ? nil : desk.journal.head(of: chain)
            desk.handle(.provedHead(chain, head.map { ChainHeadState(sequence: $0.sequence, hash: $0.hash) }))
        }
    }

    /// The ledger acknowledges everything.
    func acknowledge() throws {
        for chain in chains {
            guard let head = desk.journal.head(of: chain) else { continue }
            try desk.journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            desk.handle(.acknowledged(chain, through: head.sequence))
        }
    }

    /// Everything that is durable, by the rules that an auditor uses.
    @discardableResult
    func verify() throws -> ExportVerifier {
        try ExportVerifier.verify(chains.flatMap { try desk.journal.messages(of: $0) }.flatMap { $0 })
    }

    /// The records that the disk holds while the device is off.
    func onDisk() throws -> [SignedRecord] {
        let reader = try JournalReader(storage: disk)
        return try reader.chains.flatMap { try reader.records(of: $0) }
    }

    func kinds(_ chain: ChainNumber) throws -> [RecordKind] {
        try desk.journal.records(of: chain).map(\.record.body.kind)
    }

    /// Something that may stand in any chain.
    func note(_ chain: ChainNumber) throws -> SignedRecord {
        try desk.append(.event(.faultLatched(FaultLatched(code: 1))), to: chain)
    }
}

/// Keys over which the power fails right after a step.
final class StoppingKeys: KeyStore {
    enum Step: CaseIterable { case prepared, signed, activated, discarded }

    private let keys: any KeyStore
    private let stop: Step

    init(_ keys: any KeyStore, after stop: Step) {
        self.keys = keys
        self.stop = stop
    }

    private func pass(_ step: Step) throws(KeyStoreError) { if step == stop { throw .signingFailed } }

    var publicKeys: DevicePublicKeys { keys.publicKeys }
    var epoch: UInt32 { keys.epoch }
    var protection: String { keys.protection }
    var madeKeys: Bool { keys.madeKeys }
    func sign(_ record: Record, ledger: LedgerChainID, durableHead: UInt64) throws(KeyStoreError) -> SignedRecord {
        let signed = try keys.sign(record, ledger: ledger, durableHead: durableHead)
        if record.body.kind == .keyChange { try pass(.signed) }
        return signed
    }
    func pending(chain: ChainNumber) throws(KeyStoreError) -> [SignedRecord] { try keys.pending(chain: chain) }
    func crossSignature() throws(KeyStoreError) -> [UInt8] { try keys.crossSignature() }
    func signOCMF(payload: [UInt8]) throws(KeyStoreError) -> [UInt8] { try keys.signOCMF(payload: payload) }
    func prepareKeyChange(
        device: DeviceID, sequence: UInt64, previous: RecordHash
    ) throws(KeyStoreError) -> KeyChange {
        let change = try keys.prepareKeyChange(device: device, sequence: sequence, previous: previous)
        try pass(.prepared)
        return change
    }
    func activate(epoch: UInt32) throws(KeyStoreError) {
        let isNews = epoch != keys.epoch
        try keys.activate(epoch: epoch)
        if isNews { try pass(.activated) }
    }
    func discardRetiredKeys() throws(KeyStoreError) {
        try keys.discardRetiredKeys()
        try pass(.discarded)
    }
    func provePossession(product: String, serial: String, nonce: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        try keys.provePossession(product: product, serial: serial, nonce: nonce)
    }
    func signPossession(device: DeviceID, nonce: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        try keys.signPossession(device: device, nonce: nonce)
    }

    func signDiagnostics(
        device: DeviceID, time: UTCMilliseconds, manifest: ContentHash
    ) throws(KeyStoreError) -> [UInt8] {
        try keys.signDiagnostics(device: device, time: time, manifest: manifest)
    }

    func destroyKeys() throws(KeyStoreError) { try keys.destroyKeys() }
}
