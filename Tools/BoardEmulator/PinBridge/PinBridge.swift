import BoardIO
import Glibc
import Quantities

/// Between the pins of an emulated board and the plant.
///
/// To the plant it is the firmware of a board: outputs and gate pulses go there with the moment at which the board's kernel
/// logged them, samples come back and become pulls of lines and counts of the converter. It keeps the last level of each
/// output when nothing comes any more: that is what pins do.
struct PinBridge {
    private let pins: Int32
    private let plant: Int32
    private let map: PinMap
    private let log: Int32
    /// The model's gate never drops.
    private let isGateHeld: Bool
    private var clock = BoardClock()
    private var outputs = BoardOutputs.safe
    private var shown: [Int64?]
    private var held: [UInt8] = []
    private(set) var pulses = 0

    /// How often the board is asked for its time.
    private static let clockPeriod = Nanoseconds.milliseconds(250)
    /// The longest wait for either side, in milliseconds: shorter than the gate's one-shot holds.
    private static let turn: Int32 = 50

    /// - Parameters:
    ///   - pins: a stream socket to the board's agent.
    ///   - plant: the plant's board socket.
    ///   - log: takes a line for each change of an output but the gate's.
    init(pins: Int32, plant: Int32, map: PinMap, log: Int32, isGateHeld: Bool) {
        (self.pins, self.plant, self.map, self.log, self.isGateHeld) = (pins, plant, map, log, isGateHeld)
        shown = Array(repeating: nil, count: map.commands.count)
    }

    /// Runs until one of both sides is gone.
    mutating func run() throws(BridgeError) {
        // As every driver does on a new connection: the enable low before anything else.
        try tell(.outputs(outputs, at: monotonicNow()))
        var asked: MonotonicInstant?
        while true {
            let now = monotonicNow()
            if asked.map({ now - $0 >= Self.clockPeriod }) ?? true {
                asked = now
                try say("s\n")
            }
            var entries = [pollfd(fd: pins, events: Int16(POLLIN), revents: 0)]
            entries.append(pollfd(fd: plant, events: Int16(POLLIN), revents: 0))
            _ = poll(&entries, nfds_t(entries.count), Self.turn)
            if isGateHeld { try tell(.pulse(at: monotonicNow())) }
            if entries[0].revents != 0 { try hear() }
            if entries[1].revents != 0 { try sense() }
        }
    }

    /// Goes on without the board: a gate that never drops needs no pulses.
    func holdGate() throws(BridgeError) {
        while true {
            try tell(.pulse(at: monotonicNow()))
            _ = poll(nil, 0, Self.turn)
        }
    }

    // MARK: The board

    private mutating func hear() throws(BridgeError) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(pins, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        let arrived = monotonicNow()
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { throw .boardEnded }
        held += buffer[..<count]
        while let end = held.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: held[..<end], as: UTF8.self)
            held.removeFirst(end + 1)
            try take(AgentLine(Substring(line)), arrived: arrived)
        }
    }

    private mutating func take(_ line: AgentLine, arrived: MonotonicInstant) throws(BridgeError) {
        switch line {
        case .time(let at): clock.note(board: at, arrived: arrived)
        case .output(let at, let offset, let isHigh):
            guard let output = map.outputs[offset] else { throw .unknownOutput(offset: offset) }
            if output.role == .coilGate {
                pulses += 1
                return try tell(.pulse(at: clock.own(at)))
            }
            map.apply(output, isHigh: isHigh, to: &outputs)
            note(at, output.name, isHigh ? 1 : 0)
            try tell(.outputs(outputs, at: clock.own(at)))
        case .pilot(let at, let pilot):
            outputs.pilot = pilot
            note(at, "PILOT", Self.highTime(pilot).rawValue)
            try tell(.outputs(outputs, at: clock.own(at)))
        case .fault(let at): note(at, "FAULT", 1)
        case .outOfMemory(let at, let process): note(at, "OUT_OF_MEMORY", process)
        case .remark(let words): write("pin-bridge: the board says: \(words)")
        }
    }

    /// What the pilot's log line says: nanoseconds in each period.
    private static func highTime(_ pilot: PilotOutput) -> Nanoseconds {
        switch pilot {
        case .x1: PilotOutput.period
        case .pwm(let highTime): highTime
        case .off: .zero
        }
    }

    private func say(_ text: String) throws(BridgeError) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            let count = rest.withUnsafeBytes { send(pins, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .boardEnded }
            done += count
        }
    }

    // MARK: The plant

    private func tell(_ frame: PlantFrame) throws(BridgeError) {
        let isTaken = withUnsafeTemporaryAllocation(byteCount: PlantFrame.longest, alignment: 8) { buffer in
            let length = frame.write(into: buffer)
            while true {
                let count = send(plant, buffer.baseAddress, length, Int32(MSG_NOSIGNAL))
                if count >= 0 || errno != EINTR { return count == length }
            }
        }
        guard isTaken else { throw .plantEnded(nil) }
    }

    private mutating func sense() throws(BridgeError) {
        guard let sample = try newestSample() else { return }
        guard sample.inputsValid, sample.pilotValid else { throw .unknownInput(line: "what the plant senses") }
        let values = try map.values(of: sample)
        var text = ""
        for (place, value) in values.enumerated() where value != nil && value != shown[place] {
            shown[place] = value
            text += "\(map.commands[place]) \(value ?? 0)\n"
        }
        if !text.isEmpty { try say(text) }
    }

    /// Only the newest sample counts: the pins have the state of now.
    private func newestSample() throws(BridgeError) -> BoardSample? {
        var newest: BoardSample?
        while let frame = try nextFrame() {
            guard case .sample(let sample) = frame else {
                throw .plantEnded(.frame(offset: 4, expected: "a sample", found: "another frame"))
            }
            newest = sample
        }
        return newest
    }

    private func nextFrame() throws(BridgeError) -> PlantFrame? {
        let outcome: Result<PlantFrame?, BridgeError> = withUnsafeTemporaryAllocation(
            byteCount: PlantFrame.longest + 1, alignment: 8
        ) { buffer in
            let count = recv(plant, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { return .success(nil) }
            guard count > 0 else { return .failure(.plantEnded(nil)) }
            do throws(BoardError) {
                return .success(try PlantFrame(reading: UnsafeRawBufferPointer(rebasing: buffer[0..<count])))
            } catch {
                return .failure(.plantEnded(error))
            }
        }
        return try outcome.get()
    }

    // MARK: The log

    private func note(_ at: MonotonicInstant, _ name: String, _ value: Int64) {
        let fraction = String(at.nanoseconds % 1_000_000_000 / 1_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        write("\(clock.own(at).nanoseconds) \(at.nanoseconds / 1_000_000_000).\(zeros)\(fraction) \(name) \(value)")
    }

    func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(log, bytes, bytes.count)
    }
}

/// The kernel's monotonic clock.
func monotonicNow() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}
