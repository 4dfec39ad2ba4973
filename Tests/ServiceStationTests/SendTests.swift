import FirmwareUpdate
import Foundation
import Glibc
import Quantities
import ServiceShell
import SignedRecords
import SimulatedFlash
import Synchronization
import Testing
import UpdateSoak

@testable import service_station

/// A charger as far as its shell and its updater go: sessions over wires, one desk, one disk.
private final class Charger: Sendable {
    private let desk: Mutex<UpdaterDesk>
    let changes = Mutex<[UpdateChange]>([])
    let pieces = Mutex(0)

    init(_ maker: Maker) throws {
        let flash = try UpdateDevice(maker).flash
        let packaged = SimulatedFlash(seed: 0)
        try packaged.create("root.1", isExecutable: false)
        try packaged.write(maker.roots[0].encoded()[...], to: "root.1", at: 0)
        desk = Mutex(
            UpdaterDesk(
                disk: flash, packagedRoots: packaged, board: UpdaterDesk.Board(id: "board-a", revision: 2),
                architecture: Maker.architecture, system: 0, now: { nil }))
    }

    func ask(_ request: UpdaterRequest) throws(ServiceShellError) -> UpdaterReply {
        let reply = desk.withLock { $0.answer(request) }
        guard case .refused(let refusal) = reply else { return reply }
        if let next = refusal.next { throw .transferOffset(expected: next, found: 0) }
        throw .interlock(refusal.words)
    }

    func status() throws(ServiceShellError) -> UpdaterStatus {
        guard case .status(let status) = try ask(.status) else { throw .unavailable("no status") }
        return status
    }
}

/// The desk of that charger.
private struct UpdateDesk: SilentDesk {
    let charger: Charger

    func firmware() throws(ServiceShellError) -> FirmwareAnswer {
        let status = try charger.status()
        return FirmwareAnswer(
            slots: [], running: nil, counterFloor: 0, rootVersion: 1, lastChange: "",
            transfer: status.transfer.map { TransferAnswer(next: $0.next, length: $0.length, isWhole: $0.isWhole) })
    }

    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        charger.pieces.withLock { $0 += 1 }
        guard case .transfer(let progress) = try charger.ask(.put(bytes, at: offset)) else { throw nothing }
        return TransferAnswer(next: progress.next, length: progress.length, isWhole: progress.isWhole)
    }

    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) {
        guard case .firmware(let change) = change else { throw nothing }
        charger.changes.withLock { $0.append(change) }
        switch change {
        case .receive(let manifest): _ = try charger.ask(.begin(ContentHash(exactly: manifest)))
        case .verify: _ = try charger.ask(.stage)
        default: throw nothing
        }
    }
}

@Suite("Sending a bundle")
struct SendTests {
    private static let maker = Result { try Maker() }
    private let maker: Maker
    private let charger: Charger

    init() throws {
        maker = try Self.maker.get()
        charger = try Charger(maker)
    }

    private func send(_ bundle: [UInt8], over cable: Cable, silence: Int32 = 3_000) throws {
        let line = try TerminalDevice(path: cable.path, baud: 115_200)
        defer { withExtendedLifetime(line) {} }
        var sender = try BundleSender(
            bundle, path: "release.evb", over: MachineLine(descriptor: line.descriptor, device: cable.path),
            silence: silence, progress: { _, _ in })
        try sender.send()
        try sender.verify()
    }

    private func staged() throws -> ContentHash? { try charger.status().record[.b].image?.manifest }

