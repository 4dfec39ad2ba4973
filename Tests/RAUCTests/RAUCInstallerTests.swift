import FirmwareUpdate
import Foundation
import Glibc
import SignedRecords
import Testing
import UpdateSoak

@testable import RAUC

@Suite("RAUC")
struct RAUCInstallerTests {
    private static let recording = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Vectors/rauc/install.txt")

    /// Waits for an installation's end, without a bound on the time that it may take: a recorded one is over at once.
    private func end(of rauc: RAUCInstaller, pause: UInt32) throws -> (SystemInstallation, seen: [UInt8]) {
        var seen: [UInt8] = []
        while true {
            let found = try rauc.installation()
            guard case .underWay(let percent, _) = found else { return (found, seen) }
            seen.append(percent)
            usleep(pause)
        }
    }

    /// What the updater asks of RAUC, one after the other; the same of the recorded and of the real one.
    private func conversation(with rauc: RAUCInstaller, image: String, nothing: String, pause: UInt32) throws {
        #expect(try rauc.bootSlot() == "A")
        #expect(try rauc.nextSlot() == "A")
        #expect(try rauc.installation() == .idle(lastError: ""))
        try rauc.install(image)
        let (installed, seen) = try end(of: rauc, pause: pause)
        #expect(installed == .ended(0, lastError: ""))
        #expect(seen == seen.sorted())
        #expect(try rauc.nextSlot() == "B")
        try rauc.install(nothing)
        let (failed, _) = try end(of: rauc, pause: pause)
        guard case .ended(let code, let words) = failed else {
            Issue.record("\(failed)")
            return
        }
        #expect(code == 1 && words.contains("No such file or directory"))
        try rauc.mark(.bad)
        try rauc.mark(.good)
        try rauc.mark(.active)
        #expect(try rauc.nextSlot() == "A")
    }

    @Test("a recorded conversation: installed, failed, marked")
    func recorded() throws {
        let rauc = RecordedRAUC(try String(contentsOf: Self.recording, encoding: .utf8))
        try conversation(with: RAUCInstaller(rauc), image: "RIG/image.raucb", nothing: "RIG/none.raucb", pause: 0)
        #expect(rauc.deviation == nil)
        #expect(rauc.isAtEnd)
    }

    @Test(
        "the same with the real service",
        .enabled(if: RealRAUC.missing.isEmpty, "needs \(RealRAUC.missing.joined(separator: ", "))"))
    func real() throws {
        let rig = try RealRAUC()
        let image = "\(rig.place)/image.raucb"
        try Data(try rig.bundle(version: "2.0.0")).write(to: URL(fileURLWithPath: image))
        try rig.startService(bootedFrom: "A")
        let connection = RAUCConnection(address: rig.address)
        try awaitService(RAUCInstaller(connection))
        let rauc = RecordingRAUC(connection, rig: rig.place)
        try conversation(with: RAUCInstaller(rauc), image: image, nothing: "\(rig.place)/none.raucb", pause: 20_000)
        #expect(try rig.note("primary") == "A")
        if let path = ProcessInfo.processInfo.environment["WATTSEAL_RECORD_RAUC"] {
            let head = "# RAUC 1.8 of Debian 12, asked by the tests of RAUC.\n"
            try (head + rauc.text).write(toFile: path, atomically: true, encoding: .utf8)
        }
        rig.stopService()
        let fault = #expect(throws: SystemInstallerFault.self) { try RAUCInstaller(connection).bootSlot() }
        guard case .unreachable = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
    }

    /// The service needs a moment until it has its name.
    private func awaitService(_ rauc: RAUCInstaller) throws {
        for _ in 0..<3_000 {
            if (try? rauc.bootSlot()) != nil { return }
            usleep(10_000)
        }
        _ = try rauc.bootSlot()
    }

