import BoardIO
import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

/// The plant's end of the socket, driven by a test.
final class PlantEnd: @unchecked Sendable {
    let path: String
    private var listener: Int32
    private var connection: Int32 = -1

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "wattseal-\(UUID().uuidString.prefix(8))").path
        listener = PlantEnd.listen(path)
    }

    deinit {
        close(listener)
        close(connection)
        unlink(path)
    }

    private static func listen(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        Glibc.listen(descriptor, 4)
        return descriptor
    }

    func accept() { connection = Glibc.accept(listener, nil, nil) }

    func disconnect() {
        close(connection)
        connection = -1
    }

    /// Ends the plant: nobody listens any more.
    func vanish() {
        disconnect()
        close(listener)
        unlink(path)
    }

    func comeBack() { listener = PlantEnd.listen(path) }

    func send(_ sample: BoardSample) { send(bytes(of: .sample(sample))) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// The next frame of the driver; waits for it at most so many milliseconds.
    func next(within patience: Int32 = 2_000) -> PlantFrame? {
        var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, patience) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? try? frame(from: Array(buffer[..<count])) : nil
    }
}

func now() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}

func goodSample(_ high: Int32, at: MonotonicInstant = now()) -> BoardSample {
    var sample = BoardSample()
    sample.number = 1
    sample.at = at
    sample.pilotAt = at
    sample.pilotHigh = Millivolts(high)
    sample.pilotLow = Millivolts(high)
    sample.pilotValid = true
    sample.inputsValid = true
    sample.emergencyStop = false
    sample.residualDC = false
    sample.residualAC = false
    return sample
}

@Suite("The simulated board")
struct SimulatedBoardTests {
    let plant = PlantEnd()
    let profile: BoardProfile

    init() throws { profile = try BoardProfile.load(path: profiles.appending(path: "simulated.toml").path) }

    /// A started board whose first sample had +12 V.
    func started() throws -> SimulatedBoard {
        let board = try SimulatedBoard(profile: profile, socketPath: plant.path)
        let first = Mutex<PlantFrame?>(nil)
        let other = Thread { [plant] in
            plant.accept()
            first.withLock { $0 = plant.next() }
            plant.send(goodSample(12_000))
        }
        other.start()
        try board.start()
        guard case .outputs(let outputs, _)? = first.withLock({ $0 }) else {
            Issue.record("the first frame is not outputs")
            return board
        }
        #expect(outputs == .safe, "the enable is low before the first pulse")
        return board
    }

    @Test("before the start nothing is known and nothing is sent")
    func beforeStart() throws {
        let board = try SimulatedBoard(profile: profile, socketPath: plant.path)
        board.pulseGate()
        board.apply(.safe)
        board.openContactor()
        #expect(board.sample() == .none)
        #expect(board.sample().emergencyStop && board.sample().residualDC && board.sample().residualAC)
    }

    @Test("samples come with their own moments, outputs and pulses go at once")
    func exchange() throws {
        let board = try started()
        #expect(board.sample().pilotHigh == Millivolts(12_000))
        let outputs = BoardOutputs(pilot: .pwm(highTime: Nanoseconds(500_000)), contactorEnable: true, lock: true)
        board.apply(outputs)
        board.pulseGate()
        guard case .outputs(outputs, let sent)? = plant.next() else {
            Issue.record("no outputs")
            return
        }
        guard case .pulse(let pulsed)? = plant.next() else {
            Issue.record("no pulse")
            return
        }
        #expect(sent <= pulsed && pulsed <= now())
        let at = now()
        plant.send(goodSample(9_000, at: at))
        #expect(eventually { board.sample().pilotHigh == Millivolts(9_000) })
        #expect(board.sample().at == at && board.sample().pilotAt == at && board.sample().number == 2)
        board.openContactor()
        guard case .outputs(.safe, _)? = plant.next() else {
            Issue.record("no opening")
            return
        }
        #expect(board.report().connected && board.report().samples == 2)
        board.stop()
        board.stop()
        #expect(!board.report().connected)
    }

    @Test("a plant cannot make a sample look fresher than now, nor send an older one after a newer one")
    func moments() throws {
        let board = try started()
        let newest = board.sample().at
        var old = goodSample(6_000, at: newest - .milliseconds(5))
        plant.send(old)
        #expect(eventually { board.report().refused == 1 })
        #expect(board.sample().pilotHigh == Millivolts(12_000))
        old.at = now() + .seconds(3_600)
        old.pilotAt = old.at
        plant.send(old)
        #expect(eventually { board.sample().pilotHigh == Millivolts(6_000) })
        #expect(board.sample().pilotAt <= now())
        plant.send(goodSample(3_000))
        #expect(eventually { board.sample().pilotHigh == Millivolts(3_000) }, "the lie does not shut out the truth")
        board.stop()
    }

