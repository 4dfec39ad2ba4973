import ConfigurationText
import Quantities

/// The format of `Board/profiles/*.toml`, schema `board/1`: this file owns it.
extension BoardProfile {
    /// The largest current that the pilot can offer: IEC 61851-1 table A.8.
    static let currentRange: ClosedRange<Int64> = 6_000...80_000

    /// Reads a profile.
    ///
    /// - Throws: `BoardError.profile` with every mistake in the file.
    public static func load(path: String) throws(BoardError) -> BoardProfile {
        try BoardProfile { () throws(ConfigurationError) in try TomlDocument(path: path) }
    }

    /// Reads a profile from the bytes of a file that mistakes call `file`.
    ///
    /// - Throws: `BoardError.profile` with every mistake in the text.
    public init(bytes: [UInt8], file: String) throws(BoardError) {
        try self.init { () throws(ConfigurationError) in try TomlDocument(bytes: bytes, file: file) }
    }

    private init(_ open: () throws(ConfigurationError) -> TomlDocument) throws(BoardError) {
        do throws(ConfigurationError) {
            let document = try open()
            let reader = BoardProfileReader(document)
            let profile = reader.read()
            try document.finish()
            guard let profile else { invariantBroken("a board profile without mistakes has every value") }
            self = profile
        } catch {
            throw .profile(error)
        }
    }
}

/// Walks one profile and notes every mistake in the document.
private struct BoardProfileReader {
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
        var residual: Bool?
        var residualTest: Bool?
    }

    func read() -> BoardProfile? {
        _ = root.choice("schema", of: Schema.self)
        let id = root.string("id", length: 1...32)
        let product = root.string("product", length: 1...64)
        let kind = root.choice("kind", of: BoardKind.self)
        let bench = root.boolean("bench", required: false) ?? false
        let phases = root.integer("phases", oneOf: [1, 3])
        let rated = root.integer("rated_current_ma", in: BoardProfile.currentRange)
        let ventilation = root.boolean("ventilation", required: false) ?? false
        let cable = readCable()
        let lock = cable == .socket ? root.boolean("plug_lock") : root.boolean("plug_lock", required: false)
        if lock == true, cable != .socket {
            root.report("plug_lock", expected: "false on a tethered cable", found: "true")
        }
        let pilot = readPilot(kind, bench: bench)
        let safety = readSafety(bench: bench)
        let wiring = kind == .gpio ? GPIOWiringReader(root: root).read(cable: cable, lock: lock ?? false) : nil
        if kind == .gpio, let wiring { check(wiring, pilot, safety) }
        guard let id, let product, let kind, let phases, let rated, let cable, let sensing = pilot.sensing,
            let isHardware = pilot.isHardware, let hasRelay = pilot.hasRelay, let gate = safety.gate,
            let residual = safety.residual, let residualTest = safety.residualTest, !document.hasMistakes
        else { return nil }
        return BoardProfile(
            id: id, product: product, kind: kind, bench: bench, phases: Int(phases),
            ratedCurrent: Milliamps(Int32(rated)), cable: cable, pilotSensing: sensing, hasHardwarePilot: isHardware,
            hasPilotRelay: hasRelay, hasCoilGate: gate, coilGateHold: .milliseconds(safety.hold ?? 0),
            hasResidualPath: residual, hasResidualTest: residualTest, hasVentilation: ventilation,
            hasPlugLock: lock ?? false, wiring: wiring, fileBytes: document.bytes)
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

    private func readSafety(bench: Bool) -> Safety {
        guard let table = root.table("safety") else { return Safety() }
        var safety = Safety()
        safety.gate = table.boolean("coil_gate")
        safety.hold = table.integer("coil_gate_hold_ms", in: 100...200, required: safety.gate == true)
        safety.residual = table.boolean("residual_path")
        safety.residualTest = table.boolean("residual_test", required: false) ?? false
        for (key, value) in [("coil_gate", safety.gate), ("residual_path", safety.residual)]
        where value == false && !bench {
            table.report(key, expected: "true, or bench = true", found: "false")
        }
        return safety
    }

    /// The lines must be there for what the other tables promise.
    private func check(_ wiring: GPIOWiring, _ pilot: Pilot, _ safety: Safety) {
        var needed: [LineRole] = [.contactorEnable]
        if safety.gate == true { needed.append(.coilGate) }
        if pilot.hasRelay == true { needed.append(.pilotRelay) }
        if safety.residual == true { needed += [.residualDC, .residualAC] }
        if safety.residualTest == true { needed.append(.residualTest) }
        if root.has("plug_lock"), root.boolean("plug_lock") == true { needed += [.plugLock, .lockFeedback] }
        for role in needed where wiring.lines[role] == nil {
            root.report("line", expected: "a line with role \"\(role.rawValue)\"", found: "none")
        }
        // Two senses tell a weld from a lost feedback; one is the least with which any weld can be seen.
        if wiring.lines[.contactorAuxiliary] == nil, wiring.lines[.loadVoltage] == nil {
            root.report(
                "line", expected: "a line with role \"contactor-auxiliary\" or \"load-voltage\"", found: "neither")
        }
    }
}