    @Test("a bus that is not there, and a device without RAUC's slots")
    func unreachable() throws {
        let rauc = RAUCInstaller(address: "unix:path=/nowhere/bus")
        let fault = #expect(throws: SystemInstallerFault.self) { try rauc.bootSlot() }
        guard case .unreachable = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        let odd = RAUCInstaller(
            RecordedRAUC("GetPrimary\trootfs.3\nGetSlotStatus\trootfs.0=A\nOperation\tdreaming\nCompleted\t-\n"))
        #expect(throws: SystemInstallerFault.self) { try odd.nextSlot() }
        #expect(throws: SystemInstallerFault.unanswered("the operation \"dreaming\" is not known")) {
            try odd.installation()
        }
    }

    /// The whole way on a folder of Linux: our bundle around RAUC's, the service that writes the slot, a start from it, the gate's end.
    @Test(
        "an operating system's bundle, from the inbox to the floor, by the real service",
        .enabled(if: RealRAUC.missing.isEmpty, "needs \(RealRAUC.missing.joined(separator: ", "))"))
    func wholeWay() throws {
        let rig = try RealRAUC()
        let maker = try Maker()
        let release = try Maker.system("2.0.0", counter: 6, image: try rig.bundle(version: "2.0.0"))
        let machine = try Machine(maker, rig)
        try rig.startService(bootedFrom: "A")
        try awaitService(RAUCInstaller(address: rig.address))
        var desk = machine.desk(boot: 1)
        try machine.ask(&desk, .begin(release.manifest))
        for start in stride(from: 0, to: release.bundle.count, by: 60_000) {
            let piece = Array(release.bundle[start..<min(start + 60_000, release.bundle.count)])
            try machine.ask(&desk, .put(piece, at: UInt64(start)))
        }
        try machine.ask(&desk, .stage)
        try machine.ask(&desk, .activate(UpdateDevice.idle, standing: .proved, of: release.manifest))
        while case .installing = try machine.standing(&desk) { usleep(20_000) }
        #expect(try machine.standing(&desk) == .restartDue)
        #expect(try rig.note("primary") == "B")
        try machine.ask(&desk, .restart(UpdateDevice.idle))
        #expect(FileManager.default.fileExists(atPath: machine.restartFile))
        // What the bootloader does: the slot that was made the first one.
        let slot = Array(try Data(contentsOf: URL(fileURLWithPath: "\(rig.place)/slot-B")))
        let image = Array(try Data(contentsOf: URL(fileURLWithPath: "\(rig.place)/content/rootfs.img")))
        #expect(slot.starts(with: image))
        try rig.startService(bootedFrom: "B")
        try awaitService(RAUCInstaller(address: rig.address))
        desk = machine.desk(boot: 2)
        #expect(try machine.standing(&desk) == .onTrial)
        try "unset\n".write(toFile: "\(rig.place)/state/state-B", atomically: false, encoding: .utf8)
        try machine.ask(&desk, .confirmSystem)
        #expect(try rig.note("state-B") == "good")
        #expect(try SystemFolder(disk: machine.disk).record().counterFloor == 6)
    }
}

/// A charger on a folder of Linux, next to a real RAUC.
private struct Machine {
    let disk: FolderDisk
    let restartFile: String
    private let packaged: FolderDisk
    private let rig: RealRAUC

    init(_ maker: Maker, _ rig: RealRAUC) throws {
        self.rig = rig
        for name in ["slots", "roots"] {
            try FileManager.default.createDirectory(atPath: "\(rig.place)/\(name)", withIntermediateDirectories: true)
        }
        try Data(maker.roots[0].encoded()).write(to: URL(fileURLWithPath: "\(rig.place)/roots/root.1"))
        (disk, packaged) = (FolderDisk(path: rig.place + "/slots"), FolderDisk(path: rig.place + "/roots"))
        restartFile = rig.place + "/restart"
        var rest = maker.first.bundle[...]
        _ = try FirstSlot(slots: SlotFolder(disk: disk), root: maker.roots[0], architecture: Maker.architecture)
            .install { count in
                defer { rest = rest.dropFirst(count) }
                return Array(rest.prefix(count))
            }
    }

    func desk(boot: Int) -> UpdaterDesk {
        let access = SystemUpdates.Access(
            installer: RAUCInstaller(address: rig.address), bootID: "boot-\(boot)",
            imagePath: disk.place(of: SystemFolder.image)
        ) { [restartFile] () throws(FirmwareUpdateError) in
            guard FileManager.default.createFile(atPath: restartFile, contents: nil) else {
                throw .missing("the file for a restart")
            }
        }
        return UpdaterDesk(
            disk: disk, packagedRoots: packaged, board: UpdaterDesk.Board(id: "board-a", revision: 2),
            architecture: Maker.architecture, system: 0, installer: access, now: { nil })
    }

    @discardableResult
    func ask(_ desk: inout UpdaterDesk, _ request: UpdaterRequest) throws -> UpdaterReply {
        let reply = desk.answer(request)
        if case .refused(let refusal) = reply { throw RealRAUC.Missing(what: "\(request) done, not: \(refusal)") }
        return reply
    }

    func standing(_ desk: inout UpdaterDesk) throws -> SystemStanding {
        _ = desk.attend()
        guard case .status(let status) = try ask(&desk, .status) else { return .none }
        return status.system?.standing ?? .none
    }
}
