import ChargeControl
import DeviceKeys
import Foundation
import Journal
import Ledger
import Metering
import Quantities
import SignedRecords
import SimulatedDisk
import Synchronization
import Testing

@testable import Firmware
@testable import PlatformLink

@Suite("A move to another ledger")
struct LedgerMoveTests {
    private static let old = "first-ledger"
    private static let new = "second-ledger"

    private func move(from: String = old, to: String = new, height: UInt64 = 3) throws -> LedgerMove {
        LedgerMove(
            from: try LedgerChainID(from), to: try LedgerChainID(to), anchorHeight: height,
            anchorHash: ContentHash(hashing: [8]))
    }

    /// A device with records on its first ledger, partly acknowledged, about to start with another configuration.
    private func recorded(seed: UInt64 = 1) throws -> PowerCutRig {
        let rig = try PowerCutRig(seed: seed)
        try rig.start()
        rig.prove(absent: true)
        _ = try rig.note(.connector(1))
        try rig.acknowledge()
        _ = try rig.note(.connector(1))
        _ = try rig.note(.connector(1))
        return rig
    }

    /// The owner names the new ledger and the old one.
    private func start(_ rig: PowerCutRig, _ move: LedgerMove?, to name: String = new) throws {
        rig.ledger = try LedgerChainID(name)
        try rig.start { $0.move = move }
    }

