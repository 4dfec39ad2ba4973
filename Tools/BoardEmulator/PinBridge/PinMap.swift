import BoardIO
import Quantities

/// Which pin shows and drives what: the board's profile, and the chip's own table of line names.
struct PinMap: Equatable {
    /// A line of the chip.
    struct Line: Equatable {
        var role: LineRole
        var name: String
        var activeLow: Bool
    }

    /// Output lines by their offset on the chip.
    private(set) var outputs: [Int: Line] = [:]
    /// What the agent is told to move, without the value, in the order of `values(of:)`.
    private(set) var commands: [String] = []
    private var inputs: [Line] = []
    private let high: GPIOWiring.ConverterChannel
    private let low: GPIOWiring.ConverterChannel

    /// The largest count of the emulated converter.
    static let fullScale: Int64 = 4_095

    /// - Parameters:
    ///   - profile: the board's, wired with GPIO lines and peak detectors.
    ///   - path: where it was read, for what is wrong with it.
    ///   - table: the text of `Guest/lines.txt`: offset, name and first pull of each line.
    init(profile: BoardProfile, path: String, table: String) throws(BridgeError) {
        guard let wiring = profile.wiring, case .peakDetectors(let high, let low, nil) = wiring.pilot else {
            throw .profile(path: path, expected: "GPIO lines and peak detectors without resets", found: "another board")
        }
        self.high = high
        self.low = low
        let offsets = Self.offsets(table)
        for (role, line) in wiring.lines.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let offset = offsets[line.text] else {
                throw .lines(path: path, expected: "a line named \(line.text) on the emulated chip", found: "none")
            }
            if role.isOutput {
                guard Self.isDriven(role) else {
                    throw .profile(path: path, expected: "an output that the plant has", found: role.rawValue)
                }
                outputs[offset] = Line(role: role, name: line.text, activeLow: line.activeLow)
            } else {
                inputs.append(Line(role: role, name: line.text, activeLow: line.activeLow))
                commands.append("i \(offset)")
            }
        }
        // The converter's temperature channels: the board's, then the plug's.
        commands += ["a \(high.channel)", "a \(low.channel)", "t 0", "t 1"]
    }

    /// What each of `commands` has to show; nil where the plant has nothing to show.
    func values(of sample: BoardSample) throws(BridgeError) -> [Int64?] {
        var values: [Int64?] = []
        values.reserveCapacity(commands.count)
        for input in inputs {
            guard let isActive = Self.level(of: input.role, in: sample) else { throw .unknownInput(line: input.name) }
            values.append(isActive != input.activeLow ? 1 : 0)
        }
        values.append(Self.count(sample.pilotHigh, on: high))
        values.append(Self.count(sample.pilotLow, on: low))
        values.append(sample.boardTemperature.map { Int64($0.rawValue) * 100 })
        values.append(sample.plugTemperature.map { Int64($0.rawValue) * 100 })
        return values
    }

    /// Puts an output line's level into what the board drives; the gate's line is no level, and changes nothing.
    func apply(_ output: Line, isHigh: Bool, to outputs: inout BoardOutputs) {
        let isActive = isHigh != output.activeLow
        switch output.role {
        case .contactorEnable: outputs.contactorEnable = isActive
        case .phaseRelay: outputs.phases = isActive ? .three : .single
        case .pilotRelay: outputs.pilotConnected = isActive
        case .residualTest: outputs.residualSelfTest = isActive
        case .ventilation: outputs.ventilation = isActive
        case .plugLock: outputs.lock = isActive
        default: break
        }
    }

    private static func isDriven(_ role: LineRole) -> Bool {
        switch role {
        case .contactorEnable, .coilGate, .phaseRelay, .pilotRelay, .residualTest, .ventilation, .plugLock: true
        default: false
        }
    }

    /// Whether the plant makes this input active; nil where it does not know, or has no such thing.
    private static func level(of role: LineRole, in sample: BoardSample) -> Bool? {
        switch role {
        case .contactorAuxiliary: sample.mirror == .unknown ? nil : sample.mirror == .closed
        case .secondAuxiliary: sample.secondMirror == .unknown ? nil : sample.secondMirror == .closed
        case .loadVoltage: sample.loadL1 == .unknown ? nil : sample.loadL1 == .live
        case .loadVoltageL2: sample.loadL2 == .unknown ? nil : sample.loadL2 == .live
        case .loadVoltageL3: sample.loadL3 == .unknown ? nil : sample.loadL3 == .live
        case .earth: sample.earth == .unknown ? nil : sample.earth == .present
        case .gateReadback: sample.gate == .unknown ? nil : sample.gate == .held
        case .lockFeedback: sample.lock == .unknown ? nil : sample.lock == .locked
        case .enclosure: sample.enclosureOpen
        case .supplyLow: sample.supplyLow
        case .fanFeedback: sample.fanRuns
        case .localReset: sample.localReset
        case .emergencyStop: sample.emergencyStop
        case .residualDC: sample.residualDC
        case .residualAC: sample.residualAC
        default: nil
        }
    }

    /// The converter's nearest count for a voltage at the board's terminal.
    private static func count(_ voltage: Millivolts, on channel: GPIOWiring.ConverterChannel) -> Int64 {
        let microvolts = (Int64(voltage.rawValue) - Int64(channel.offset.rawValue)) * 1_000
        let half = channel.microvoltsPerCount / 2
        return min(max((microvolts + half) / channel.microvoltsPerCount, 0), fullScale)
    }

    private static func offsets(_ table: String) -> [String: Int] {
        var offsets: [String: Int] = [:]
        for row in table.split(separator: "\n") {
            let words = row.split(separator: " ")
            if words.count == 3, let offset = Int(words[0]) { offsets[String(words[1])] = offset }
        }
        return offsets
    }
}
