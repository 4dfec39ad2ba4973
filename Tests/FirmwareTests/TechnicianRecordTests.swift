import Foundation
import Journal
import Quantities
import ServiceShell
import SignedRecords
import SimulatedDisk
import Testing

@testable import ChargeControl
@testable import Firmware

/// What technicians do, on record: at once where the chain may be written to, and once it may be where it may not.
@Suite("Technicians on record")
struct TechnicianRecordTests {
    private static func action(_ number: UInt64 = 1, _ outcome: ShellAct.Outcome = .done) -> TechnicianAction {
        TechnicianAction(
            technician: ContentHash(hashing: [5]), action: "limit set", subject: "limit set current=16.000A",
            succeeded: outcome == .done,
            shell: ShellAct(
                role: .service, name: "Ada é", arguments: ContentHash(hashing: [6]), outcome: outcome,
                boot: BootID(exactly: Array(repeating: 9, count: 16)), sinceBoot: number))
    }

    private func noted(_ rig: DeskRig) throws -> [TechnicianAction] {
        try rig.desk.journal.records(of: .device, from: 1).compactMap { signed in
            if case .event(.technicianAction(let action)) = signed.record.body { action } else { nil }
        }
    }

    @Test("at once where the chain may be written to; records show who, in which role, what, and its digest")
    func atOnce() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        try rig.desk.note(Self.action())
        #expect(try noted(rig) == [Self.action()])
        let last = try #require(try rig.desk.journal.records(of: .device, from: 1).last)
        for part in [
            "\"name\":\"Ada é\"", "\"role\":\"service\"", "\"outcome\":\"done\"", ContentHash(hashing: [6]).hex,
        ] {
            #expect(last.jsonLine.contains(part), "\(last.jsonLine)")
        }
        #expect(rig.desk.technicians.actions.isEmpty)
    }

    @Test("where the chain's head is not proved it waits durably, over a restart, and is put on record once, in order")
    func deferred() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        try rig.desk.note(Self.action(1, .begun))
        try rig.desk.note(Self.action(2))
        #expect(try noted(rig).isEmpty)
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        #expect(rig.desk.technicians.actions == [Self.action(1, .begun), Self.action(2)])
        rig.desk.rest()
        #expect(try noted(rig).isEmpty)
        rig.prove(.device)
        try rig.desk.note(Self.action(3, .refused))
        #expect(try noted(rig) == [Self.action(1, .begun), Self.action(2), Self.action(3, .refused)])
        rig.desk.rest()
        #expect(try noted(rig).count == 3)
    }

    @Test("a stop between putting on record and forgetting puts nothing on record twice")
    func stopBetween() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        try rig.desk.note(Self.action(1))
        let file = URL(fileURLWithPath: "\(rig.folder)/technicians-waiting/waiting")
        let waiting = try Data(contentsOf: file)
        rig.prove(.device)
        rig.desk.rest()
        #expect(try noted(rig).count == 1)
        try waiting.write(to: file)
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        rig.prove(.device)
        rig.desk.rest()
        #expect(try noted(rig) == [Self.action(1)])
        #expect(rig.desk.technicians.actions.isEmpty)
    }

    @Test("so many wait, the next is refused; a file that is none is named with its line")
    func bounds() throws {
        let rig = try DeskRig()
        for number in 0..<UInt64(TechnicianBacklog.most) { try rig.desk.note(Self.action(number)) }
        #expect(throws: FirmwareError.self) { try rig.desk.note(Self.action(999)) }
        let lines = rig.desk.technicians.actions.map { TechnicianBacklog.line($0) }
        try #require(lines.count == TechnicianBacklog.most)
        #expect(try TechnicianBacklog.actions(in: lines.joined(separator: "\n")) == rig.desk.technicians.actions)
        for broken in [String(lines[1].dropLast()), lines[1].replacing(" x", with: " "), "x y z"] {
            let failure = #expect(throws: FirmwareError.self) {
                try TechnicianBacklog.actions(in: "\(lines[0])\n\(broken)\n")
            }
            #expect("\(try #require(failure))".contains("line 2"), "\(broken)")
        }
    }

    @Test("the longest actions there are have their room: on a full disk, and over a power cut at every place")
    func fullDisk() throws {
        var longest = Self.action(.max)
        longest.action = String(repeating: "a", count: 32)
        longest.subject = String(repeating: "s", count: 128)
        longest.shell?.name = String(repeating: "n", count: 24)
        let disk = SimulatedDisk(seed: 1)
        var backlog = try TechnicianBacklog(on: disk)
        disk.capacity = disk.allNames.reduce(0) { $0 + disk.contents($1).count }
        for _ in 0..<TechnicianBacklog.most { try backlog.keep(longest) }
        #expect(try TechnicianBacklog(on: disk).actions.count == TechnicianBacklog.most)
        try backlog.clear()
        try backlog.keep(Self.action(1))
        for stop in 1...2 {
            for seed in 0..<20 {
                let cut = disk.copy(seed: UInt64(seed))
                var before = try TechnicianBacklog(on: cut)
                cut.faults[cut.operations + stop] = .stop
                #expect(throws: FirmwareError.self) { try before.keep(Self.action(2)) }
                cut.cutPower()
                let after = try TechnicianBacklog(on: cut).actions
                #expect(after == [Self.action(1)] || after == [Self.action(1), Self.action(2)])
            }
        }
    }

    @Test("refused logins leave room for who may log in")
    func refusedLogins() throws {
        let rig = try DeskRig()
        let refused = { (number: UInt64) in
            var action = Self.action(number, .refused)
            action.action = "login"
            return action
        }
        for number in 0..<UInt64(TechnicianBacklog.mostRefusedLogins) { try rig.desk.note(refused(number)) }
        #expect(throws: FirmwareError.self) { try rig.desk.note(refused(99)) }
        try rig.desk.note(Self.action(100))
        try rig.desk.note(Self.action(101, .refused))
    }

    @Test("a fault that a technician reset names his certificate; one that nobody here asked for does not")
    func clearedFault() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        let technician = ContentHash(hashing: [5])
        rig.first.resetters[.contactorWelded] = technician
        let reading = DeskRig.reading(2, 1_000_000)
        for _ in 0..<2 {
            rig.order(.faultLatched(.contactorWelded), reading)
            rig.order(.faultCleared(.contactorWelded, by: .technician), reading)
        }
        let cleared = try rig.desk.journal.records(of: DeskRig.connector, from: 1).compactMap { signed in
            if case .event(.faultCleared(let body)) = signed.record.body { body } else { nil }
        }
        let code = FaultCode.contactorWelded.rawValue
        #expect(
            cleared == [
                FaultCleared(code: code, by: .technician, technician: technician),
                FaultCleared(code: code, by: .condition),
            ])
    }

    @Test("the proven time comes from records of a synchronised clock, survives a restart, and does not go back")
    func provenTime() throws {
        let ahead = SystemClock.utcMilliseconds() + 3_600_000
        let rig = try DeskRig()
        rig.clock = {
            ClockReading(utc: ahead, sinceBoot: SystemClock.sinceBoot(), kernel: .disciplined(maximumError: 1_000))
        }
        try rig.restart()
        try rig.bringUp()
        #expect(rig.desk.proven.now >= ahead)
        // The clock is set back, and is free.
        rig.clock = {
            ClockReading(utc: ahead - 7_200_000, sinceBoot: SystemClock.sinceBoot(), kernel: .free)
        }
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        #expect(rig.desk.proven.now >= ahead)
        #expect(ProvenTime().now < ahead)
    }

    @Test("failed logins are counted over restarts, and a spoilt count is the highest")
    func failureCount() throws {
        let rig = try DeskRig()
        do {
            let gate = try ShellRig.gate(in: rig.folder)
            #expect(gate.failures() == 0)
            try gate.setFailures(3)
        }
        do {
            let gate = try ShellRig.gate(in: rig.folder)
            #expect(gate.failures() == 3)
        }
        try "x".write(toFile: "\(rig.folder)/logins/failed-logins", atomically: true, encoding: .utf8)
        let gate = try ShellRig.gate(in: rig.folder)
        #expect(gate.failures() == .max)
        try gate.setFailures(1)
        #expect(gate.failures() == 1)
        #expect(gate.randomBytes().count == 32 && gate.randomBytes() != gate.randomBytes())
    }

    @Test("on this machine root serves, and whoever else the socket lets in looks")
    func localUsers() {
        #expect(ShellServer.technician(user: 0).role == .service)
        #expect(ShellServer.technician(user: 1_000).role == .viewer)
        #expect(ShellServer.technician(user: 0).hash != ShellServer.technician(user: 1_000).hash)
    }
}
