import Quantities
import ServiceShell
import SignedRecords
import Synchronization
import Testing

@testable import ChargeControl
@testable import Firmware

/// What a technician changes of the machine: its clock, and the firmware's end.
@Suite("A technician's changes to the machine")
final class MachineChangeTests {
    /// What the machine was asked to do.
    private final class Seen: Sendable {
        let ends = Atomic<Int>(0)
        let clock = Mutex<[Int64]>([])
    }

    private let technician = Technician(hash: ContentHash(hashing: [5]), name: "Ada", role: .vendor)
    private let board = StatusBoard(connectors: 1)
    private let seen = Seen()
    private let records: RecordThread
    private let rig: DeskRig

    init() throws {
        rig = try DeskRig()
        records = RecordThread(queues: [], bell: try WakeUp(), status: board)
        _ = try records.start { () throws(FirmwareError) in
            do {
                let rig = try DeskRig()
                try rig.bringUp()
                return rig.desk
            } catch {
                throw .room("records", reason: "\(error)")
            }
        }
    }

    deinit { records.stop() }

    private func desk(
        _ kernel: KernelClock = .free, floor: Int64 = SystemClock.earliestPlausible, supervised: Bool = true,
        failing: Bool = false
    ) throws -> StatusDesk {
        let proven = ProvenTime()
        proven.raise(to: floor)
        var clock = rig.desk.clock
        clock.read = { ClockReading(utc: 1_790_000_000_000, sinceBoot: 1_000, kernel: kernel) }
        var reach = ServiceReach(
            rings: [], keys: rig.desk.keys, clock: clock, proven: proven, log: LogRing(),
            nodes: NodeAddresses(node: "", witnesses: []), requests: RequestInlet(HandoverQueue(capacity: 8)),
            records: records)
        reach.home = rig.folder
        reach.isSupervised = supervised
        reach.end = { [seen] in seen.ends.add(1, ordering: .relaxed) }
        reach.setWallClock = { [seen] (utc) throws(FirmwareError) in
            if failing { throw .system(call: "clock_settime", errno: 1) }
            seen.clock.withLock { $0.append(utc) }
        }
        return StatusDesk(board: board, parts: ShellRig.facts(rig), reach: reach)
    }

    private var endings: Int { seen.ends.load(ordering: .relaxed) }

    @Test("the clock is set where no source holds it, and never behind what is proven")
    func clock() throws {
        let floor: Int64 = 1_800_000_000_000
        let desk = try desk(floor: floor)
        #expect(desk.obstacle(to: .setTime(floor)) == nil)
        try desk.carryOut(.setTime(floor), by: technician)
        try desk.carryOut(.setTime(floor + 5), by: technician)
        #expect(throws: ServiceShellError.self) { try desk.carryOut(.setTime(floor - 1), by: technician) }
        #expect(seen.clock.withLock { $0 } == [floor, floor + 5])
    }

    @Test("a source that holds the clock keeps it, and so does a session")
    func heldClock() throws {
        let held = try desk(.disciplined(maximumError: 1_000))
        #expect(held.obstacle(to: .setTime(0)) == "a time source holds the clock")
        #expect(throws: ServiceShellError.self) {
            try held.carryOut(.setTime(1_800_000_000_000), by: technician)
        }
        board.update(.connector(1)) { $0.connector.isSessionOpen = true }
        #expect(try desk().obstacle(to: .setTime(0)) == "a session is open on connector 1")
        #expect(throws: ServiceShellError.self) {
            try desk().carryOut(.setTime(1_800_000_000_000), by: technician)
        }
        #expect(seen.clock.withLock { $0.isEmpty })
    }

    @Test("a system that does not let the clock be set is told as a refusal")
    func forbiddenClock() throws {
        let error = #expect(throws: ServiceShellError.self) {
            try desk(failing: true).carryOut(.setTime(1_800_000_000_000), by: technician)
        }
        guard case .interlock(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("clock_settime"))
    }

    @Test("the firmware ends for a reason that its next start finds, once")
    func restart() throws {
        try desk().carryOut(.restart(reason: "new disk"), by: technician)
        #expect(endings == 1)
        let note = RestartNote(home: rig.folder)
        #expect(try note.take() == "new disk (Ada)")
        #expect(try note.take() == nil)
    }

    @Test("it does not end without a supervisor, in a session, with a contactor that is closed or told to close")
    func noRestart() throws {
        let change = ServiceChange.restart(reason: "x")
        let alone = try desk(supervised: false)
        #expect(alone.obstacle(to: change)?.contains("supervisor") == true)
        #expect(throws: ServiceShellError.self) { try alone.carryOut(change, by: technician) }
        let desk = try desk()
        #expect(desk.obstacle(to: change) == nil)
        for state in [
            { $0.connector.isSessionOpen = true }, { $0.connector.contactorClosed = true },
            { $0.connector.isEnabled = true },
        ] as [@Sendable (inout StatusReport.Outlet) -> Void] {
            board.update(.connector(1)) { outlet in
                outlet.connector.isSessionOpen = false
                outlet.connector.contactorClosed = false
                outlet.connector.isEnabled = false
                state(&outlet)
            }
            #expect(desk.obstacle(to: change) != nil)
            #expect(throws: ServiceShellError.self) { try desk.carryOut(change, by: technician) }
        }
        #expect(endings == 0)
        #expect(try RestartNote(home: rig.folder).take() == nil)
    }

    @Test("a reason that cannot be kept ends nothing")
    func unkept() throws {
        let whole = try desk()
        var reach = whole.reach
        reach.home = "/nowhere"
        let desk = StatusDesk(board: board, parts: whole.parts, reach: reach)
        #expect(throws: ServiceShellError.self) { try desk.carryOut(.restart(reason: "x"), by: technician) }
        #expect(endings == 0)
    }
}