    @Test("over a good line: each piece once, then checked and unpacked")
    func good() throws {
        let release = maker.releases[3]
        try send(release.bundle, over: try Cable(to: UpdateDesk(charger: charger)))
        #expect(try staged() == release.manifest)
        #expect(charger.pieces.withLock { $0 } == (release.bundle.count + 639) / 640)
        #expect(
            charger.changes.withLock { $0 } == [.receive(manifest: release.manifest.bytes), .verify])
    }

    @Test(
        "a line that is cut ends the sender; the next one goes on where the charger is",
        arguments: [
            60, 3_000, 30_011, 61_500, 92_000,
        ])
    func cut(place: Int) throws {
        let release = maker.releases[0]
        #expect(throws: StationError.self) {
            try send(release.bundle, over: try Cable(to: UpdateDesk(charger: charger), cutAfter: place), silence: 500)
        }
        #expect(try staged() == nil)
        let before = charger.pieces.withLock { $0 }
        try send(release.bundle, over: try Cable(to: UpdateDesk(charger: charger)))
        #expect(try staged() == release.manifest)
        let all = charger.pieces.withLock { $0 }
        // The charger has taken what came whole; no piece that it had is sent again.
        #expect(all == (release.bundle.count + 639) / 640, "\(before) before the cut")
    }

    @Test("a line that changes a bit now and then brings the bundle all the same, and nothing else")
    func noise() throws {
        let release = maker.releases[0]
        try send(release.bundle, over: try Cable(to: UpdateDesk(charger: charger), flippingEvery: 20_011))
        #expect(try staged() == release.manifest)
    }

    @Test("a release that the charger refuses ends it, in the charger's words, after its first kilobytes")
    func refused() throws {
        let old = maker.refused[0]
        let error = #expect(throws: StationError.self) {
            try send(old.bundle, over: try Cable(to: UpdateDesk(charger: charger)))
        }
        guard case .refused(let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.contains("security counter 1 lies below the device's floor 2"))
        #expect(charger.pieces.withLock { $0 } < 10)
        #expect(try staged() == nil)
    }

    @Test("a list of checks runs over the same line, each step judged by the charger's own answer")
    func checks() throws {
        let cable = try Cable(to: UpdateDesk(charger: charger))
        let line = try TerminalDevice(path: cable.path, baud: 115_200)
        defer { withExtendedLifetime(line) {} }
        var run = CheckRun(over: MachineLine(descriptor: line.descriptor, device: cable.path), silence: 3_000)
        let text = #"""
            {"steps": [
                {"run": "fw.status", "expect": {"root": 1, "running": {"present": false}}},
                {"run": "fw.status", "expect": {"root": {"least": 2}}, "within_s": 1},
                {"run": "key.rotate", "fails": "E_ROLE"},
                {"run": "frobnicate"},
                {"run": "meter", "expect": {"meters[*].lost": false}}]}
            """#
        let list = try CheckList(reading: JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)))
        let report = try run.report(on: list, device: cable.path, moment: "now", technician: nil)
        #expect(
            report.lines.map(\.verdict.words) == [
                [], ["root: expected at least 2, found 1"], [],
                [#"refused: E_UNKNOWN_COMMAND: unknown command "frobnicate"; help lists them"#],
                ["meters[0]: expected false, found nothing"],
            ])
        #expect(report.lines[1].milliseconds >= 1_000, "asked until its time was over")
    }

    @Test("a file that is no bundle is not sent")
    func noBundle() throws {
        #expect(throws: StationError.self) { try send([1, 2, 3], over: try Cable(to: UpdateDesk(charger: charger))) }
        #expect(charger.pieces.withLock { $0 } == 0)
    }

    @Test("the bar: a line that changes on a terminal, a line for each tenth elsewhere")
    func bar() throws {
        var terminal = ProgressBar(isTerminal: true, at: 0)
        #expect(
            terminal.text(sent: 0, of: 204_800, at: 0)
                == "\r[..............................] 0 % of 200 KiB, 0 KiB/s\u{1B}[K")
        #expect(
            terminal.text(sent: 102_400, of: 204_800, at: 10_000)
                == "\r[###############...............] 50 % of 200 KiB, 10 KiB/s, 10 s to go\u{1B}[K")
        #expect(terminal.text(sent: 102_500, of: 204_800, at: 10_001) == nil)
        #expect(terminal.text(sent: 204_800, of: 204_800, at: 20_000)?.hasSuffix("10 KiB/s\u{1B}[K\n") == true)
        var file = ProgressBar(isTerminal: false, at: 0)
        #expect(file.text(sent: 0, of: 1_000_000, at: 0)?.hasPrefix("0 % of 976 KiB") == true)
        #expect(file.text(sent: 90_000, of: 1_000_000, at: 1) == nil)
        #expect(file.text(sent: 110_000, of: 1_000_000, at: 1)?.hasPrefix("11 %") == true)
    }
}
