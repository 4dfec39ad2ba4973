import SignedRecords
import SimulatedFlash
import Testing
import UpdateSoak

@testable import FirmwareUpdate

/// An updater where no slot may start: what it still knows of its device, and that a release can be brought.
@Suite("Updates where nothing starts")
struct NothingStartsTests {
    private let bench: UpdaterBench

    /// Slot a is bad, slot b is empty.
    init() throws {
        bench = try UpdaterBench()
        bench.flash.rot("a/files/bin/wattseald", byte: 3, bit: 1)
        #expect(launched().slot == nil)
        guard case .bad = try bench.record().a else { throw FirmwareUpdateError.missing("a bad slot") }
    }

    private func launched(writing: Bool = true) -> SlotLauncher.Decision {
        SlotLauncher(
            storage: SlotFolder(disk: bench.flash), roots: RootFolder(disk: bench.flash, packaged: bench.packaged),
            architecture: Maker.architecture, isWriting: writing
        ).decide()
    }

    private func desk(on other: UpdaterBench? = nil, first: Maker.Release? = nil) -> UpdaterDesk {
        let bench = other ?? bench
        return UpdaterDesk(
            disk: bench.flash, packagedRoots: bench.packaged, board: UpdaterDesk.Board(id: "board-a", revision: 2),
            architecture: Maker.architecture, system: 0,
            firstRelease: {
                first.flatMap { try? ReleaseManifest(decoding: BundleEnvelope(decoding: $0.bundle).manifestBytes) }
            }, now: { nil })
    }

    /// The first refusal on the way of a release into the other slot; nil where it stands there.
    private func refusal(of release: Maker.Release, by desk: inout UpdaterDesk) -> UpdaterRefusal? {
        if case .refused(let refusal) = desk.answer(.begin(release.manifest)) { return refusal }
        for start in stride(from: 0, to: release.bundle.count, by: 60_000) {
            let piece = Array(release.bundle[start..<min(start + 60_000, release.bundle.count)])
            if case .refused(let refusal) = desk.answer(.put(piece, at: UInt64(start))) { return refusal }
        }
        if case .refused(let refusal) = desk.answer(.stage) { return refusal }
        return nil
    }

    @Test("a slot that is bad still says what the device is: a release is checked, brought, tried, confirmed")
    func kept() throws {
        var desk = self.desk()
        let foreign = try #require(bench.maker.refused.last)
        #expect(refusal(of: foreign, by: &desk)?.step == .device)
        #expect(refusal(of: bench.maker.refused[0], by: &desk)?.step == .counter)
        let release = bench.maker.releases[1]
        #expect(refusal(of: release, by: &desk) == nil)
        #expect(launched().slot == nil, "nobody has asked for it")
        #expect(try bench.record().trial == nil)
        guard case .refused = desk.answer(.activate(.withoutFirmware, standing: .notProved)) else {
            Issue.record("activated without anybody's word")
            return
        }
        #expect(launched().slot == nil)
        let standing = ReleaseStanding.overridden(by: "Ada")
        guard case .status(let status) = desk.answer(.activate(.withoutFirmware, standing: standing)) else {
            Issue.record("not activated")
            return
        }
        #expect(status.record.trial == .b)
        #expect(try !SlotFolder(disk: bench.flash).isNotedUnasked(.b))
        #expect(status.record.excused == .ifBefore, "what is always asked for is asked for")
        #expect(launched().slot == .b)
        guard case .status(let confirmed) = desk.answer(.confirm(.b)) else {
            Issue.record("not confirmed")
            return
        }
        #expect(confirmed.record.active == .b && confirmed.record.counterFloor == release.counter)
    }

    @Test("a slot that has lost even that: the operating system's own bundle says it, or nothing is taken")
    func first() throws {
        bench.flash.rot("a/release", byte: 60, bit: 0)
        var without = desk()
        guard case .refused(let refusal) = without.answer(.status) else {
            Issue.record("a device that does not know what it is")
            return
        }
        #expect(refusal.step == .device)
        #expect(refusal.words.contains("a bundle of the operating system's, that says what this device is"))
        var desk = self.desk(first: bench.maker.first)
        #expect(self.refusal(of: bench.maker.refused[4], by: &desk)?.step == .device)
        #expect(self.refusal(of: bench.maker.releases[1], by: &desk) == nil)
    }

    @Test("while a slot starts, neither a bad one nor the operating system's bundle is asked")
    func notAsked() throws {
        let whole = try UpdaterBench()
        var desk = UpdaterDesk(
            disk: whole.flash, packagedRoots: whole.packaged, board: UpdaterDesk.Board(id: "board-a", revision: 2),
            architecture: Maker.architecture, system: 0,
            firstRelease: {
                Issue.record("asked")
                return nil
            }, now: { nil })
        guard case .status = desk.answer(.status) else {
            Issue.record("no status")
            return
        }
    }

    @Test("both slots bad: the active one says what was written here, whatever only waited in the other")
    func bothBad() throws {
        var desk = self.desk()
        #expect(refusal(of: bench.maker.releases[1], by: &desk) == nil)
        bench.flash.rot("b/files/bin/wattseald", byte: 3, bit: 1)
        _ = desk.answer(.activate(.withoutFirmware, standing: .overridden(by: "Ada")))
        #expect(launched().slot == nil)
        let findings = launched(writing: false).findings.joined(separator: "\n")
        #expect(findings.contains("slot a: the file bin/wattseald does not have the hash that the manifest names"))
        guard case .bad = try bench.record().b else {
            Issue.record("slot b is not bad")
            return
        }
        // The active slot has lost its manifest: the other one still has the product.
        bench.flash.rot("a/release", byte: 60, bit: 0)
        #expect(refusal(of: bench.maker.refused[4], by: &desk)?.step == .device)
        #expect(refusal(of: bench.maker.releases[2], by: &desk) == nil)
    }

    @Test(
        "an active slot that cannot be read is not bad, and is asked for nothing: a release is brought and tried all the same"
    )
    func unreadable() throws {
        let whole = try UpdaterBench()
        whole.flash.unreadable = ["a/release"]
        func launched() -> SlotLauncher.Decision {
            SlotLauncher(
                storage: SlotFolder(disk: whole.flash),
                roots: RootFolder(disk: whole.flash, packaged: whole.packaged), architecture: Maker.architecture,
                isWriting: true
            ).decide()
        }
        #expect(launched().slot == nil)
        guard case .bootable = try whole.record().a else {
            Issue.record("one read that failed has marked slot a")
            return
        }
        var silent = whole.desk()
        guard case .refused = silent.answer(.status) else {
            Issue.record("a device that does not know what it is")
            return
        }
        var desk = self.desk(on: whole, first: whole.maker.first)
        let release = whole.maker.releases[1]
        #expect(refusal(of: whole.maker.refused[4], by: &desk)?.step == .device)
        #expect(refusal(of: release, by: &desk) == nil)
        #expect(launched().slot == nil, "nobody has asked for it")
        guard case .status = desk.answer(.activate(.withoutFirmware, standing: .overridden(by: "Ada"))) else {
            Issue.record("not activated")
            return
        }
        #expect(launched().slot == .b)
    }
}