    @Test("a lost plant is unknown at once, gets no pulses, and comes back with the enable low")
    func loss() throws {
        let board = try started()
        let last = board.sample()
        plant.vanish()
        #expect(eventually { !board.sample().pilotValid })
        #expect(board.sample().pilotAt == last.pilotAt && !board.sample().inputsValid && board.sample().emergencyStop)
        #expect(board.report().losses == 1)
        board.pulseGate()
        board.apply(BoardOutputs(pilot: .x1, contactorEnable: true, lock: false))
        #expect(board.report().writeFailures == 0, "nothing was sent into the dead link")
        plant.comeBack()
        plant.accept()
        guard case .outputs(.safe, _)? = plant.next() else {
            Issue.record("the enable is not low first")
            return
        }
        plant.send(goodSample(9_000))
        #expect(eventually { board.sample().pilotHigh == Millivolts(9_000) && board.sample().pilotValid })
        board.pulseGate()
        guard case .pulse? = plant.next() else {
            Issue.record("no pulse after the return")
            return
        }
        board.stop()
    }

    @Test("a frame that is none ends the link", arguments: [[], [1, 2, 3], bytes(of: .pulse(at: now()))])
    func malformed(_ bytes: [UInt8]) throws {
        let board = try started()
        plant.send(bytes.isEmpty ? [UInt8](repeating: 0, count: 200) : bytes)
        #expect(eventually { board.report().losses == 1 && board.report().refused == 1 })
        #expect(!board.sample().pilotValid)
        board.stop()
    }

    @Test("no plant, a silent plant and a plant that closes are told apart")
    func refusals() throws {
        let nowhere = try SimulatedBoard(profile: profile, socketPath: "/nowhere/plant")
        #expect(throws: BoardError.plantUnreachable(path: "/nowhere/plant", call: "connect", errno: ENOENT)) {
            try nowhere.start()
        }
        let silent = try SimulatedBoard(profile: profile, socketPath: plant.path)
        #expect(throws: BoardError.plantSilent(path: plant.path, milliseconds: 1_000)) { try silent.start() }
        plant.accept()
        let closing = Thread { [plant] in
            plant.accept()
            plant.disconnect()
        }
        closing.start()
        let refused = try SimulatedBoard(profile: profile, socketPath: plant.path)
        #expect(throws: BoardError.plantRefused(path: plant.path)) { try refused.start() }
        let long = String(repeating: "x", count: 200)
        let tooLong = try SimulatedBoard(profile: profile, socketPath: long)
        #expect(throws: BoardError.socketPathTooLong(path: long, bytes: 200, limit: 107)) { try tooLong.start() }
    }

    @Test("a plant that stops reading blocks nobody")
    func fullSocket() throws {
        let board = try started()
        let begun = now()
        for _ in 0..<5_000 {
            board.apply(.safe)
            board.pulseGate()
        }
        #expect(now() - begun < .seconds(2))
        #expect(board.report().writeFailures > 0)
        board.stop()
    }

    @Test("outputs that did not go out leave the gate without pulses, until others do")
    func unsentOutputs() throws {
        let board = try started()
        let wanted = BoardOutputs(pilot: .x1, contactorEnable: true, lock: false)
        for _ in 0..<5_000 where board.report().writeFailures == 0 { board.apply(wanted) }
        #expect(board.report().writeFailures == 1)
        // Now there is room for a pulse, and the plant still has the outputs of before.
        var taken = 0
        while case .outputs? = plant.next(within: 0) { taken += 1 }
        #expect(taken > 0)
        board.pulseGate()
        #expect(plant.next(within: 0) == nil)
        board.apply(.safe)
        board.pulseGate()
        guard case .outputs(.safe, _)? = plant.next(), case .pulse? = plant.next() else {
            Issue.record("no outputs and no pulse")
            return
        }
        board.stop()
    }

    @Test("a broken invariant opens the contactor before the process traps")
    func lastAct() async throws {
        let frames = Mutex<[PlantFrame]>([])
        let done = Mutex(false)
        let other = Thread { [plant] in
            plant.accept()
            plant.send(goodSample(12_000))
            while let frame = plant.next() { frames.withLock { $0.append(frame) } }
            done.withLock { $0 = true }
        }
        other.start()
        await #expect(processExitsWith: .failure) { [path = plant.path as String, file = #filePath as String] in
            let folder = URL(filePath: file).deletingLastPathComponent()
            let profile = try BoardProfile.load(path: folder.path + "/../../Board/profiles/simulated.toml")
            let board = try SimulatedBoard(profile: profile, socketPath: path)
            try board.start()
            setLastAct(openingContactorsOf: [board])
            board.apply(BoardOutputs(pilot: .x1, contactorEnable: true, lock: false))
            invariant(board.sample().number == 0, "a test breaks this")
        }
        #expect(eventually { done.withLock { $0 } })
        let enables: [Bool] = frames.withLock { $0 }.compactMap { frame in
            if case .outputs(let outputs, _) = frame { outputs.contactorEnable } else { nil }
        }
        #expect(enables == [false, true, false])
    }
}
