import BoardIO
import Foundation
import Glibc
import Quantities
import Simulator
import Synchronization
import Testing

/// Drives a board like a firmware: the same outputs and a pulse every 5 ms, until it is told to die.
private final class Firmware: @unchecked Sendable {
    let board: SimulatedBoard
    let outputs = Mutex(BoardOutputs.safe)
    let dead = Mutex(false)

    init(_ board: SimulatedBoard) {
        self.board = board
        let thread = Thread { [self] in
            // Where the right to it is there, as the control thread: a busy machine is not what these tests are about.
            var parameters = sched_param(sched_priority: 60)
            pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
            while !dead.withLock({ $0 }) {
                board.apply(outputs.withLock { $0 })
                board.pulseGate()
                usleep(5_000)
            }
        }
        thread.start()
    }

    func drive(_ next: BoardOutputs) { outputs.withLock { $0 = next } }
    func die() { dead.withLock { $0 = true } }
}

private let offer = PilotOutput.pwm(highTime: Nanoseconds(533_334))

@Suite("The plant as a process", .serialized)
struct PlantServersTests {
    @Test("it says when it is ready and where, and SIGTERM removes what it made")
    func readyAndGone() throws {
        let plant = try RunningPlant()
        let path = plant.folder.path
        #expect(
            plant.ready
                == "ready socket=\(path)/board tcp=127.0.0.1:\(plant.tcpPort) rtu=\(path)/meter control=\(path)/control"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["board", "control", "meter"])
        kill(plant.process.processIdentifier, SIGTERM)
        plant.process.waitUntilExit()
        #expect(plant.process.terminationStatus == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
    }

    @Test("a second plant in the same place is refused, a dead one's leftovers are not in the way")
    func places() throws {
        let plant = try RunningPlant()
        let second = Process()
        second.executableURL = try RunningPlant.executable()
        second.arguments = ["--socket", plant.folder.path + "/board"]
        let errors = Pipe()
        second.standardError = errors
        try second.run()
        second.waitUntilExit()
        #expect(second.terminationStatus == 1)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(said == "plant: error: \(plant.folder.path)/board: another process listens there\n")
        kill(plant.process.processIdentifier, SIGKILL)
        plant.process.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: plant.folder.path + "/board"))
        let heir = Process()
        heir.executableURL = try RunningPlant.executable()
        heir.arguments = ["--socket", plant.folder.path + "/board", "--meter-rtu", plant.folder.path + "/meter"]
        let output = Pipe()
        heir.standardOutput = output
        try heir.run()
        #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("ready".utf8))
        kill(heir.processIdentifier, SIGTERM)
        heir.waitUntilExit()
        #expect(heir.terminationStatus == 0)
    }

    @Test("control: lines in pieces, several in one packet, clear errors, an endless line ends the connection")
    func control() throws {
        let plant = try RunningPlant()
        let descriptor = try connectUnix(plant.folder.path + "/control")
        defer { close(descriptor) }
        for byte in "plug\n".utf8 { writeAll(descriptor, [byte]) }
        #expect(readExactly(descriptor, 3) == Array("ok\n".utf8))
        writeAll(descriptor, Array("dance\nwant off\r\n".utf8))
        let answers = Array("error: unknown command \"dance\"; try help\nok\n".utf8)
        #expect(readExactly(descriptor, answers.count) == answers)
        writeAll(descriptor, [UInt8](repeating: 0x78, count: 5_000))
        #expect(readSome(descriptor) == [])
        #expect(try plant.ask("quit") == "ok")
        plant.process.waitUntilExit()
        #expect(plant.process.terminationStatus == 0)
    }

    @Test("Modbus TCP: a raw client reads the energy, in pieces, with exceptions and faults")
    func tcp() throws {
        let plant = try RunningPlant()
        let descriptor = try connectTCP(plant.tcpPort)
        defer { close(descriptor) }
        let energy = ModbusTCPFraming.frame([4, 0, 0x48, 0, 2], unit: 1, transaction: 7)
        for byte in energy { writeAll(descriptor, [byte]) }
        #expect(readExactly(descriptor, 13) == [0, 7, 0, 0, 0, 7, 1, 4, 4, 0x44, 0x9A, 0x52, 0x25])
        writeAll(descriptor, energy + ModbusTCPFraming.frame([3, 0xFC, 0, 0, 2], unit: 1, transaction: 8))
        #expect(readExactly(descriptor, 26).suffix(13) == [0, 8, 0, 0, 0, 7, 1, 3, 4, 0x01, 0x58, 0x1A, 0x2B])
        writeAll(descriptor, ModbusTCPFraming.frame([4, 9, 0, 0, 2], unit: 1, transaction: 9))
        #expect(readExactly(descriptor, 9) == [0, 9, 0, 0, 0, 3, 1, 0x84, 2])
        writeAll(descriptor, ModbusTCPFraming.frame([4, 0, 0, 0, 2], unit: 5, transaction: 10))
        #expect(readExactly(descriptor, 9) == [0, 10, 0, 0, 0, 3, 5, 0x84, 0x0B])
        _ = try plant.ask("meter drop 1")
        writeAll(descriptor, energy)
        #expect(readSome(descriptor, 200) == nil)
        _ = try plant.ask("meter late 300 1")
        let asked = now()
        writeAll(descriptor, energy)
        #expect(readExactly(descriptor, 13).count == 13)
        #expect(now() - asked >= .milliseconds(299))
        _ = try plant.ask("meter crc 1")
        writeAll(descriptor, energy)
        #expect(readExactly(descriptor, 13).prefix(2) == [0, 6], "a reply to another transaction")
        _ = try plant.ask("meter duplicate 1")
        writeAll(descriptor, energy)
        #expect(readExactly(descriptor, 26).count == 26)
        writeAll(descriptor, [0, 1, 9, 9, 0, 2, 1, 4])
        #expect(readSome(descriptor) == [], "another protocol ends the connection")
    }

    @Test("Modbus RTU: a raw client on the pseudo-terminal, at the line's pace")
    func rtu() throws {
        let plant = try RunningPlant(["--meter-unit", "3"])
        let line = open(plant.folder.path + "/meter", O_RDWR | O_NOCTTY)
        defer { close(line) }
        try #require(line >= 0)
        let energy = ModbusRTUFraming.frame([4, 0, 0x48, 0, 2], unit: 3)
        let reply = ModbusRTUFraming.frame([4, 4, 0x44, 0x9A, 0x52, 0x25], unit: 3)
        let asked = now()
        writeAll(line, energy)
        #expect(readExactly(line, reply.count) == reply)
        // 8 characters there, 20 ms of turnaround, 9 characters back at 9600 baud.
        let elapsed = (now() - asked).wholeMilliseconds
        #expect(elapsed >= 37, "\(elapsed) ms is faster than the wire")
        for byte in energy { writeAll(line, [byte]) }
        #expect(readExactly(line, reply.count) == reply)
        writeAll(line, ModbusRTUFraming.frame([4, 0, 0x48, 0, 2], unit: 1))
        #expect(readSome(line, 150) == nil, "another unit's request")
        var damaged = energy
        damaged[3] ^= 1
        writeAll(line, damaged)
        #expect(readSome(line, 150) == nil, "a wrong checksum")
        _ = try plant.ask("meter crc 1")
        writeAll(line, energy)
        let broken = readExactly(line, reply.count)
        #expect(broken.dropLast() == reply.dropLast() && broken != reply)
        _ = try plant.ask("meter truncate 1")
        writeAll(line, energy)
        #expect(readExactly(line, 6) == Array(reply.prefix(6)))
        #expect(readSome(line, 150) == nil)
        _ = try plant.ask("meter exception 6 1")
        writeAll(line, energy)
        #expect(readExactly(line, 5) == ModbusRTUFraming.frame([0x84, 6], unit: 3))
    }

    @Test("the board's driver drives a session, and the meter counts it on the bus")
    func session() throws {
        let plant = try RunningPlant(["--energy-factor", "60"])
        let firmware = Firmware(try plant.board())
        let board = firmware.board
        defer { firmware.die() }
        #expect(eventually { board.sample().pilotHigh == Millivolts(12_000) && board.sample().gate == .held })
        _ = try plant.ask("plug")
        #expect(eventually { board.sample().pilotHigh == Millivolts(9_000) })
        firmware.drive(BoardOutputs(pilot: offer, contactorEnable: false, lock: false))
        #expect(eventually { board.sample().pilotHigh == Millivolts(6_000) })
        #expect(board.sample().pilotLow == Millivolts(-12_000))
        firmware.drive(BoardOutputs(pilot: offer, contactorEnable: true, lock: false))
        #expect(eventually { board.sample().mirror == .closed && board.sample().loadL1 == .live })
        #expect(eventually { board.sample().currentL3 == Milliamps(32_000) })
        #expect(now() - board.sample().pilotAt < .milliseconds(15))
        let before = try plant.number("true_import_mwh")
        usleep(500_000)
        let gained = try plant.number("true_import_mwh") - before
        // 22.08 kW × 60 for half a second is 184 Wh; the machine may be late, never early.
        #expect(gained >= 184_000 && gained < 1_840_000)
        _ = try plant.ask("estop on")
        #expect(eventually { board.sample().emergencyStop && board.sample().mirror == .open })
        board.stop()
    }

    @Test("a killed firmware: the gate drops, the contactor opens under load, the meter counts until then")
    func killedFirmware() throws {
        let plant = try RunningPlant()
        _ = try plant.ask("plug")
        _ = try plant.ask("ramp 1000000")
        let firmware = Firmware(try plant.board())
        firmware.drive(BoardOutputs(pilot: offer, contactorEnable: false, lock: false))
        #expect(eventually { firmware.board.sample().pilotHigh == Millivolts(6_000) })
        firmware.drive(BoardOutputs(pilot: offer, contactorEnable: true, lock: false))
        #expect(eventually { firmware.board.sample().currentL1 == Milliamps(32_000) })
        // A kill leaves the enable as it is and ends the pulses; stop() would open properly.
        firmware.die()
        #expect(try eventually { try plant.status()["contactor"] as? String == "open" })
        let status = try plant.status()
        #expect(status["enable"] as? Bool == true && status["gate"] as? Bool == false)
        #expect(status["opened_under_load"] as? Int == 1)
        let pulse = try #require(status["last_pulse_ns"] as? Int64)
        let opened = try #require(status["last_opened_ns"] as? Int64)
        let delay = (opened - pulse) / 1_000_000
        #expect(delay >= 150 && delay <= 225, "\(delay) ms from the last pulse to the contacts")
        let closed = try #require(status["last_closed_ns"] as? Int64)
        let energy = try plant.number("true_import_mwh") - 1_234_567_000
        let longest = 22_080_000 * (opened - closed) / 3_600_000_000_000
        #expect(energy <= longest + 1 && energy >= longest * 9 / 10, "\(energy) of at most \(longest) mWh")
        // Another firmware is refused while the first one's connection stands, and welcome after it.
        #expect(throws: BoardError.self) { try plant.board() }
        firmware.board.stop()
        let next = try plant.board()
        #expect(next.sample().mirror == .open)
        #expect(try plant.status()["enable"] as? Bool == false, "a starting driver puts the enable low")
        next.stop()
    }

    @Test("a plant that was scheduled late does not blame a punctual firmware: frames count from when they were sent")
    func latePlant() throws {
        let plant = try RunningPlant()
        let firmware = Firmware(try plant.board())
        defer { firmware.die() }
        firmware.drive(BoardOutputs(pilot: .x1, contactorEnable: true, lock: false))
        #expect(eventually { firmware.board.sample().mirror == .closed })
        _ = try plant.ask("reset-counts")
        kill(plant.process.processIdentifier, SIGSTOP)
        usleep(400_000)
        kill(plant.process.processIdentifier, SIGCONT)
        usleep(50_000)
        let status = try plant.status()
        #expect(status["contactor"] as? String == "closed" && status["gate"] as? Bool == true)
        let events = try plant.ask("events")
        #expect(!events.contains("contactor-opened"), "\(events)")
        firmware.board.stop()
    }

    @Test("a plant without samples ages, a dropped link comes back")
    func lossyLink() throws {
        let plant = try RunningPlant()
        let board = try plant.board()
        _ = try plant.ask("board freeze on")
        usleep(50_000)
        let old = board.sample()
        usleep(50_000)
        #expect(board.sample() == old && now() - old.pilotAt > .milliseconds(40))
        _ = try plant.ask("board freeze off")
        #expect(eventually { now() - board.sample().pilotAt < .milliseconds(15) })
        _ = try plant.ask("board disconnect")
        #expect(eventually { board.report().losses == 1 })
        #expect(eventually { board.report().connected && board.sample().pilotValid })
        board.stop()
    }

    @Test(
        "wrong flags are refused",
        arguments: [
            ["--meter", "abb"], ["--energy-factor", "0"], ["--meter-tcp", "nowhere"], ["--car-phases", "2"], [],
        ])
    func flags(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = try RunningPlant.executable()
        process.arguments = arguments.isEmpty ? [] : ["--socket", "/tmp/never"] + arguments
        process.standardError = Pipe()
        process.standardOutput = Pipe()
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 64)
    }
}