    @Test("every chain is closed for the old ledger and opened for the new one, connectors without a record too")
    func moves() throws {
        let rig = try recorded()
        try start(rig, try move())
        #expect(rig.desk.bar == nil && rig.desk.move == nil)
        #expect(try rig.kinds(.device) == [.genesis, .close, .open])
        #expect(try rig.kinds(.connector(1)) == [.event, .event, .event, .close, .open])
        #expect(try rig.kinds(.connector(2)) == [.close, .open])
        let verified = try rig.verify()
        #expect(verified.records == 10)
        // Nothing else is signed for the new ledger before its heads there are proved.
        for chain in rig.chains { #expect(!rig.desk.isWritable(chain)) }
        rig.prove(absent: true)
        for chain in rig.chains { #expect(rig.desk.isWritable(chain)) }
        let next = try rig.note(.connector(2))
        #expect(throws: Never.self) {
            try next.verify(ed25519: rig.desk.keys.publicKeys.ed25519, ledger: LedgerChainID(Self.new))
        }
        // Started again, with the line still there and without it: nothing is written twice.
        for again in [try move(), nil] {
            rig.cut()
            try start(rig, again)
            #expect(rig.desk.bar == nil && rig.desk.move == nil)
            #expect(try rig.kinds(.device) == [.genesis, .close, .open])
        }
        try rig.verify()
    }

    @Test("a second move goes on from the first; there is no way back")
    func again() throws {
        let rig = try recorded()
        try start(rig, try move())
        rig.cut()
        let back = try move(from: Self.new, to: Self.old)
        #expect(throws: SaleBar.self) { try start(rig, back, to: Self.old) }
        rig.cut()
        try start(rig, try move(from: Self.new, to: "third-ledger", height: 9), to: "third-ledger")
        #expect(try rig.kinds(.device) == [.genesis, .close, .open, .close, .open])
        #expect(rig.desk.path(of: .device).ledgers.map(\.text) == [Self.old, Self.new, "third-ledger"])
        try rig.verify()
    }

    @Test("without a word, or with a wrong one, nothing is written and the refusal says what to do")
    func refusals() throws {
        let rig = try recorded()
        func refused(_ words: String, _ choice: LedgerMove?, to name: String = Self.new, line: Int = #line) throws {
            let error = #expect(throws: SaleBar.self, "line \(line)") { try start(rig, choice, to: name) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(words), "line \(line): \(text)")
            rig.cut()
            #expect(try rig.onDisk().count == 4)
        }
        try refused("state moved_from = \"first-ledger\" in [ledger]", nil)
        try refused("moved_from states third-ledger", try move(from: "third-ledger"))
        try refused("began on ledger first-ledger", try move(to: Self.old), to: Self.old)
        let fresh = try PowerCutRig(seed: 3, ledger: Self.new)
        #expect(throws: SaleBar.self) { try fresh.start { $0.move = try? move() } }
        #expect(try fresh.kinds(.device) == [])
    }

    @Test("a move that was begun is completed with its own anchor, and cannot be taken back")
    func otherAnchor() throws {
        let rig = try recorded()
        // The power fails behind the first close.
        let operations = rig.disk.operations
        var offset = 0
        while try rig.onDisk().filter({ $0.record.body.kind == .close }).isEmpty {
            offset += 1
            rig.disk.faults[rig.disk.operations + offset] = .stop
            try? start(rig, try move())
            rig.cut()
            #expect(rig.disk.operations < operations + 10_000)
        }
        #expect(try rig.onDisk().allSatisfy { $0.record.body.kind != .open })
        func refused(_ choice: LedgerMove?, to name: String, _ words: String) throws {
            let error = #expect(throws: SaleBar.self) { try start(rig, choice, to: name) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(String(describing: error))")
            rig.cut()
        }
        try refused(try move(height: 4), to: Self.new, "closed for another move")
        try refused(try move(to: "third-ledger"), to: "third-ledger", "closed for another move")
        try refused(nil, to: Self.old, "cannot be taken back")
        try refused(nil, to: Self.new, "cannot be taken back")
        try start(rig, try move())
        #expect(rig.desk.move == nil)
        try rig.verify()
    }

    @Test(
        "a power cut at any disk operation of the move: the next start completes it", arguments: [1, 2, 3] as [UInt64])
    func everyStop(seed: UInt64) throws {
        var offset = 1
        var partly = 0
        while true {
            let rig = try recorded(seed: seed)
            let left = Mutex<[LeftLedger]>([])
            rig.leaving = { known in left.withLock { $0.append(known) } }
            rig.cut()
            let before = rig.disk.operations
            rig.disk.faults[before + offset] = .stop
            do { try start(rig, try move()) } catch {}
            let isWhole = !rig.disk.isStopped
            rig.cut()
            let closes = try rig.onDisk().filter { $0.record.body.kind == .close }.count
            if (1...2).contains(closes) { partly += 1 }
            try start(rig, try move())
            #expect(rig.desk.bar == nil && rig.desk.move == nil, "offset \(offset)")
            for chain in rig.chains {
                #expect(try rig.kinds(chain).suffix(2) == [.close, .open], "offset \(offset)")
                #expect(try rig.kinds(chain).filter { $0 == .open }.count == 1)
            }
            #expect(try rig.verify().records == 10)
            // What the old ledger had acknowledged was noted before the first close, and not again after it.
            let notes = left.withLock { $0 }
            #expect(!notes.isEmpty && Set(notes).count == 1, "offset \(offset)")
            #expect(notes.first?.acknowledged == [.device: 1, .connector(1): 1, .connector(2): 0])
            if isWhole { break }
            offset += 1
        }
        #expect(partly > 0, "some stops leave a move half done")
    }

    @Test("if what the old ledger had acknowledged cannot be noted, no chain is closed")
    func cannotNote() throws {
        let rig = try recorded()
        rig.leaving = { _ in throw PlatformLinkError.storeFailed(path: "left", reason: "disk full") }
        try? start(rig, try move())
        #expect(rig.desk.bar != nil)
        #expect(try rig.kinds(.device) == [.genesis])
        rig.cut()
        rig.leaving = { _ in }
        try start(rig, try move())
        #expect(try rig.kinds(.device) == [.genesis, .close, .open])
    }

    @Test("for the link, what stands before open is done with, and nothing of it is ever sent")
    func position() throws {
        let rig = try recorded()
        try start(rig, try move())
        let chain = ChainNumber.connector(1)
        #expect(
            try rig.desk.position(of: chain) == JournalPosition(head: 5, acknowledged: 4, elsewhere: 4))
        #expect(rig.desk.journal.acknowledged(of: chain) == 1)
        #expect(try rig.desk.unacknowledged(of: chain, limit: 10).map(\.record.body.kind) == [.open])
        #expect(try rig.desk.unacknowledged(of: chain, limit: 0).isEmpty)
        // The registration on the new ledger makes open the head there.
        try rig.acknowledge()
        #expect(
            try rig.desk.position(of: chain) == JournalPosition(head: 5, acknowledged: 5, elsewhere: 4))
        rig.prove()
        _ = try rig.note(chain)
        #expect(try rig.desk.unacknowledged(of: chain, limit: 10).map(\.record.sequence) == [6])
    }

    @Test("an interrupted session ends under the old ledger first; nothing is sold meanwhile")
    func interrupted() throws {
        let rig = try DeskRig()
        let slot = try RecordDeskTests().begun(rig)
        rig.tick(slot)
        rig.ledger = try LedgerChainID(Self.new)
        rig.move = try move(from: "desk-chain")
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        #expect(rig.desk.move != nil)
        #expect(throws: FirmwareError.self) { try rig.desk.position(of: .device) }
        // Whatever the new ledger says: the chains still belong to the old one.
        rig.desk.handle(.provedHead(.device, nil))
        rig.desk.handle(.provedHead(DeskRig.connector, nil))
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0))
        #expect(throws: RecordDesk.Refusal.self) { try rig.desk.changeKeys() }
        #expect(try rig.kinds() == [.begin, .tick])
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.first.handle(.reading(DeskRig.reading(1, 2_250_000)))
        // Then what was held back is written, for the new ledger.
        #expect(try rig.kinds() == [.begin, .tick, .gap, .end, .close, .open, .event])
        #expect(try rig.kinds(.device) == [.genesis, .close, .open])
        #expect(rig.desk.move == nil)
        let end = try #require(try rig.desk.journal.records(of: DeskRig.connector, from: 4, through: 4).first)
        #expect(throws: Never.self) {
            try end.verify(ed25519: rig.desk.keys.publicKeys.ed25519, ledger: LedgerChainID("desk-chain"))
        }
        try RecordDeskTests().verify(rig)
    }

    @Test("what was left behind is read back as it was written, and a file of other bytes is refused")
    func leftLedger() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("left-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try LedgerChainID("a/../b")
        #expect(try LeftLedger.load(ledger, from: folder.path) == nil)
        let left = LeftLedger(ledger: ledger, acknowledged: [.device: 4, .connector(1): 0, .connector(2): 1 << 40])
        try left.save(in: folder.path)
        #expect(try LeftLedger.load(ledger, from: folder.path) == left)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        let file = folder.appendingPathComponent(name)
        let bytes = try Data(contentsOf: file)
        for broken in [bytes.dropLast(), bytes + [0], Data()] {
            try broken.write(to: file)
            #expect(throws: PlatformLinkError.self) { try LeftLedger.load(ledger, from: folder.path) }
        }
        #expect(LinkFolder.path(of: ledger, first: ledger, under: "/x") == "/x")
        let other = LinkFolder.path(of: try LedgerChainID("new"), first: ledger, under: folder.path)
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        #expect(try LinkFolder.all(under: folder.path) == [folder.path, other])
    }
}
