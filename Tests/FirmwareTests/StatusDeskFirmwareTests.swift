import FirmwareUpdate
import Glibc
import Logging
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import Firmware

/// What the charger's state means for a switch to other firmware, and what is told without an updater.
@Suite("A switch of firmware")
struct StatusDeskFirmwareTests {
    private let technician = Technician(hash: ContentHash(hashing: [5]), name: "Ada", role: .vendor)
    private let board = StatusBoard(connectors: 2)

    private func desk(updater path: String? = nil) throws -> StatusDesk {
        let rig = try DeskRig()
        let whole = try ShellRig.desk(board, ShellRig.facts(rig), rig)
        var reach = whole.reach
        reach.patience = .milliseconds(1)
        if let path {
            reach.updates = try FirmwareUpdates(
                socket: path, slot: "b", board: board, logger: Logger(label: "updates"))
        }
        return StatusDesk(board: board, parts: whole.parts, reach: reach)
    }

    private func set(_ change: (inout StatusReport.Connector) -> Void) {
        board.update { report in
            for index in report.connectors.indices { change(&report.connectors[index].connector) }
        }
    }

    @Test("what stands against it: a session, a contactor, a car, records; what is not known counts as the worse")
    func blocks() throws {
        let desk = try desk()
        set { ($0.state, $0.isSessionOpen, $0.contactorClosed) = ("C2", true, true) }
        var request = desk.activationRequest(overriddenBy: nil)
        #expect(request.isSessionOpen == true && request.isContactorClosed == true && request.isCarConnected == true)
        // The rig's record thread does not run.
        #expect(request.areTicksDurable == false)
        set { ($0.state, $0.isSessionOpen, $0.contactorClosed) = ("A1", false, false) }
        request = desk.activationRequest(overriddenBy: nil)
        #expect(request.isSessionOpen == false && request.isCarConnected == false)
        // No sample of the contactor's feedback is there.
        #expect(request.isContactorClosed == nil)
        set { $0.state = "invalid" }
        #expect(desk.activationRequest(overriddenBy: nil).isCarConnected == nil)
        board.update { $0.connectors[1].connector.state = "B1" }
        #expect(desk.activationRequest(overriddenBy: nil).isCarConnected == true)
    }

    @Test("somebody has the charger: a session, a car, a contactor; what is not known, or at fault, serves nobody")
    func inUse() throws {
        let desk = try desk()
        for state in ["A1", "E", "F", "invalid", ""] {
            set { $0.state = state }
            #expect(!desk.isInUse, "\(state)")
        }
        for state in ["B1", "C2", "D2"] {
            board.update { $0.connectors[1].connector.state = state }
            #expect(desk.isInUse, "\(state)")
        }
        set { ($0.state, $0.isSessionOpen) = ("A1", true) }
        #expect(desk.isInUse)
        set { ($0.isSessionOpen, $0.contactorClosed) = (false, true) }
        #expect(desk.isInUse)
        set { ($0.contactorClosed, $0.isEnabled) = (false, true) }
        #expect(desk.isInUse)
        set { $0.isEnabled = false }
        #expect(!desk.isInUse)
    }

    @Test("the confirm conditions hold by what is known, each by itself")
    func conditions() throws {
        let desk = try desk()
        set { $0.state = "A1" }
        func holding(_ key: Bool = false, _ punctual: Bool = false) -> ConfirmConditions {
            desk.conditions(isKeyUsable: key, isPunctual: punctual)
        }
        #expect(holding() == [.outputsOff, .pilotIdle])
        #expect(holding(true) == [.outputsOff, .pilotIdle, .keyUsable])
        #expect(holding(false, true) == [.outputsOff, .pilotIdle, .punctual])
        set { $0.isEnabled = true }
        #expect(holding() == [.pilotIdle])
        set { ($0.isEnabled, $0.state) = (false, "B1") }
        #expect(holding() == [.outputsOff])
        board.update { report in
            for index in report.connectors.indices { report.connectors[index].meter.accepted = 3 }
        }
        #expect(holding() == [.outputsOff, .meterAnswers])
        board.update { $0.connectors[1].meter.isLost = true }
        #expect(holding() == [.outputsOff])
        board.update { ($0.ledger.reachable, $0.ledger.height) = (true, 5) }
        #expect(holding() == [.outputsOff, .networkUp, .ledgerReached])
        board.update { $0.ledger.problem = "a second chain" }
        #expect(holding() == [.outputsOff, .networkUp])
        #expect(desk.isKeyUsable, "the rig's keys sign")
    }

    @Test("without an updater every command says so, and nothing is tried")
    func noUpdater() throws {
        let desk = try desk()
        let none = ServiceShellError.unavailable("no updater is configured")
        #expect(throws: none) { try desk.firmware() }
        #expect(throws: none) { try desk.put([1], at: 0) }
        for change in [
            UpdateChange.receive(manifest: [UInt8](repeating: 1, count: 32)), .verify, .activate(isOverridden: false),
            .activate(isOverridden: true), .rollBack, .takeIn,
        ] {
            #expect(desk.obstacle(to: .firmware(change)) == "no updater is configured")
            #expect(throws: ServiceShellError.self) { try desk.carryOut(.firmware(change), by: technician) }
        }
    }

    @Test("an updater that cannot be reached is told, and so is what forbids a change before it is asked")
    func unreachable() throws {
        let desk = try desk(updater: "/nowhere/updater.sock")
        let failure = #expect(throws: ServiceShellError.self) { try desk.firmware() }
        guard case .unavailable(let words) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(words.hasPrefix("the updater cannot be reached"))
        set { $0.isSessionOpen = true }
        #expect(desk.obstacle(to: .firmware(.activate(isOverridden: true)))?.contains("a session is open") == true)
        #expect(desk.obstacle(to: .firmware(.activate(isOverridden: false)))?.contains("already failing") == true)
        #expect(desk.obstacle(to: .firmware(.activate(isOverridden: true)))?.contains("already failing") == false)
        #expect(desk.obstacle(to: .firmware(.confirm)) == "no trial has passed its gate")
        #expect(desk.obstacle(to: .firmware(.verify)) == nil)
        #expect(throws: ServiceShellError.interlock("expected the bundle's manifest hash, 64 hexadecimal digits")) {
            try desk.carryOut(.firmware(.receive(manifest: [1])), by: technician)
        }
    }
}
