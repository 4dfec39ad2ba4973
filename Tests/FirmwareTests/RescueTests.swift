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

    private func configuration(
        home: String, _ more: String = "", socket: String = "/nowhere/shell.sock"
    ) throws -> RescueConfiguration {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        try """
        home = "\(home)"
        [device]
        product = "Wallbox One"
        serial = "W1-7"
        [ledger]
        chain_id = "one"
        [updater]
        socket = "/nowhere/updater.sock"
        [shell]
        socket = "\(socket)"
        \(more)
        """.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try RescueConfiguration(path: path)
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
            notes: try TechnicianNotes(home: home, boot: facts.boot), isSupervised: supervised,
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
        #expect(try desk.identity().serial == "W1-7")
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
            boot = desk.facts.boot
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
        let stranger = try self.desk(newHome())
        try stranger.record(AuditEntry(technician: technician, action: "login", subject: "", outcome: .refused))
        #expect(stranger.use.isOver(), "who is not let in keeps no charger")
        let home = try newHome()
        let other = try self.desk(home)
        try other.record(AuditEntry(technician: technician, action: "login", subject: "", outcome: .done))
        #expect(!other.use.isOver())
        try other.carryOut(.restart(reason: "done"), by: technician)
        #expect(other.use.isOver(at: SystemClock.now() + .seconds(2)))
        #expect(try RestartNote(home: home).take() == "done (Ada)")
    }

    @Test(
        "a configuration of a newer firmware is read as far as it is needed; without an updater or a shell it says so")
    func newerConfiguration() throws {
        let newer = try configuration(home: "/home", "later = 3\n[future]\nof = \"charging\"")
        #expect(newer.product == "Wallbox One" && newer.chain == "one" && newer.shell.socket == "/nowhere/shell.sock")
        #expect(newer.updaterSocket == "/nowhere/updater.sock" && newer.boardProfile == nil && newer.energyFactor == 1)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (text, word) in [
            ("", "a home"), ("home = \"/h\"", "an updater"),
            ("home = \"/h\"\n[updater]\nsocket = \"/u\"", "a shell"),
            ("home = \"/h\"\n[updater]\nsocket = \"/u\"\n[shell]\n", "a shell"),
        ] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let failure = #expect(throws: FirmwareError.self) { try RescueConfiguration(path: path) }
            #expect("\(try #require(failure))".contains("expected \(word)"), "\(String(describing: failure))")
        }
    }

    @Test("a login that fails here costs as much in the firmware, and the other way round")
    func logins() throws {
        let home = try newHome()
        do {
            let facts = try RescueFacts(configuration(home: home), findings: [])
            let gate = try Rescue.gate(facts, DeskRig.quiet)
            #expect(gate.failures() == 0)
            try gate.setFailures(3)
        }
        do {
            let gate = try ShellRig.gate(in: home)
            #expect(gate.failures() == 3)
            try gate.setFailures(4)
        }
        let facts = try RescueFacts(configuration(home: home), findings: [])
        #expect(try Rescue.gate(facts, DeskRig.quiet).failures() == 4)
    }

    @Test("what waits from before does not shut a technician out, and all of it is in order")
    func fullBacklog() throws {
        let home = try newHome()
        let entry = AuditEntry(technician: technician, action: "login", subject: "", outcome: .done)
        do {
            var backlog = try TechnicianBacklog(home: home)
            for number in 0..<TechnicianBacklog.most {
                var one = entry
                one.subject = "\(number)"
                try backlog.keep(try TechnicianAction(one, boot: .zero))
            }
            #expect(throws: FirmwareError.self) { try backlog.keep(try TechnicianAction(entry, boot: .zero)) }
        }
        do {
            let desk = try self.desk(home)
            for number in 0..<TechnicianBacklog.mostInRescue {
                var one = entry
                one.subject = "rescue \(number)"
                try desk.record(one)
            }
            #expect(throws: ServiceShellError.self) { try desk.record(entry) }
        }
        var backlog = try TechnicianBacklog(home: home)
        let subjects = backlog.actions.map(\.subject)
        #expect(subjects.first == "0" && subjects[63] == "63" && subjects[64] == "rescue 0")
        #expect(subjects.last == "rescue 255" && subjects.count == 320)
        try backlog.clear()
        var last = entry
        last.subject = "last"
        try backlog.keep(try TechnicianAction(last, boot: .zero))
        #expect(backlog.actions.map(\.subject) == ["last"])
    }

    @Test(
        "a genesis that cannot be read is among the findings; a disk that is full does not keep the boot's id from being known"
    )
    func damage() throws {
        let home = try newHome()
        // A file where a folder has to be, and a folder where a file has to be.
        try "no journal".write(toFile: "\(home)/journal", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: "\(home)/boot/x", withIntermediateDirectories: true)
        let facts = try RescueFacts(configuration(home: home), findings: ["one"])
        #expect(facts.bootCount == nil)
        #expect(facts.boot == (try BootIdentity.kernelBoot()))
        #expect(facts.device == nil && facts.findings.count == 2 && facts.findings.first == "one")
        #expect(facts.findings.last?.hasPrefix("who this device is cannot be read") == true)
    }

    @Test("a list of those who are shut out that is not understood is not an empty one")
    func denied() throws {
        let known = try configuration(home: "/home", "denied = [17]")
        #expect(known.shell.denied == [17])
        for list in ["[\"all of 2026\"]", "\"all\"", "[-1]"] {
            let failure = #expect(throws: FirmwareError.self) { try configuration(home: "/home", "denied = \(list)") }
            #expect("\(try #require(failure))".contains("shell.denied: expected numbers"))
        }
    }

    @Test("what the firmware keeps of technicians may be damaged: the rescue shell keeps its own all the same")
    func damagedBacklog() throws {
        let home = try newHome()
        try FileManager.default.createDirectory(
            atPath: "\(home)/technicians-waiting", withIntermediateDirectories: true)
        try "damaged".write(toFile: "\(home)/technicians-waiting/waiting", atomically: true, encoding: .utf8)
        #expect(throws: FirmwareError.self) { try TechnicianBacklog(home: home) }
        let desk = try self.desk(home)
        try desk.record(AuditEntry(technician: technician, action: "login", subject: "", outcome: .done))
    }

    @Test("it is not over while a file comes in, nor without somebody who would start the launcher again")
    func over() throws {
        for isSupervised in [true, false] {
            let home = try newHome()
            let rescue = try Rescue.start(
                try configuration(home: home, socket: "\(home)/shell.sock"), isSupervised: isSupervised,
                logger: DeskRig.quiet)
            defer { rescue.stop() }
            #expect(!rescue.isOver)
            rescue.use.end(at: Self.start)
            #expect(rescue.isOver == isSupervised)
            try FileManager.default.createDirectory(atPath: rescue.transfers.path, withIntermediateDirectories: false)
            #expect(!rescue.isOver)
            try rescue.transfers.clear()
            #expect(rescue.isOver == isSupervised)
        }
    }
}
