import ChargeControl
import Journal
import Ledger
import Metering
import PlatformLink
import Quantities
import SignedRecords
import Testing

@testable import ChargeControl
@testable import Firmware
@testable import PlatformLink

/// The record desk of a device with several connectors.
@Suite("The record desk of several connectors")
struct SeveralConnectorsTests {
    @Test("each connector's records stand in its own chain, whole and in order")
    func chains() throws {
        let rig = try DeskRig(connectors: 3)
        try rig.bringUp()
        for connector in [2, 3] { try begin(rig, connector) }
        for connector in [3, 2, 3] {
            rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(1, 1_000_000), connector: connector)
        }
        end(rig, 3)
        #expect(try rig.kinds(.connector(1)) == [])
        #expect(try rig.kinds(.connector(2)) == [.begin, .event])
        #expect(try rig.kinds(.connector(3)) == [.begin, .event, .event, .end])
        let messages = try rig.desk.chains.flatMap { try rig.desk.journal.records(of: $0) }
        #expect(try ExportVerifier.verify(messages.flatMap(\.message)).records == messages.count)
        guard case .genesis(let genesis) = try rig.desk.journal.genesis()?.record.body else {
            Issue.record("no genesis")
            return
        }
        #expect(genesis.connectors == 3)
    }

    @Test("a grant goes to the connector that it stands for, and to no other")
    func grants() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        rig.desk.handle(.grant(.connector(2), try rig.grant(5_000_000)))
        try rig.look()
        #expect(slots(rig, 1).isEmpty)
        let slot = try #require(slots(rig, 2).first)
        // A begin of the other connector on that slot finds no offer.
        rig.order(
            .begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000),
            connector: 1)
        #expect(try rig.kinds(.connector(1)) == [])
    }

    @Test("a grant is never sold twice: not again after its session, and not on the neighbour's end")
    func soldOnce() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        try begin(rig, 1)
        try begin(rig, 2)
        end(rig, 1)
        rig.desk.handle(.grant(.connector(1), try rig.grant(5_000_000, name: 1)))
        try rig.look()
        #expect(slots(rig, 1).isEmpty)
        // The ledger proves the other connector's chain, not this one's.
        let other = try #require(rig.desk.journal.head(of: .connector(2)))
        try rig.desk.journal.acknowledge(chain: .connector(2), sequence: other.sequence, hash: other.hash)
        try rig.look()
        #expect(slots(rig, 1).isEmpty)
        let own = try #require(rig.desk.journal.head(of: .connector(1)))
        try rig.desk.journal.acknowledge(chain: .connector(1), sequence: own.sequence, hash: own.hash)
        rig.desk.handle(.grant(.connector(1), try rig.grant(5_000_000, spent: 500_000, name: 1)))
        try rig.look()
        #expect(slots(rig, 1).count == 1)
    }

    @Test("what bars one connector leaves the others selling; what bars the device bars all")
    func bars() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        try begin(rig, 1)
        try begin(rig, 2)
        rig.order(
            .tick(DeskRig.mark(1, number: 3, register: 3_100_000, energy: 2_100_000), index: 2, boundaries: 1),
            DeskRig.reading(3, 3_100_000), connector: 1)
        #expect(rig.desk.connectors.map { $0.bar == nil } == [false, true])
        #expect(rig.told(1).contains { if case .recordStore(.failed) = $0 { true } else { false } })
        #expect(rig.told(2).isEmpty)
        #expect(rig.status.current.records.problem.contains("connector 1"))
        tick(rig, 2)
        #expect(try rig.kinds(.connector(2)) == [.begin, .tick])
        let head = ChainHeadState(sequence: 9, hash: RecordHash(hashing: [9]))
        rig.desk.handle(.equivocation(.connector(1), proved: head, journal: head.hash))
        #expect(rig.told(2).contains { if case .recordStore(.failed) = $0 { true } else { false } })
    }

    @Test("latches, wear and an open session are each connector's own across a restart")
    func restart() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        try begin(rig, 2)
        var wear = ContactorWear()
        wear.operations = 7
        wear.openingsUnderLoad = 2
        wear.closingTime = .milliseconds(18)
        for intent in [RecordIntent.faultLatched(.emergencyStop), .wear(wear)] {
            rig.order(intent, DeskRig.reading(1, 0), connector: 1)
        }
        wear.operations = 8
        rig.order(.wear(wear), DeskRig.reading(1, 0), connector: 1)
        rig.order(.residualSelfTest(passed: true, tripTime: .milliseconds(30)), DeskRig.reading(1, 0), connector: 2)
        try rig.restart(boot: 10)
        try rig.desk.start(keysAreNew: rig.madeKeys)
        #expect(
            try rig.desk.connectors.map { try $0.restoredState() } == [
                RestoredState(latched: [.emergencyStop], wear: wear), RestoredState(),
            ])
        #expect(rig.desk.connectors.map { $0.interrupted == nil } == [true, false])
        // The neighbour's reading ends nothing.
        for chain in rig.desk.chains { rig.prove(chain) }
        rig.desk.connectors[0].handle(.identified(DeskRig.meter, generation: 1))
        rig.desk.connectors[0].handle(.reading(DeskRig.reading(1, 1_000_000)))
        #expect(try rig.kinds(.connector(2)).last == .event)
        rig.desk.connectors[1].handle(.identified(DeskRig.meter, generation: 1))
        rig.desk.connectors[1].handle(.reading(DeskRig.reading(1, 1_000_000)))
        #expect(try rig.kinds(.connector(2)).last == .end)
    }

    @Test("another number of connectors than genesis states is refused")
    func otherNumber() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        let desk = rig.desk
        let old = desk.identity
        let identity = DeviceIdentity(
            device: old.device, ledger: old.ledger, owner: old.owner, product: old.product, serial: old.serial,
            board: old.board, boardProfileHash: old.boardProfileHash, firmwareDigest: old.firmwareDigest,
            bench: old.bench, energyFactor: old.energyFactor, connectors: [old.connectors[0]])
        let other = RecordDesk(
            journal: desk.journal, keys: desk.keys, ocmf: desk.ocmf, clock: desk.clock, identity: identity,
            status: rig.status,
            commands: [rig.queues[0]], meterWishes: [rig.meterWishes[0]], logger: desk.logger, published: {})
        #expect(throws: SaleBar.self) { try other.start(keysAreNew: false) }
    }

    /// A session begins on a grant of the connector's own.
    private func begin(_ rig: DeskRig, _ connector: Int) throws {
        rig.desk.handle(.grant(.connector(UInt32(connector)), try rig.grant(5_000_000, name: UInt8(connector))))
        try rig.look()
        let slot = try #require(slots(rig, connector).first)
        rig.order(
            .begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000),
            connector: connector)
        #expect(rig.told(connector).contains { if case .beginDurable = $0 { true } else { false } })
    }

    private func tick(_ rig: DeskRig, _ connector: Int) {
        rig.order(
            .tick(DeskRig.mark(1, number: 3, register: 2_100_000, energy: 1_100_000), index: 1, boundaries: 1),
            DeskRig.reading(3, 2_100_000), connector: connector)
    }

    private func end(_ rig: DeskRig, _ connector: Int) {
        rig.order(
            .end(
                DeskRig.mark(1, number: 4, register: 1_500_000, energy: 500_000), reason: .unplugged, fault: nil,
                ticks: 0, isFinalReading: true), DeskRig.reading(4, 1_500_000), connector: connector)
        _ = rig.told(connector)
    }

    /// The slots that a connector was offered since the last call.
    private func slots(_ rig: DeskRig, _ connector: Int) -> [UInt32] {
        rig.told(connector).compactMap { if case .authorization(let grant) = $0 { grant.slot } else { nil } }
    }
}
