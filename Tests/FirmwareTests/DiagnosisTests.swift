import Crypto
import Foundation
import Journal
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import ChargeControl
@testable import Firmware

/// What the firmware tells a technician who looks deeper: over a real journal, a real key, a real disk.
@Suite("What a technician looks deeper into")
struct DiagnosisTests {
    private func desk(_ rig: DeskRig) throws -> StatusDesk {
        let desk = try ShellRig.desk(rig.status, ShellRig.facts(rig), rig)
        var reach = desk.reach
        reach.home = rig.folder
        return StatusDesk(board: rig.status, parts: desk.parts, reach: reach)
    }

    /// Chain 0 with so many technician's actions behind genesis.
    private func noted(_ count: UInt64, in rig: DeskRig) throws {
        for number in 0..<count {
            try rig.desk.note(
                TechnicianAction(
                    technician: ContentHash(hashing: [5]), action: "stop", subject: "stop \(number)", succeeded: true,
                    shell: ShellAct(
                        role: .service, name: "Ada", arguments: ContentHash(hashing: [6]), outcome: .done,
                        boot: BootID(exactly: Array(repeating: 9, count: 16)), sinceBoot: number)))
        }
    }

    @Test("stored records verify, whole and from the middle, over a change of keys, in both kinds of chains")
    func verified() throws {
        let rig = try DeskRig()
        _ = try RecordDeskTests().begun(rig)
        try noted(2, in: rig)
        let desk = try desk(rig)
        let head = try #require(rig.desk.journal.head(of: .device))
        let whole = try desk.verify(RecordRange(chain: 0))
        #expect(whole.range == 1...head.sequence && whole.verified == head.sequence && whole.firstBad == nil)
        #expect(whole.head == head.hash.bytes && whole.next == nil && whole.reason.isEmpty)
        let middle = try desk.verify(RecordRange(chain: 0, from: 2, through: head.sequence - 1))
        #expect(middle.verified == head.sequence - 2 && middle.firstBad == nil)
        let connector = try #require(rig.desk.journal.head(of: DeskRig.connector))
        #expect(try desk.verify(RecordRange(chain: 1)).verified == connector.sequence)
        #expect(try desk.verify(RecordRange(chain: 1, from: connector.sequence)).verified == 1)
        #expect(try desk.verify(RecordRange(chain: 2)).range == nil)
        #expect(throws: ServiceShellError.self) { try desk.verify(RecordRange(chain: 0, from: head.sequence + 1)) }
        #expect(throws: ServiceShellError.self) { try desk.verify(RecordRange(chain: 0, from: 3, through: 2)) }
    }

