import SignedRecords
import SimulatedFlash
import Testing
import UpdateSoak

@testable import FirmwareUpdate

/// What the updater holds a release against beside its signatures: the data on the device, and the slot that it stands in for.
@Suite("The updater and what stood here before")
struct UpdaterHistoryTests {
    private let bench: UpdaterBench

    init() throws { bench = try UpdaterBench() }

    private func slots() -> SlotFolder { SlotFolder(disk: bench.flash) }

    /// Sends a bundle and has it unpacked; the first refusal, or nil.
    private func refusal(of bundle: [UInt8], by desk: inout UpdaterDesk) throws -> UpdaterRefusal? {
        let manifest = try BundleEnvelope(decoding: bundle).front.manifestHash
        for request in [UpdaterRequest.begin(manifest)] + Self.pieces(bundle) + [.stage] {
            if case .refused(let refusal) = desk.answer(request) { return refusal }
        }
        return nil
    }

    private static func pieces(_ bundle: [UInt8]) -> [UpdaterRequest] {
        stride(from: 0, to: bundle.count, by: 30_000).map {
            .put(Array(bundle[$0..<min($0 + 30_000, bundle.count)]), at: UInt64($0))
        }
    }

    /// Has the other slot tried; the refusal, or nil.
    private func refusalToActivate(_ desk: inout UpdaterDesk) -> UpdaterRefusal? {
        guard case .refused(let refusal) = desk.answer(.activate(UpdateDevice.idle, standing: .proved)) else {
            return nil
        }
        return refusal
    }

    @Test("a trial may write only what the release before it reads, and what once stood here must be read from then on")
    func schema() throws {
        var desk = bench.desk()
        func bring(_ version: String, _ schema: ReleaseManifest.DataSchema) throws -> UpdaterRefusal? {
            let bundle = try Release.small(version: version, counter: 2, key: 11, schema: schema)
            return try refusal(of: bundle, by: &desk)
        }
        // What runs reads 2 to 3 and writes 3.
        #expect(try bring("4.0", .init(readsFrom: 3, writes: 4)) == nil)
        let refused = refusalToActivate(&desk)
        #expect(refused?.step == .activate)
        #expect(refused?.words.contains("it writes data schema 4, and the release that runs reads 2 to 3") == true)
        #expect(try bench.record().trial == nil)
        #expect(try slots().notedSchema() == 3)
        // Over a release in between, which reads more than it writes.
        #expect(try bring("3.9", .init(readsFrom: 3, writes: 3, readsTo: 4)) == nil)
        #expect(refusalToActivate(&desk) == nil)
        #expect(try slots().notedSchema() == 3)
        guard case .status = desk.answer(.confirm(.b)) else {
            Issue.record("not confirmed")
            return
        }
        #expect(try bring("4.0", .init(readsFrom: 3, writes: 4)) == nil)
        #expect(refusalToActivate(&desk) == nil)
        #expect(try slots().notedSchema() == 4)
        guard case .status = desk.answer(.abandon) else {
            Issue.record("not given up")
            return
        }
        // The trial may have written 4, and its slot is soon another's.
        #expect(try bring("3.8", .init(readsFrom: 2, writes: 3))?.step == .dataSchema)
        #expect(try bring("3.9.1", .init(readsFrom: 3, writes: 3, readsTo: 4)) == nil)
        #expect(try bring("3.8", .init(readsFrom: 2, writes: 3))?.step == .dataSchema)
        // What is damaged notes nothing; the manifests are still held against it.
        bench.flash.rot("schema", byte: 0, bit: 6)
        #expect(try slots().notedSchema() == nil)
        #expect(try bring("2.0", .init(readsFrom: 1, writes: 2))?.step == .dataSchema)
    }

    @Test("the way back is refused to a release that does not read what has been written since")
    func schemaBack() throws {
        var desk = bench.desk()
        let bundle = try Release.small(
            version: "3.0", counter: 2, key: 11, schema: .init(readsFrom: 3, writes: 3, readsTo: 4))
        #expect(try refusal(of: bundle, by: &desk) == nil)
        _ = desk.answer(.activate(UpdateDevice.idle, standing: .proved))
        _ = desk.answer(.confirm(.b))
        try slots().note(schema: 4)
        let words = refusalToActivate(&desk)?.words
        #expect(words?.contains("data schema: expected 4, found 2 to 3") == true)
        try bench.flash.remove("schema")
        guard case .status(let status) = desk.answer(.activate(UpdateDevice.idle, standing: .proved)) else {
            Issue.record("no way back")
            return
        }
        #expect(status.record.trial == .a)
    }

    @Test("a release that stands in for a rotten one is told its gate and confirmed, though the active slot is bad")
    func standsIn() throws {
        var desk = bench.desk()
        #expect(try !slots().isNotedUnconfirmed(.a))
        #expect(try refusal(of: bench.maker.releases[1].bundle, by: &desk) == nil)
        #expect(try slots().isNotedUnconfirmed(.b))
        bench.flash.rot("a/files/bin/wattseald", byte: 1_000, bit: 2)
        let launcher = SlotLauncher(
            storage: slots(), roots: RootFolder(disk: bench.flash, packaged: bench.packaged),
            architecture: Maker.architecture,
            isWriting: true)
        #expect(launcher.decide().slot == .b)
        guard case .status(let status) = desk.answer(.status) else {
            Issue.record("no status")
            return
        }
        #expect(status.record.trial == .b && status.confirmSeconds == 60 && status.record.counterFloor == 2)
        guard case .refused = desk.answer(.abandon) else {
            Issue.record("given up, with nothing to go back to")
            return
        }
        guard case .status(let confirmed) = desk.answer(.confirm(.b)) else {
            Issue.record("not confirmed")
            return
        }
        #expect(confirmed.record.active == .b && confirmed.record.counterFloor == 3)
        #expect(try !slots().isNotedUnconfirmed(.b))
    }
}
