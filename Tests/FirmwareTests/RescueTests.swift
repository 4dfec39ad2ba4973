import FirmwareUpdate
import Foundation
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import Firmware

/// The shell where no firmware runs: what it knows, what it does, how long it stays.
@Suite("Rescue")
struct RescueTests {
    private let technician = Technician(hash: ContentHash(hashing: [5]), name: "Ada", role: .vendor)
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private func configuration(home: String) throws -> FirmwareConfiguration {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        try KeysConfigurationTests.rest.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = try FirmwareConfiguration(path: path)
        configuration.home = home
        return configuration
    }

    private func newHome() throws -> String {
        let home = NSTemporaryDirectory() + "rescue-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        return home
    }

    private func desk(
        _ home: String, supervised: Bool = true, program: String = "/bin/true", findings: [String] = ["one", "two"]
    ) throws -> RescueDesk {
        let facts = try RescueFacts(configuration(home: home), findings: findings)
        return RescueDesk(
            facts: facts,
            updater: UpdaterAccess(
                client: UpdaterClient(path: "/nowhere/updater.sock"),
                transfers: TransferFolder(home: home, program: program)),
            notes: try TechnicianNotes(home: home, boot: facts.boot.boot), isSupervised: supervised,
            use: RescueUse(at: Self.start))
    }

    @Test("who the device is comes from genesis, its time from the newest records, the findings from the launcher")
    func facts() throws {
        let ahead = SystemClock.utcMilliseconds() + 3_600_000
        let rig = try DeskRig()
        rig.clock = {
            ClockReading(utc: ahead, sinceBoot: SystemClock.sinceBoot(), kernel: .disciplined(maximumError: 1_000))
        }
        try rig.restart()
        try rig.bringUp()
        // The running one holds its files against any other.
        #expect(throws: FirmwareError.self) { try self.desk(rig.folder) }
        let desk = try self.desk(rig.saveImage())
        let answer = try desk.identity()
        #expect(answer.device == rig.desk.identity.device.bytes)
        #expect(answer.rescue == RescueDesk.notice)
        #expect(try desk.log(lines: 1) == ["two"])
        #expect(try desk.log(lines: 9) == ["one", "two"])
        #expect(desk.facts.proven.floor == ahead)
    }

    @Test("a device that keeps nothing yet is nobody, and its shell answers all the same")
    func newDevice() throws {
        let desk = try self.desk(newHome())
        #expect(try desk.identity().device.isEmpty)
        #expect(desk.facts.proven.floor == ProvenTime().floor)
        #expect(throws: ServiceShellError.self) { try desk.firmware() }
    }

    @Test("what cannot be done is said before it is tried, and is not done when it is asked for all the same")
    func obstacles() throws {
        let desk = try self.desk(newHome())
        for change in [
            ServiceChange.firmware(.confirm), .firmware(.rollBack), .stop(connector: 0), .rotateKeys, .setTime(1),
            .limit(nil, connector: 0), .settings(.commit), .enterService(connector: 1),
        ] {
            #expect(desk.obstacle(to: change) == desk.absence, "\(change)")
            #expect(throws: ServiceShellError.interlock(desk.absence)) { try desk.carryOut(change, by: technician) }
        }
        let unproved = desk.obstacle(to: .firmware(.activate(isOverridden: false)))
        #expect(unproved?.contains("the ledger is not asked") == true)
        for change in [UpdateChange.receive(manifest: []), .verify, .activate(isOverridden: true), .takeIn] {
            #expect(desk.obstacle(to: .firmware(change)) == nil)
            #expect(throws: ServiceShellError.self) { try desk.carryOut(.firmware(change), by: technician) }
        }
        let without = try self.desk(newHome(), program: "/nowhere/rz")
        #expect(without.obstacle(to: .firmware(.takeIn))?.contains("lrzsz") == true)
        #expect(try self.desk(newHome(), supervised: false).obstacle(to: .restart(reason: "")) != nil)
    }

    @Test("what is done waits where the firmware looks for it, durably, with this boot")
    func notes() throws {
        let home = try newHome()
        let entry = AuditEntry(technician: technician, action: "fw verify", subject: "fw verify", outcome: .begun)
        var nobody = entry
        nobody.technician.role = .none
        var boot = BootID.zero
        do {
            let desk = try self.desk(home)
            boot = desk.facts.boot.boot
            try desk.record(entry)
            #expect(throws: ServiceShellError.unrecorded("nobody is logged in")) { try desk.record(nobody) }
        }
        let waiting = try TechnicianBacklog(home: home).actions
        #expect(waiting.map(\.action) == ["fw verify"])
        #expect(waiting.first?.shell?.name == "Ada" && waiting.first?.shell?.boot == boot)
    }

    @Test("it stays while it is used, and ends a second behind a reboot, or a quarter of an hour behind the last use")
    func use() throws {
        let use = RescueUse(at: Self.start)
        #expect(!use.isOver(at: Self.start + .seconds(899)))
        #expect(use.isOver(at: Self.start + .seconds(900)))
        use.note(at: Self.start + .seconds(800))
        #expect(!use.isOver(at: Self.start + .seconds(1_699)))
        #expect(use.isOver(at: Self.start + .seconds(1_700)))
        use.end(at: Self.start + .seconds(900))
        #expect(!use.isOver(at: Self.start + .milliseconds(900_999)))
        #expect(use.isOver(at: Self.start + .seconds(901)))
    }

    @Test("a reboot ends it; a piece and an entry are use")
    func signs() throws {
        let desk = try self.desk(newHome())
        #expect(desk.use.isOver(), "the rig's start is long ago")
        try? _ = desk.put([1], at: 0)
        #expect(!desk.use.isOver())
        let other = try self.desk(newHome())
        try other.record(AuditEntry(technician: technician, action: "login", subject: "", outcome: .done))
        #expect(!other.use.isOver())
        try other.carryOut(.restart(reason: "done"), by: technician)
        #expect(other.use.isOver(at: SystemClock.now() + .seconds(2)))
    }
}