    @Test("records behind a change of keys are checked with the new one")
    func changedKeys() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        try noted(1, in: rig)
        _ = try rig.desk.changeKeys()
        try noted(2, in: rig)
        let desk = try desk(rig)
        let head = try #require(rig.desk.journal.head(of: .device)).sequence
        for from in 1...head {
            let verdict = try desk.verify(RecordRange(chain: 0, from: from))
            #expect(verdict.firstBad == nil && verdict.verified == head - from + 1, "\(from): \(verdict.reason)")
        }
        #expect(try rig.desk.newestRecords(9).allSatisfy(\.isSigned))
    }

    @Test("a record of another device in the midst is named, and nothing behind it counts")
    func foreignRecord() throws {
        let (rig, other) = (try DeskRig(), try DeskRig())
        for each in [rig, other] {
            try each.bringUp()
            try noted(3, in: each)
        }
        let reader = try JournalReader(directory: rig.folder + "/journal")
        var records = try reader.records(of: .device)
        let strangers = try JournalReader(directory: other.folder + "/journal").records(of: .device)
        records[2] = strangers[2]
        let audit = ChainAudit(reader: reader, chain: .device)
        let found = try audit.check(records, from: 1)
        #expect(found.verified == 2 && found.firstBad == 3 && !found.reason.isEmpty)
        // One that is left out is one that does not follow.
        records.remove(at: 2)
        let gap = try audit.check(records, from: 1)
        #expect(gap.verified == 2 && gap.firstBad == 3)
    }

    @Test("a byte that has changed on the disk is told with its place")
    func changedByte() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        try noted(6, in: rig)
        let folder = rig.folder + "/journal"
        let desk = try desk(rig)
        let head = try #require(rig.desk.journal.head(of: .device)).sequence
        let segment = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".evj") }.sorted().first)
        let url = URL(fileURLWithPath: "\(folder)/\(segment)")
        var bytes = try Data(contentsOf: url)
        let place = try #require(bytes.range(of: Data("stop 3".utf8))).lowerBound
        bytes[place] ^= 1
        try bytes.write(to: url)
        let verdict = try desk.verify(RecordRange(chain: 0))
        #expect(verdict.firstBad != nil && verdict.verified < head && !verdict.reason.isEmpty, "\(verdict)")
    }

    @Test("an export is what is stored, and says where to go on")
    func export() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        try noted(60, in: rig)
        let desk = try desk(rig)
        let stored = try rig.desk.journal.messages(of: .device)
        var exported: [[UInt8]] = []
        var from: UInt64? = 1
        var rounds = 0
        while let next = from, rounds < 9 {
            let part = try desk.export(RecordRange(chain: 0, from: next))
            #expect(part.items.first?.sequence == next && part.items.count <= 50)
            exported += part.items.map(\.message)
            from = part.next
            rounds += 1
        }
        #expect(exported == stored && rounds == 2)
        // Without a beginning: the newest.
        let newest = try desk.export(RecordRange(chain: 0))
        #expect(newest.items.count == 50 && newest.items.last?.message == stored.last && newest.next == nil)
    }

    @Test("the newest records of all chains in the order of their making, with what each tick added")
    func newest() throws {
        let rig = try DeskRig()
        let slot = try RecordDeskTests().begun(rig)
        rig.tick(slot)
        rig.order(
            .tick(DeskRig.mark(slot, number: 4, register: 3_200_000, energy: 2_200_000), index: 2, boundaries: 1),
            DeskRig.reading(4, 3_200_000))
        let newest = try rig.desk.newestRecords(3)
        #expect(newest.map(\.signed.record.body.kind) == [.begin, .tick, .tick])
        #expect(newest.map(\.added) == [nil, nil, MilliwattHours(1_100_000)])
        #expect(newest.allSatisfy { $0.isSigned })
        #expect(try rig.desk.newestRecords(100).count == rig.kinds().count + rig.kinds(.device).count)
    }

    @Test("a proof is the device key's over the nonce, and over nothing else")
    func proof() throws {
        let rig = try DeskRig()
        let nonce = [UInt8](0..<32)
        let proof = try desk(rig).proveKeys(nonce: nonce)
        let key = try COSESign1.publicKey(proof.publicKey)
        #expect(proof.publicKey == rig.desk.keys.publicKeys.ed25519)
        let statement = PossessionStatement.signedBytes(
            device: rig.desk.device, nonce: nonce, publicKey: proof.publicKey, epoch: 1)
        #expect(proof.statement == statement)
        #expect(key.isValidSignature(proof.signature, for: statement))
        #expect(throws: ServiceShellError.self) { try desk(rig).proveKeys(nonce: [1]) }
    }

    @Test("a board without lines, a connector without a meter, registers behind the last: refused, not invented")
    func nothingThere() throws {
        let rig = try DeskRig()
        let desk = try desk(rig)
        #expect(throws: ServiceShellError.self) { try desk.lines() }
        for connector: UInt32 in [0, 1, 2] {
            #expect(throws: ServiceShellError.self) {
                try desk.readRegisters(RegisterRange(table: .input, first: 0, count: 1, connector: connector))
            }
        }
    }

    @Test("links are read from the kernel's files; what is not there is unknown")
    func links() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("net-\(UInt32.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in [
            "net/wt7/operstate": "up\n", "net/wt7/carrier": "1\n", "net/wt7/statistics/rx_errors": "3\n",
            "net/wt7/statistics/tx_errors": "x\n", "net/wt8/operstate": "down\n", "net/bonding_masters/x": "\n",
            "if_inet6":
                "20010db8000000000000000000000007 02 40 00 80      wt7\nfe800000000000000000000000000001 03 40 20 80 wt8\n",
        ] {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        let links = try NetworkLinks(
            sysfs: root.appendingPathComponent("net").path, addressesV6: root.appendingPathComponent("if_inet6").path
        ).all()
        #expect(links.map(\.name) == ["wt7", "wt8"] && links.map(\.state) == ["up", "down"])
        #expect(links.map(\.hasCarrier) == [true, nil])
        #expect(links[0].addresses == ["2001:db8::7"] && links[1].addresses == ["fe80::1"])
        let counters = Dictionary(uniqueKeysWithValues: links[0].counters.map { ($0.name, $0.count) })
        #expect(counters["rx_errors"] == .some(3) && counters["tx_errors"] == .some(nil))
        #expect(throws: FirmwareError.self) { try NetworkLinks(sysfs: "/nowhere").all() }
        #expect(try NetworkLinks().all().first { $0.name == "lo" }?.addresses?.contains("127.0.0.1") == true)
    }

    @Test("the disk is measured in a file that is gone afterwards, and not while something sells")
    func disk() throws {
        let rig = try DeskRig()
        let desk = try desk(rig)
        let bench = try desk.benchStorage(flushes: 5)
        #expect(bench.latencies.count == 5 && bench.latencies.allSatisfy { $0 >= 0 })
        let path = rig.folder + "/bench-io"
        #expect(!FileManager.default.fileExists(atPath: path))
        var asked = 0
        #expect(throws: FirmwareError.room("bench io", reason: "a session")) {
            try DiskBench(path: path).run(flushes: 50) {
                asked += 1
                return asked > 3 ? "a session" : nil
            }
        }
        #expect(asked == 4 && !FileManager.default.fileExists(atPath: path), "a session that begins ends it")
        rig.status.update(.connector(1)) { $0.connector.isSessionOpen = true }
        #expect(throws: ServiceShellError.self) { try desk.benchStorage(flushes: 5) }
    }
}
