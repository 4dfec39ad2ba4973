import ChargeControl
import Foundation
import Journal
import PlatformLink
import Quantities
import Receipts
import SignedRecords
import Testing

@testable import Firmware

/// The signed OCMF record that every ended session leaves.
extension RecordDeskTests {
    /// The verified record of the last ended session; nil where there is no file.
    private func ocmf(_ rig: DeskRig) throws -> OCMFReport? {
        let records = try rig.desk.journal.records(of: DeskRig.connector)
        guard let session = records.last(where: { $0.record.body.kind == .end })?.record.body.session,
            let bytes = try rig.desk.ocmf.record(of: session), let genesis = try rig.desk.journal.genesis()
        else { return nil }
        let evidence = try SessionEvidence(of: session, genesis: genesis, keyChanges: [], chainRecords: records)
        return try OCMFRecord(decoding: bytes).verify(against: evidence)
    }

    private func end(_ rig: DeskRig, _ slot: UInt32, number: UInt64 = 2, register: Int64 = 1_400_000) {
        rig.order(
            .end(
                DeskRig.mark(slot, number: number, register: register, energy: register - 1_000_000), reason: .car,
                fault: nil, ticks: 0, isFinalReading: true), DeskRig.reading(number, register))
    }

    @Test("an ended session leaves its OCMF record, and the next has the next page")
    func ocmfPages() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        end(rig, slot)
        #expect(try ocmf(rig) == nil)
        rig.desk.rest()
        let first = try #require(try ocmf(rig))
        #expect(first.page == 1)
        #expect(first.key == rig.desk.keys.publicKeys.p256)
        #expect(String(decoding: first.payload, as: UTF8.self).contains("\"RV\":1.400,"))
    }

    @Test("a start makes the OCMF record that the last stop left out, also where the power went between the two")
    func ocmfAfterStop() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        end(rig, slot)
        try rig.restart()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        #expect(try ocmf(rig) == nil)
        rig.desk.rest()
        #expect(try ocmf(rig)?.page == 1)
        // An empty file is none: the name was durable, the bytes were not.
        let session = try #require(try ocmf(rig)?.session)
        let path = "\(rig.folder)/ocmf/\(session.hex).ocmf"
        let bytes = try Data(contentsOf: URL(filePath: path))
        try Data().write(to: URL(filePath: path))
        try rig.restart()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        rig.desk.rest()
        #expect(try ocmf(rig)?.page == 1)
        // A file that is there is left as it was signed.
        try bytes.write(to: URL(filePath: path))
        try rig.restart()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        rig.desk.rest()
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
    }

    @Test("a session that the restart ends leaves an OCMF record that says so")
    func ocmfOfInterrupted() throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        try rig.restart()
        try rig.bringUp(register: 1_250_000)
        rig.desk.rest()
        let report = try #require(try ocmf(rig))
        #expect(String(decoding: report.payload, as: UTF8.self).contains("\"TX\":\"P\",\"RV\":1.250,"))
    }

    @Test("a device that cannot keep the OCMF record offers nothing until it can")
    func ocmfOwed() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        let folder = "\(rig.folder)/ocmf"
        try FileManager.default.removeItem(atPath: folder)
        end(rig, slot)
        rig.desk.rest()
        #expect(rig.first.owedExports.map(\.page) == [1])
        try rig.desk.journal.acknowledge(
            chain: DeskRig.connector, sequence: rig.first.lastEnd,
            hash: try #require(rig.desk.journal.head(of: DeskRig.connector)).hash)
        _ = rig.told()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000, name: 9)))
        try rig.look()
        #expect(authorizations(rig.told()).isEmpty)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        rig.first.exportMissedAt = nil
        rig.desk.rest()
        #expect(rig.first.owedExports.isEmpty)
        #expect(try ocmf(rig)?.page == 1)
        try rig.look()
        #expect(!authorizations(rig.told()).isEmpty)
    }

    @Test("the number of the fault that speaks against a meter is the fault table's")
    func distrustCode() { #expect(FaultCode.meterDistrusted.rawValue == 505) }
}
