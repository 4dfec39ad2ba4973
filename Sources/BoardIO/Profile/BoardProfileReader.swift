import ConfigurationText
import Quantities

/// Walks one profile and notes every mistake in the document.
struct BoardProfileReader {
    let document: TomlDocument
    let root: TomlTable

    init(_ document: TomlDocument) {
        self.document = document
        root = document.root
    }

    private enum Schema: String, CaseIterable { case board1 = "board/1" }
    private enum Generator: String, CaseIterable { case hardware = "hardware-pwm", software }
    private enum Cable: String, CaseIterable { case tethered, socket }

    private struct Pilot {
        var sensing: PilotSensing?
        var isHardware: Bool?
        var hasRelay: Bool?
    }

    private struct Safety {
        var gate: Bool?
        var hold: Int64?
        var gateReadback = false
        var residual: Bool?
        var residualTest: Bool?
        var earth = false
        var voltage = false
    }

    private struct Temperatures {
        var board = false
        var plug = false
    }

    func read() -> BoardProfile? {
        _ = root.choice("schema", of: Schema.self)
        let id = root.string("id", length: 1...32)
        let product = root.string("product", length: 1...64)
        let kind = root.choice("kind", of: BoardKind.self)
        let bench = root.boolean("bench", required: false) ?? false
        let emulated = root.boolean("emulated", required: false) ?? false
        if emulated, kind == .simulated {
            root.report("emulated", expected: "false on a board of kind \"simulated\"", found: "true")
        }
        let phases = root.integer("phases", oneOf: [1, 3])
        let rated = root.integer("rated_current_ma", in: BoardProfile.currentRange)
        let ventilation = root.boolean("ventilation", required: false) ?? false
        let cable = readCable()
        let lock = cable == .socket ? root.boolean("plug_lock") : root.boolean("plug_lock", required: false)
        if lock == true, cable != .socket {
            root.report("plug_lock", expected: "false on a tethered cable", found: "true")
        }
        let switching = readContactor(phases)
        let pilot = readPilot(kind, bench: bench)
        let wiring =
            kind == .gpio
            ? GPIOWiringReader(root: root).read(
                cable: cable, sensing: pilot.sensing, isHardware: pilot.isHardware) : nil
        let safety = readSafety(kind, wiring, bench: bench)
        let temperatures = readTemperatures(kind, wiring)
        if kind == .gpio, let wiring {
            if wiring.lockMotor != nil, lock != true {
                root.report("lock_motor", expected: "plug_lock = true, or no motor", found: root.words("plug_lock"))
            }
            LineCheck(root: root, wiring: wiring).check(
                needed: needed(pilot, safety, lock: lock ?? false, hasMotor: wiring.lockMotor != nil),
                ventilation: ventilation, switching: switching)
        }
        guard let id, let product, let kind, let phases, let rated, let cable, let sensing = pilot.sensing,
            let isHardware = pilot.isHardware, let hasRelay = pilot.hasRelay, let gate = safety.gate,
            let residual = safety.residual, let residualTest = safety.residualTest, !document.hasMistakes
        else { return nil }
        return BoardProfile(
            id: id, product: product, kind: kind, bench: bench, isEmulated: emulated, phases: Int(phases),
            ratedCurrent: Milliamps(Int32(rated)), cable: cable, pilotSensing: sensing, hasHardwarePilot: isHardware,
            hasPilotRelay: hasRelay, hasCoilGate: gate, coilGateHold: .milliseconds(safety.hold ?? 0),
            hasResidualPath: residual, hasResidualTest: residualTest, hasVentilation: ventilation,
            hasPlugLock: lock ?? false, hasPhaseSwitching: switching,
            hasBothFeedbacks: wiring?.hasBothFeedbacks(phases: Int(phases), switching: switching) ?? true,
            hasGateReadback: safety.gateReadback, watchesEarth: safety.earth, watchesVoltage: safety.voltage,
            hasBoardTemperature: temperatures.board, hasPlugTemperature: temperatures.plug, wiring: wiring,
            fileBytes: document.bytes)
    }

