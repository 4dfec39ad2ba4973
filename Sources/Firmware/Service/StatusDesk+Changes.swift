internal import ChargeControl
internal import Glibc
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// What a technician changes. The control core decides what becomes of it: a reset clears only what is gone, a limit comes before
// the machine's own, and nothing here closes a contactor.
extension StatusDesk {
    func obstacle(to change: ServiceChange) -> String? {
        if case .firmware(let change) = change { return obstacle(to: change) }
        let connectors = board.current.connectors
        let chosen = connectors.filter { change.connector == 0 || $0.number == change.connector }
        if chosen.isEmpty { return "expected a connector from 1 to \(connectors.count), got \(change.connector)" }
        switch change {
        case .clearFault:
            return chosen.allSatisfy { $0.connector.faultCodes.isEmpty } ? "no fault stands" : nil
        case .testResidual: return obstacleToTestingResidual(chosen)
        case .rotateKeys, .destroyKeys:
            return chosen.first { $0.connector.isSessionOpen }.map { "a session is open on connector \($0.number)" }
        case .stop, .start, .limit, .firmware: return nil
        case .setTime: return obstacleToSettingTime(connectors)
        case .restart: return obstacleToRestart(connectors)
        case .settings(let wish): return obstacle(to: wish)
        case .enterService(let connector): return obstacleToEntering(connector)
        case .leaveService(let connector): return obstacleToLeaving(connector)
        case .test(let test): return obstacle(to: test)
        case .calibrate(let wish): return obstacle(to: wish)
        }
    }

    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) {
        switch change {
        case .clearFault(let code, let connector): try clear(code, on: connector, by: technician)
        case .stop(let connector): try ask(.stop(true, by: .technician, connector: connector))
        case .start(let connector): try ask(.stop(false, by: .technician, connector: connector))
        case .limit(let current, let connector):
            try ask(.limit(current, by: .technician, connector: connector))
        case .setTime(let utc): try setTime(utc)
        case .settings(let wish): try carryOut(wish, by: technician)
        case .restart(let reason): try restart(because: reason, by: technician)
        case .firmware(let change): try carryOut(change, by: technician)
        case .enterService, .leaveService, .test, .calibrate, .testResidual:
            invariantBroken("service mode belongs to a login, and what has an answer goes through its own door")
        case .rotateKeys:
            try records { desk throws(FirmwareError) in
                do { _ = try desk.changeKeys() } catch { throw .room("keys", reason: "\(error)") }
            }
        case .destroyKeys(let named):
            let device = parts.identity.device.bytes
            guard named.count >= 4, device.starts(with: named) else {
                throw .interlock("expected the beginning of this device's id, which ident tells")
            }
            try records { desk throws(FirmwareError) in
                do { try desk.destroyKeys() } catch { throw .room("keys", reason: "\(error)") }
            }
        }
    }

    func record(_ entry: AuditEntry) throws(ServiceShellError) {
        let action = try TechnicianAction(entry, boot: reach.clock.boot.boot)
        do throws(FirmwareError) {
            try reach.records.ask(within: reach.patience) { desk throws(FirmwareError) in try desk.note(action) }
        } catch {
            throw .unrecorded("\(error)")
        }
    }

    func ask(_ request: ControlRequest) throws(ServiceShellError) {
        guard reach.requests.offer(request) else { throw .unavailable("the control thread stands still") }
    }

    func records(
        _ job: @escaping @Sendable (RecordDesk) throws(FirmwareError) -> Void
    ) throws(ServiceShellError) {
        do throws(FirmwareError) { try reach.records.ask(within: reach.patience, job) } catch {
            if case .late = error { throw .unfinished("\(error)") }
            throw .interlock("\(error)")
        }
    }

    /// Resets a fault and looks whether it is gone: the core lets go of it only where its cause is.
    private func clear(_ number: UInt16, on connector: UInt32, by technician: Technician) throws(ServiceShellError) {
        guard let code = FaultCode(rawValue: number) else { throw .interlock("no fault has the code \(number)") }
        let chosen = standing(number, on: connector)
        guard !chosen.isEmpty else { throw .interlock("fault \(number) does not stand") }
        let hash = technician.hash
        try records { desk throws(FirmwareError) in
            for number in chosen { desk.connector(.connector(number))?.resetters[code] = hash }
        }
        for number in chosen { try ask(.technicianReset(code, connector: number)) }
        // The core looks at it within a period; the record thread shows it within a turn.
        for _ in 0..<40 where !standing(number, on: connector).isEmpty { usleep(50_000) }
        guard standing(number, on: connector).isEmpty else {
            try records { desk throws(FirmwareError) in
                for number in chosen { desk.connector(.connector(number))?.resetters[code] = nil }
            }
            throw .interlock("the cause of fault \(number) is still there")
        }
    }

    /// The connectors that a fault stands on, among those chosen.
    private func standing(_ code: UInt16, on connector: UInt32) -> [UInt32] {
        board.current.connectors
            .filter { (connector == 0 || $0.number == connector) && $0.connector.faultCodes.contains(code) }
            .map(\.number)
    }
}

extension ServiceChange {
    /// 0 for all.
    fileprivate var connector: UInt32 {
        switch self {
        case .clearFault(_, let connector), .stop(let connector), .start(let connector), .limit(_, let connector),
            .testResidual(let connector), .enterService(let connector), .leaveService(let connector):
            connector
        case .test(let test): test.connector
        case .calibrate(let wish): wish.connector
        case .settings(.stageLimit(_, let connector)), .settings(.stageService(_, let connector)): connector
        case .rotateKeys, .destroyKeys, .setTime, .restart, .settings, .firmware: 0
        }
    }
}
