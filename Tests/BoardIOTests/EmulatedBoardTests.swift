import BoardIO
import Foundation
import Glibc
import Quantities
import Testing

/// The profile of `Tools/board-emulator`, and what keeps it off real chips.
@Suite("The emulated board")
struct EmulatedBoardTests {
    let lines = FakeLines()
    let sysfs: FakeSysfs
    let profile: BoardProfile

    init() throws {
        sysfs = try FakeSysfs()
        for sensor in 0...1 { try sysfs.write("bus/iio/devices/iio:device0/in_temp\(sensor)_input", "25000\n") }
        profile = try BoardProfile.load(path: profiles.appending(path: "emulated.toml").path)
    }

    /// Lets sysfs say that /dev/gpiochip0 belongs to this device.
    private func linkChip(to device: String) throws {
        let target = "\(sysfs.root)/devices/platform/\(device)/gpiochip0"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: "\(sysfs.root)/bus/gpio/devices", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(sysfs.root)/bus/gpio/devices/gpiochip0", withDestinationPath: target)
    }

    @Test("it has every safety path and is not for the bench")
    func complete() throws {
        #expect(profile.isEmulated && !profile.bench && profile.kind == .gpio)
        #expect(profile.hasCoilGate && profile.hasHardwarePilot && profile.hasResidualPath && profile.hasResidualTest)
        #expect(profile.hasPilotRelay && profile.hasVentilation && profile.hasPhaseSwitching && profile.watchesEarth)
        #expect(profile.hasGateReadback && profile.hasBothFeedbacks && profile.skippedSteps.isEmpty)
        #expect(profile.ratedCurrent == Milliamps(80_000) && profile.coilGateHold == .milliseconds(150))
        #expect(!(try BoardProfile.load(path: profiles.appending(path: "simulated.toml").path)).isEmulated)
        #expect(!(try BoardProfile.load(path: profiles.appending(path: "gpio-bench.toml").path)).isEmulated)
    }

    @Test("a simulated board cannot be an emulated one, too")
    func simulated() throws {
        let both = try text("simulated.toml").replacingOccurrences(
            of: "phases = 3", with: "emulated = true\nphases = 3")
        #expect(mistakes(both) == ["8:12 emulated"])
    }

    @Test("its lines are those of the emulator's chip")
    func lineNames() throws {
        let table = profiles.appending(path: "../../Tools/BoardEmulator/Guest/lines.txt").standardized
        let rows = try String(contentsOf: table, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let names = rows.map { String($0.split(separator: " ")[1]) }
        let wired = try #require(profile.wiring).lines.values.map(\.text)
        #expect(wired.sorted() == names.sorted())
    }

    @Test("it drives simulated chips and no other")
    func simulatedChipsOnly() throws {
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        #expect(throws: BoardError.chip(path: "/dev/gpiochip0", errno: ENOENT)) { try board.start() }
        try linkChip(to: "20000000.gpio")
        let real = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        do throws(BoardError) {
            try real.start()
            Issue.record("a real chip is no chip of gpio-sim")
        } catch {
            guard case .notEmulated(let chip, let device) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(chip == "/dev/gpiochip0" && device.hasSuffix("/20000000.gpio/gpiochip0"))
        }
        #expect(lines.log.isEmpty, "no line of a real chip is requested")
    }

    @Test("on simulated chips it starts, and its samples come by real-time priority where the kernel grants it")
    func starts() throws {
        try linkChip(to: "gpio-sim.0")
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        defer { board.stop() }
        #expect(eventually { board.sample().number > 2 })
        let policies = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { task in
            let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
            return name == "board\n" ? Int32(task).map { sched_getscheduler($0) } : nil
        }
        var parameters = sched_param(sched_priority: 1)
        let granted = sched_setscheduler(0, SCHED_FIFO, &parameters) == 0
        parameters.sched_priority = 0
        if granted { sched_setscheduler(0, SCHED_OTHER, &parameters) }
        #expect(policies == [granted ? SCHED_FIFO : SCHED_OTHER])
    }
}
