import Glibc
import Quantities
import Simulator
import Synchronization

/// Set by SIGTERM, SIGINT, or `quit`.
private let stopRequested = Atomic<Bool>(false)

/// The plant in real time: one thread that steps the physics and serves its sockets about a thousand times a second.
final class PlantProcess {
    private let options: PlantOptions
    private var plant: Plant
    private let board: BoardServer
    private let tcp: ModbusTCPServer?
    private let serial: ModbusSerialServer?
    private let control: ControlServer?
    private let companion: CompanionServer?
    private var isStopped = false

    /// Below the firmware's control thread (80): where both want a core, the firmware is not to wait for its
    /// simulation.
    private static let priority: Int32 = 40

    init(_ options: PlantOptions) throws(ProcessError) {
        self.options = options
        Self.installSignals()
        let meter = EnergyMeter(
            model: options.model, serial: options.serial, energy: MilliwattHours(options.start))
        plant = Plant(at: monotonicNow(), meter: meter, energyFactor: options.energyFactor)
        plant.setCarPhases(options.carPhases)
        if options.mainsUnit != nil {
            // Older by a few MWh, and of another serial number.
            let energy = MilliwattHours(options.start + 7_654_321_000)
            plant.fit(mainsMeter: EnergyMeter(model: .sdm630, serial: options.serial ^ 0x5A5A, energy: energy))
        }
        board = try BoardServer(path: options.socket)
        if let address = options.tcp { tcp = try ModbusTCPServer(address) } else { tcp = nil }
        if let link = options.rtu {
            serial = try ModbusSerialServer(link: link, model: options.model, baud: options.baud)
        } else {
            serial = nil
        }
        if let link = options.companion {
            companion = try CompanionServer(link: link, at: plant.now)
        } else {
            companion = nil
        }
        if let path = options.control { control = try ControlServer(path: path) } else { control = nil }
    }

    /// What is printed when everything is open.
    var readyLine: String {
        var address = options.tcp
        if let port = tcp?.port { address?.port = port }
        return "ready socket=\(options.socket) tcp=\(address.map { "\($0)" } ?? "-") rtu=\(options.rtu ?? "-")"
            + " control=\(options.control ?? "-")" + (options.companion.map { " companion=\($0)" } ?? "")
    }

    /// Runs until SIGTERM, SIGINT or `quit`, and removes its sockets and links.
    func runUntilStopped() {
        takeRealTime()
        while !isStopped, !stopRequested.load(ordering: .relaxed) {
            waitForWork()
            turn(now: monotonicNow())
        }
        shut()
    }

    /// One turn: everything that arrived, then the time that passed, then what is due.
    func turn(now: MonotonicInstant) {
        board.service(&plant, now: now)
        plant.advance(to: now)
        tcp?.service(now: now) { unit, request in
            // Over TCP a meter answers to 255, too (Messaging on TCP/IP V1.0b, clause 4.4.1.2).
            answer(unit == 0xFF ? options.unit : unit, request)
        }
        serial?.service(now: now) { unit, request in answer(unit, request) }
        control?.service { run($0) }
        board.publish(&plant, now: now)
        companion?.service(plant, now: now)
    }

    func shut() {
        control?.shut()
        companion?.shut()
        serial?.shut()
        tcp?.shut()
        board.shut()
    }

    /// What comes back from a unit of the line.
    private func answer(_ unit: UInt8, _ request: [UInt8]) -> UnitAnswer {
        var reply: MeterReply?
        switch unit {
        case options.unit: plant.serveMeter { reply = $0.reply(to: request) }
        case options.mainsUnit: plant.serveMainsMeter { reply = $0.reply(to: request) }
        default: return .absent
        }
        return reply.map { .reply($0) } ?? .silent
    }

    private func waitForWork() {
        let descriptors =
            board.descriptors + (tcp?.descriptors ?? []) + (serial?.descriptors ?? []) + (control?.descriptors ?? [])
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&entries, nfds_t(entries.count), 1)
    }

    private func run(_ line: String) -> String {
        switch line.split(separator: " ").joined(separator: " ") {
        case "quit":
            isStopped = true
            return "ok"
        case "board freeze on":
            board.isFrozen = true
            return "ok"
        case "board freeze off":
            board.isFrozen = false
            return "ok"
        case "board disconnect":
            board.drop()
            return "ok"
        case "status": return status()
        case "help":
            return Plant.help + " | board freeze on|off | board disconnect | quit"
                + (companion == nil ? "" : " | companion ok|silent|stuck|damaged|slow")
        default: break
        }
        if let answer = companion?.run(line.split(separator: " ")) { return answer }
        do throws(ScriptError) {
            return try plant.run(line)
        } catch {
            return "error: \(error)"
        }
    }

    private func status() -> String {
        var status = plant.status()
        var link = JSONObject()
        link.add("connected", board.isConnected)
        link.add("connections", board.connections)
        link.add("outputs", board.outputs)
        link.add("pulses", board.pulses)
        link.add("refused", board.refused)
        status.add("board", link)
        if let companion {
            var unit = JSONObject()
            unit.add("frames", companion.frames)
            unit.add("fault", companion.fault?.rawValue ?? "none")
            status.add("companion", unit)
        }
        var meter = JSONObject()
        meter.add("model", plant.meter.model.rawValue)
        meter.add("serial", plant.meter.serial)
        meter.add("tcp_requests", tcp?.requests ?? 0)
        meter.add("rtu_requests", serial?.requests ?? 0)
        meter.add("frozen", plant.meter.isFrozen)
        meter.add("factor_permille", plant.meter.countingPermille)
        meter.add("faults", plant.meter.faults.words)
        status.add("meter", meter)
        return status.text
    }

    private static func installSignals() {
        // A parent may have started the plant from a thread that blocks signals, and the mask is inherited.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in stopRequested.store(true, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Asks for a real-time priority; without the right to it the plant runs as it is.
    private func takeRealTime() {
        var parameters = sched_param()
        parameters.sched_priority = Self.priority
        _ = sched_setscheduler(0, SCHED_FIFO, &parameters)
    }
}
