import FlightRecorder
import Quantities
import ServiceShell
import SignedRecords

@testable import Firmware

/// What the technician's shell stands on, over a desk rig. Its record thread is not started: what must be put on record is not.
enum ShellRig {
    static func desk(
        _ board: StatusBoard, _ facts: ServiceFacts, _ rig: DeskRig, rings: [FlightRing] = [], log: LogRing = LogRing(),
        nodes: NodeAddresses = NodeAddresses(node: "", witnesses: []),
        requests: HandoverQueue<ControlRequest> = HandoverQueue(capacity: 8),
        now: @escaping @Sendable () -> MonotonicInstant = { SystemClock.now() }
    ) throws -> StatusDesk {
        var reach = ServiceReach(
            rings: rings, keys: rig.desk.keys, clock: rig.desk.clock, proven: rig.desk.proven, log: log,
            nodes: nodes, requests: RequestInlet(requests),
            records: RecordThread(queues: [], bell: try WakeUp(), status: board))
        reach.now = now
        return StatusDesk(board: board, parts: facts, reach: reach)
    }

    static func facts(_ rig: DeskRig) -> ServiceFacts {
        ServiceFacts(
            identity: rig.desk.identity, keyProtection: "software", bootCount: 1, endpoint: "",
            startedAt: SystemClock.now(), connectors: rig.desk.identity.connectors)
    }

    static func gate(
        in folder: String, _ shell: FirmwareConfiguration.Shell = FirmwareConfiguration.Shell(),
        proven: ProvenTime = ProvenTime(), roots: @escaping DeviceTrust.Source = { nil }
    ) throws -> TechnicianGate {
        let memory = LoginMemory(folder: "\(folder)/logins")
        return try TechnicianGate(
            shell,
            identity: LoginIdentity(device: DeviceID(hashing: [1]), boot: .zero, serial: "1", site: shell.site),
            proven: proven, memory: memory,
            trust: DeviceTrust(shell, memory: memory, logger: DeskRig.quiet, source: roots))
    }
}
