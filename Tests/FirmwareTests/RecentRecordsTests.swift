import Foundation
import RecordSamples
import SignedRecords
import Testing

@testable import Firmware

@Suite("The newest records as a list")
struct RecentRecordsTests {
    @Test("at most fifty, the newest first, across chains by when they were made")
    func order() throws {
        let chains = try SampleKinds(seed: 7).chains
        let made = chains.flatMap(\.self).sorted { $0.record.time.monotonic < $1.record.time.monotonic }
        var recent = RecentRecords(chains.flatMap(\.self).reversed())
        let newest = made.suffix(RecentRecords.capacity).reversed()
        #expect(recent.listed([]).map(\.hash) == newest.map(\.hash.hex))
        var device = try SampleDevice()
        for _ in 0..<(RecentRecords.capacity + 3) {
            recent.note(try device.append(.device, .event(.faultLatched(FaultLatched(code: 301)))))
        }
        #expect(recent.notes.count == RecentRecords.capacity)
        #expect(recent.listed([]).first?.sequence == UInt64(RecentRecords.capacity) + 4)
        #expect(recent.listed([]).first?.detail == "fault 301 stands")
    }

    @Test("a record counts as acknowledged up to its chain's number")
    func acknowledged() throws {
        var device = try SampleDevice()
        var recent = RecentRecords([device.genesis])
        recent.note(try device.append(.connector(1), .resume(Resume(session: .zero))))
        recent.note(try device.append(.connector(1), .resume(Resume(session: .zero))))
        func listed(_ chain: UInt32, _ acknowledged: UInt64) -> [Bool] {
            recent.listed([.init(number: chain, head: 9, acknowledged: acknowledged)]).map(\.acknowledged)
        }
        #expect(listed(1, 0) == [false, false, false])
        #expect(listed(1, 1) == [false, true, false])
        #expect(listed(1, 9) == [true, true, false])
        #expect(listed(0, 1) == [false, false, true])
    }

    @Test("no kind shows who pays, what pays, or which session it is of")
    func payers() throws {
        let device = try SampleDevice(connectors: 1)
        let secret = SessionID(exactly: [UInt8](repeating: 7, count: 16))
        for full in [false, true] {
            for body in try device.everyBody(full: full) {
                let note = RecordNote(
                    try SignedRecord(
                        signing: device.next(.connector(1), body), key: device.key, ledger: device.ledger))
                let text = String(decoding: try JSONEncoder().encode(note), as: UTF8.self)
                var words = [secret.hex, device.owner.hex, "050505", "070707"]
                if case .begin(let begin) = body {
                    words += [begin.session.hex, begin.grant.hex, begin.payer.hex, begin.tariff.hex]
                }
                for word in words { #expect(!text.contains(word), "\(body.kind): \(text)") }
                #expect(text.contains("\"utc_ms\":18"), "\(text)")
                #expect(text.contains("\"energy_mwh\":"), "unknown energy is there as null: \(text)")
            }
        }
    }

    @Test("the desk shows what it writes, and after a restart what the journal holds")
    func desk() throws {
        let rig = try DeskRig()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        let before = rig.status.recentRecords.listed([])
        #expect(before.last?.kind == "genesis")
        try rig.restart()
        rig.status.updateRecent { $0 = RecentRecords() }
        try rig.desk.start(keysAreNew: false)
        #expect(rig.status.recentRecords.listed([]).suffix(before.count) == before[...])
    }
}
