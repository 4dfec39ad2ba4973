import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import ChargeControl
@testable import Firmware

/// What the firmware makes of a technician's change: what it asks of the control thread, and what stands in the way.
@Suite("A technician's changes")
struct StatusDeskChangeTests {
    private let technician = Technician(hash: ContentHash(hashing: [5]), name: "Ada", role: .vendor)
    private let board = StatusBoard(connectors: 2)
    private let requests = HandoverQueue<ControlRequest>(capacity: 8)

    private func desk() throws -> StatusDesk {
        let rig = try DeskRig()
        return try ShellRig.desk(board, ShellRig.facts(rig), rig, requests: requests)
    }

    @Test(
        "each asks the control thread for just that",
        arguments: [
            (.stop(connector: 2), .stop(true, by: .technician, connector: 2)),
            (.start(connector: 0), .stop(false, by: .technician, connector: 0)),
            (.limit(Milliamps(9_500), connector: 1), .limit(Milliamps(9_500), by: .technician, connector: 1)),
            (.limit(nil, connector: 0), .limit(nil, by: .technician, connector: 0)),
        ] as [(ServiceChange, ControlRequest)])
    func asks(change: ServiceChange, request: ControlRequest) throws {
        try desk().carryOut(change, by: technician)
        #expect(requests.take() == request && requests.take() == nil)
    }

    @Test("a control thread that stands still is told")
    func fullQueue() throws {
        let desk = try desk()
        for _ in 0..<8 { try desk.carryOut(.stop(connector: 1), by: technician) }
        #expect(throws: ServiceShellError.unavailable("the control thread stands still")) {
            try desk.carryOut(.stop(connector: 1), by: technician)
        }
    }

    @Test("a record thread that does not come round leaves the end of a change unknown, and nothing on record")
    func lateRecords() throws {
        let rig = try DeskRig()
        let whole = try ShellRig.desk(board, ShellRig.facts(rig), rig, requests: requests)
        var reach = whole.reach
        reach.patience = .milliseconds(1)
        let desk = StatusDesk(board: board, parts: whole.parts, reach: reach)
        let failure = #expect(throws: ServiceShellError.self) { try desk.carryOut(.rotateKeys, by: technician) }
        guard case .unfinished = failure else {
            Issue.record("expected an unknown end, got \(String(describing: failure))")
            return
        }
        let unrecorded = #expect(throws: ServiceShellError.self) {
            try desk.record(AuditEntry(technician: technician, action: "stop", subject: "stop", outcome: .begun))
        }
        guard case .unrecorded = unrecorded else {
            Issue.record("expected no record, got \(String(describing: unrecorded))")
            return
        }
    }

    @Test("what stands in the way: no such connector, no fault, a session")
    func obstacles() throws {
        let desk = try desk()
        #expect(desk.obstacle(to: .stop(connector: 3)) == "expected a connector from 1 to 2, got 3")
        #expect(desk.obstacle(to: .stop(connector: 2)) == nil)
        #expect(desk.obstacle(to: .clearFault(code: 301, connector: 0)) == "no fault stands")
        #expect(desk.obstacle(to: .rotateKeys) == nil)
        board.update(.connector(2)) {
            $0.connector.faultCodes = [301]
            $0.connector.isSessionOpen = true
        }
        #expect(desk.obstacle(to: .clearFault(code: 301, connector: 0)) == nil)
        #expect(desk.obstacle(to: .clearFault(code: 301, connector: 1)) == "no fault stands")
        for change in [ServiceChange.rotateKeys, .destroyKeys(device: [])] {
            #expect(desk.obstacle(to: change) == "a session is open on connector 2")
        }
    }

    @Test(
        "keys are destroyed only of the device that is named, by four bytes of its id at least",
        arguments: [0, 3, 4, 32])
    func namedDevice(count: Int) throws {
        let desk = try desk()
        let device = desk.parts.identity.device.bytes
        var named = Array(device.prefix(count))
        if count >= 4 { named[count - 1] ^= 1 }
        let refusal = ServiceShellError.interlock("expected the beginning of this device's id, which ident tells")
        #expect(throws: refusal) {
            try desk.carryOut(.destroyKeys(device: named), by: technician)
        }
    }

    @Test("a fault that does not stand, or has no such code, is not reset")
    func noSuchFault() throws {
        let desk = try desk()
        for code: UInt16 in [301, 9_999] {
            #expect(throws: ServiceShellError.self) {
                try desk.carryOut(.clearFault(code: code, connector: 0), by: technician)
            }
        }
        #expect(requests.take() == nil)
    }
}