    private func readContactor(_ phases: Int64?) -> Bool {
        guard let table = root.table("contactor", required: false) else { return false }
        let switching = table.boolean("phase_switching", required: false) ?? false
        if switching, phases == 1 {
            table.report("phase_switching", expected: "false on a board of one phase", found: "true")
        }
        return switching
    }

    /// The plant says of itself what it senses; the GPIO driver reads files.
    private func readTemperatures(_ kind: BoardKind?, _ wiring: GPIOWiring?) -> Temperatures {
        guard kind == .simulated else {
            return Temperatures(board: wiring?.boardTemperature != nil, plug: wiring?.plugTemperature != nil)
        }
        guard let table = root.table("temperature", required: false) else { return Temperatures() }
        return Temperatures(
            board: table.boolean("board", required: false) ?? false,
            plug: table.boolean("plug", required: false) ?? false)
    }

    private func readCable() -> CableKind? {
        guard let table = root.table("cable") else { return nil }
        switch table.choice("kind", of: Cable.self) {
        case .tethered:
            guard let rated = table.integer("rated_current_ma", in: BoardProfile.currentRange) else { return nil }
            return .tethered(rated: Milliamps(Int32(rated)))
        case .socket: return .socket
        case nil:
            table.allowAnyKey()
            return nil
        }
    }

    private func readPilot(_ kind: BoardKind?, bench: Bool) -> Pilot {
        guard let table = root.table("pilot") else { return Pilot() }
        var pilot = Pilot()
        if table.has("sensing"), table.words("sensing") == "the string \"free-running-adc\"" {
            table.report(
                "sensing",
                expected: "peaks taken in phase with the pilot ("
                    + PilotSensing.allCases.map(\.rawValue)
                    .joined(separator: ", ") + ")", found: "a converter that runs free and misses short pulses")
        } else {
            pilot.sensing = table.choice("sensing", of: PilotSensing.self)
        }
        pilot.isHardware = table.choice("generator", of: Generator.self).map { $0 == .hardware }
        pilot.hasRelay = table.boolean("relay", required: false) ?? false
        if pilot.isHardware == false, !bench {
            table.report("generator", expected: "\"hardware-pwm\", or bench = true", found: "\"software\"")
        }
        return pilot
    }

    private func readSafety(_ kind: BoardKind?, _ wiring: GPIOWiring?, bench: Bool) -> Safety {
        guard let table = root.table("safety") else { return Safety() }
        var safety = Safety()
        safety.gate = table.boolean("coil_gate")
        safety.hold = table.integer("coil_gate_hold_ms", in: 100...200, required: safety.gate == true)
        safety.residual = table.boolean("residual_path")
        safety.residualTest = table.boolean("residual_test", required: false) ?? false
        // Where a profile says nothing, a line that is there is used.
        safety.gateReadback =
            table.boolean("gate_readback", required: false) ?? (wiring?.lines[.gateReadback] != nil)
        safety.earth = table.boolean("earth_watch", required: false) ?? (wiring?.lines[.earth] != nil)
        safety.voltage = table.boolean("voltage_watch", required: false) ?? false
        for (key, value) in [("coil_gate", safety.gate), ("residual_path", safety.residual)]
        where value == false && !bench {
            table.report(key, expected: "true, or bench = true", found: "false")
        }
        if safety.gateReadback, safety.gate == false {
            table.report("gate_readback", expected: "false on a board without a coil gate", found: "true")
        }
        if safety.voltage, kind == .gpio {
            table.report("voltage_watch", expected: "false: the GPIO driver measures no mains voltage", found: "true")
        }
        return safety
    }

    /// The lines that must be there for what the other tables promise.
    private func needed(_ pilot: Pilot, _ safety: Safety, lock: Bool, hasMotor: Bool) -> [LineRole] {
        var needed: [LineRole] = [.contactorEnable]
        if safety.gate == true { needed.append(.coilGate) }
        if safety.gateReadback { needed.append(.gateReadback) }
        if pilot.hasRelay == true { needed.append(.pilotRelay) }
        if safety.residual == true { needed += [.residualDC, .residualAC] }
        if safety.residualTest == true { needed.append(.residualTest) }
        if safety.earth { needed.append(.earth) }
        if lock { needed += hasMotor ? [.lockFeedback] : [.plugLock, .lockFeedback] }
        return needed
    }
}
