import Foundation
import Glibc
import Synchronization
import Testing

@testable import BoardIO

extension LockMotorTests {
    @Test("a look that hangs within a pulse does not make it longer, and is an output fault while it lasts")
    func hangingPulse() throws {
        let (board, _) = try started()
        #expect(eventually { board.sample().lock == .unlocked && !board.sample().outputFault })
        lines.hang(["feedback"], from: "close=1")
        wish(board, locked: true)
        #expect(eventually { lines.state.withLock { $0.hung > 0 } })
        #expect(eventually { lines.level("close") == false }, "the motor is off")
        #expect(lines.level("open") == false)
        #expect(eventually { board.sample().outputFault })
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 5 })
        #expect(board.sample().outputFault, "while it hangs")
        lines.hang([])
        #expect(eventually { !board.sample().outputFault })
        board.stop()
        #expect(!stoodTogether() && lines.level("close") == false && lines.level("open") == false)
    }

    @Test("a stop ends a pulse before it waits for a look that hangs, and the look's return begins none")
    func stoppedPulse() throws {
        let (board, _) = try started(pulse: 900)
        #expect(eventually { board.sample().lock == .unlocked })
        lines.hang(["feedback"], from: "close=1")
        wish(board, locked: true)
        #expect(eventually { lines.state.withLock { $0.hung > 0 } })
        let stopping = Thread { board.stop() }
        stopping.start()
        #expect(eventually { lines.level("close") == false })
        #expect(lines.released == 0, "it waits")
        lines.hang([])
        #expect(eventually { lines.released == 1 })
        let log = lines.log
        let pulse = try #require(log.firstIndex(of: "close=1"))
        let end = try #require(log[pulse...].firstIndex(of: "close=0"))
        #expect(!log[end...].contains("close=1"), "the look's return")
        #expect(lines.level("close") == false && lines.level("open") == false)
    }

    @Test("a look that hangs within the last pulse does not make that one longer either")
    func hangingLastPulse() throws {
        lines.state.withLock { _ = $0.activeFirst.insert("feedback") }
        let (board, _) = try started()
        wish(board, locked: true)
        #expect(eventually { board.sample().lock == .locked })
        lines.hang(["feedback"], from: "open=1")
        wish(board, locked: false)
        #expect(eventually { lines.state.withLock { $0.hung > 0 } })
        let stopping = Thread { board.stop() }
        stopping.start()
        #expect(eventually { lines.level("open") == false })
        // Free for the last pulse, which meets the next look that hangs.
        let pulses = lines.log.count { $0 == "open=1" }
        lines.hang(["feedback"], from: "open=1")
        lines.hang([])
        #expect(eventually { lines.log.count { $0 == "open=1" } > pulses })
        #expect(eventually { lines.level("open") == false })
        #expect(lines.released == 0)
        lines.hang([])
        #expect(eventually { lines.released == 1 })
        #expect(lines.level("open") == false && !stoodTogether())
    }

    @Test("a bolt that is locked at the start stays so until the core has spoken, and to the end where it said so")
    func lockedAtStart() throws {
        lines.state.withLock { _ = $0.activeFirst.insert("feedback") }
        let (board, _) = try started()
        #expect(eventually { board.sample().lock == .locked })
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 20 })
        #expect(!lines.log.contains("open=1"), "nobody has said that the plug is dead")
        wish(board, locked: true)
        #expect(eventually { board.sample().number > number + 40 })
        board.stop()
        #expect(!lines.log.contains("open=1") && !lines.log.contains("close=1"))
    }

    @Test("a board that ends before the core has spoken drives no bolt")
    func endedAtStart() throws {
        let (board, _) = try started()
        board.stop()
        #expect(!lines.log.contains("open=1") && !lines.log.contains("close=1"), "the core never spoke")
    }

    @Test("the motor's lines are inactive before anything that can fail or hang is opened")
    func order() throws {
        let profile = try BoardProfile(bytes: Array(try text().utf8), file: "p")
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: "/nowhere")
        #expect(throws: BoardError.self) { try board.start() }
        let log = lines.log
        #expect(log.first == "output CONTACTOR 0")
        let gate = try #require(log.firstIndex(of: "output COIL_GATE 0"))
        #expect(try #require(log.firstIndex(of: "output close 0")) < gate)
        #expect(try #require(log.firstIndex(of: "output open 0")) < gate)
    }

    @Test("a start whose last thread cannot be made ends the other devices' threads before it gives the lines back")
    func threadlessStart() throws {
        let sysfs = try FakeSysfs()
        let profile = try BoardProfile(bytes: Array(try text().utf8), file: "p")
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root) {
            (_) throws(BoardError) in throw BoardError.thread(errno: EAGAIN)
        }
        #expect(throws: BoardError.thread(errno: EAGAIN)) { try board.start() }
        #expect(lines.released == 1)
        usleep(20_000)
        #expect(lines.state.withLock { $0.writtenAfterRelease } == 0, "the lock's thread has ended")
        #expect(lines.level("CONTACTOR") == false)
    }
}
