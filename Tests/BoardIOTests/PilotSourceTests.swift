import ChargeControl
import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

@testable import BoardIO

/// Does something every millisecond on a thread of its own until it goes.
final class Ticking: Sendable {
    private let isOn = Atomic<Bool>(true)
    private let isDone = Atomic<Bool>(false)

    init(_ body: @escaping @Sendable (Int) -> Void) {
        let thread = Thread { [self] in
            var count = 0
            while isOn.load(ordering: .acquiring) {
                body(count)
                count += 1
                usleep(1_000)
            }
            isDone.store(true, ordering: .releasing)
        }
        thread.start()
    }

    func stop() {
        isOn.store(false, ordering: .releasing)
        while !isDone.load(ordering: .acquiring) { usleep(500) }
    }
}

/// The bench profile with another source of the pilot.
func profile(sensing: String, tables: String, lines: [LineRole] = []) throws -> String {
    let good = try text("gpio-bench.toml")
    let start = try #require(good.range(of: "# 12 bits over"))
    let end = try #require(good.range(of: "[safety]"))
    var changed = good.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: tables + "\n")
    changed = changed.replacingOccurrences(of: "\"peak-detector\"", with: "\"\(sensing)\"")
    for role in lines {
        changed += "\n[[line]]\nrole = \"\(role.rawValue)\"\nchip = \"/dev/gpiochip0\"\nname = \"\(role.rawValue)\"\n"
    }
    return changed
}

private let channels = """
    [pilot.high]
    device = "iio:device0"
    channel = 0
    microvolts_per_count = 1000
    offset_mv = 0

    [pilot.low]
    device = "iio:device0"
    channel = 1
    microvolts_per_count = 1000
    offset_mv = 0

    """

@Suite("Sources of the pilot")
struct PilotSourceTests {
    let lines = FakeLines()
    let sysfs: FakeSysfs

    init() throws { sysfs = try FakeSysfs() }

    private func board(_ text: String) throws -> GPIOBoard {
        try GPIOBoard(
            profile: BoardProfile(bytes: Array(text.utf8), file: "p"), lines: lines, sysfsRoot: sysfs.root,
            deviceRoot: sysfs.root)
    }

    // MARK: Hardware-triggered

    @Test("formats of scan elements are read, and what the driver cannot read is refused")
    func scanElements() throws {
        let plain = try ScanElement("le:u12/16>>4", path: "p")
        ([0x50, 0x12] as [UInt8]).withUnsafeBytes { #expect(plain.count($0, at: 0) == 0x125) }
        let signed = try ScanElement("be:s14/16>>2", path: "p")
        ([0xFF, 0xFC] as [UInt8]).withUnsafeBytes { #expect(signed.count($0, at: 0) == -1) }
        ([0x80, 0x00] as [UInt8]).withUnsafeBytes { #expect(signed.count($0, at: 0) == -8_192) }
        let wide = try ScanElement("le:s32/32>>0", path: "p")
        ([0x18, 0xFC, 0xFF, 0xFF] as [UInt8]).withUnsafeBytes { #expect(wide.count($0, at: 0) == -1_000) }
        for bad in [
            "", "le:u12/16", "xe:u12/16>>4", "le:f32/32>>0", "le:u12/12>>0", "le:u12/16>>5", "le:u0/16>>0",
            "le:u12/16X2>>0", "le:u64/64>>0",
        ] {
            #expect(throws: BoardError.scanFormat(path: "p", found: bad)) { try ScanElement(bad, path: "p") }
        }
        let narrow = try ScanElement("le:u8/8>>0", path: "p")
        let mixed = ScanLayout(high: wide, highIndex: 5, low: narrow, lowIndex: 2)
        #expect(mixed.lowOffset == 0 && mixed.highOffset == 4 && mixed.size == 8)
        let padded = ScanLayout(high: wide, highIndex: 0, low: narrow, lowIndex: 1)
        #expect(padded.highOffset == 0 && padded.lowOffset == 4 && padded.size == 8)
    }

    private func prepareBuffer() throws -> Int32 {
        let device = "bus/iio/devices/iio:device0"
        for name in ["buffer/enable", "buffer/length", "trigger/current_trigger"] {
            try sysfs.write("\(device)/\(name)", "")
        }
        for channel in 0...2 {
            try sysfs.write("\(device)/scan_elements/in_voltage\(channel)_en", "1\n")
            // The low peak comes first in a scan.
            try sysfs.write("\(device)/scan_elements/in_voltage\(channel)_index", "\(7 - channel)\n")
            try sysfs.write("\(device)/scan_elements/in_voltage\(channel)_type", "be:s16/16>>0\n")
        }
        try sysfs.write("\(device)/scan_elements/in_timestamp_en", "1\n")
        let path = "\(sysfs.root)/iio:device0"
        #expect(mkfifo(path, 0o600) == 0)
        return open(path, O_RDWR | O_NONBLOCK)
    }

    private func scan(low: Int16, high: Int16) -> [UInt8] {
        [low, high].flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    @Test("a triggered converter is set up for its two channels, read scan by scan, and an old scan is never taken")
    func triggered() throws {
        let fifo = try prepareBuffer()
        defer { close(fifo) }
        let old = scan(low: -1, high: 1)
        let board = try board(
            profile(
                sensing: "hardware-triggered",
                tables: "[pilot.trigger]\nname = \"pwm0\"\n"
                    .appending(channels)))
        try board.start()
        let device = "bus/iio/devices/iio:device0"
        #expect(try sysfs.read("\(device)/trigger/current_trigger") == "pwm0")
        #expect(try sysfs.read("\(device)/buffer/enable").hasPrefix("1"))
        let enabled = try ["in_voltage0_en", "in_voltage1_en", "in_voltage2_en", "in_timestamp_en"].map {
            try sysfs.read("\(device)/scan_elements/\($0)").prefix(1)
        }
        #expect(enabled == ["1", "1", "0", "0"])
        #expect(eventually { board.sample().number > 3 })
        #expect(!board.sample().pilotValid, "a trigger that does not run is no pilot")
        #expect(board.report().lastError?.contains("no scan within") == true)

        let fresh = scan(low: -12_000, high: 6_000)
        let ticking = Ticking { _ in
            old.withUnsafeBytes { _ = write(fifo, $0.baseAddress, 0) }
            fresh.withUnsafeBytes { _ = write(fifo, $0.baseAddress, $0.count) }
        }
        #expect(
            eventually {
                board.sample().pilotValid && board.sample().pilotHigh == Millivolts(6_000)
                    && board.sample().pilotLow == Millivolts(-12_000)
            })
        ticking.stop()
        #expect(eventually { !board.sample().pilotValid }, "the trigger stopped")
        old.withUnsafeBytes { _ = write(fifo, $0.baseAddress, 3) }
        #expect(eventually { board.report().lastError?.contains("no scan within") == true })
        board.stop()
        #expect(try sysfs.read("\(device)/buffer/enable").hasPrefix("0"))
    }

    @Test("what waited in the buffer before a reading is thrown away; part of a scan is an error")
    func staleScans() throws {
        let fifo = try prepareBuffer()
        defer { close(fifo) }
        let high = GPIOWiring.ConverterChannel(
            device: "iio:device0", channel: 0, microvoltsPerCount: 1_000, offset: .zero)
        var low = high
        low.channel = 1
        let sampler = try TriggeredSampler(
            high: high, low: low, trigger: "pwm0", sysfsRoot: sysfs.root, deviceRoot: sysfs.root)
        let old = scan(low: -11_000, high: 9_000)
        old.withUnsafeBytes { _ = write(fifo, $0.baseAddress, $0.count) }
        #expect(throws: BoardError.noScan(path: "\(sysfs.root)/iio:device0", milliseconds: 5)) {
            try sampler.readPilot()
        }
        let short = Ticking { _ in old.withUnsafeBytes { _ = write(fifo, $0.baseAddress, 3) } }
        var seen: Set<String> = []
        for _ in 0..<200 where !seen.contains("short") {
            do throws(BoardError) {
                _ = try sampler.readPilot()
            } catch {
                if case .shortScan(_, 3, 4) = error { seen.insert("short") }
            }
        }
        short.stop()
        #expect(seen.contains("short"))
        sampler.stop()
    }

    // MARK: Comparators

    @Test("comparators give the centre of their band, and a pattern that is no thermometer is refused")
    func comparators() throws {
        let roles = LineRole.comparators + [.pilotReachesMinus10000]
        let board = try board(profile(sensing: "comparator", tables: "", lines: roles))
        try board.start()
        #expect(lines.log.first == "output CONTACTOR 0")
        for role in LineRole.comparators.prefix(4) { lines.set(role.rawValue, true) }
        lines.set(LineRole.pilotReachesMinus10000.rawValue, true)
        #expect(
            eventually {
                board.sample().pilotValid && board.sample().pilotHigh == Millivolts(6_000)
                    && board.sample().pilotLow == Millivolts(-12_000)
            })
        lines.set(LineRole.pilotReachesMinus10000.rawValue, false)
        #expect(eventually { board.sample().pilotLow == Millivolts(6_000) })
        lines.set(LineRole.pilotAbove1500.rawValue, false)
        #expect(eventually { !board.sample().pilotValid })
        #expect(board.report().lastError == "pilot comparators contradict each other: 1011, -10 V not reached")
        lines.set(LineRole.pilotAbove1500.rawValue, true)
        #expect(eventually { board.sample().pilotValid })
        lines.fail(LineRole.pilotAbove7500.rawValue, EIO)
        #expect(eventually { !board.sample().pilotValid })
        board.stop()
    }

    // MARK: Companion

    @Test(
        "a companion's samples come with the moment of their measurement; repeated, damaged and missing ones go stale")
    func companion() throws {
        var ends: (master: Int32, slave: Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        #expect(openpty(&ends.master, &ends.slave, nil, nil, nil) == 0)
        #expect(ttyname_r(ends.slave, &name, name.count) == 0)
        let (master, slave) = ends
        var isOpen = true
        defer {
            if isOpen {
                close(master)
                close(slave)
            }
        }
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let table = "[pilot.companion]\ndevice = \"\(path)\"\nbaud = 115200\n"
        let board = try board(profile(sensing: "companion-mcu", tables: table))
        try board.start()
        #expect(eventually { board.report().lastError?.contains("no pilot sample yet") == true })
        @Sendable func send(_ sequence: Int, damaged: Bool = false) {
            var bytes = CompanionFrame(
                sequence: UInt16(truncatingIfNeeded: sequence), high: Millivolts(9_000), low: Millivolts(-12_000),
                age: Nanoseconds(500_000)
            ).onTheLine
            if damaged { bytes[4] ^= 1 }
            _ = write(master, bytes, bytes.count)
        }
        let good = Ticking { send($0) }
        #expect(
            eventually {
                let sample = board.sample()
                return sample.pilotValid && sample.pilotHigh == Millivolts(9_000)
                    && sample.pilotLow == Millivolts(-12_000) && sample.at - sample.pilotAt >= .milliseconds(1)
            }, "half a millisecond of age and more on the wire")
        good.stop()
        #expect(eventually { !board.sample().pilotValid }, "silence")
        let stuck = Ticking { _ in send(60_000) }
        usleep(60_000)
        #expect(!board.sample().pilotValid, "one sample sent again and again ages all the same")
        stuck.stop()
        #expect(board.report().refused == 0)
        let damaged = Ticking { send($0 + 61_000, damaged: true) }
        #expect(eventually { board.report().refused > 3 })
        #expect(!board.sample().pilotValid)
        damaged.stop()
        let again = Ticking { send($0 + 62_000) }
        #expect(eventually { board.sample().pilotValid })
        again.stop()
        // A line that is gone says so itself, not only that its samples are old.
        close(master)
        close(slave)
        isOpen = false
        #expect(eventually { board.report().lastError?.hasPrefix("\(path): open: ") == true })
        #expect(!board.sample().pilotValid)
        board.stop()
    }

    // MARK: Profiles

    @Test("each source needs its own tables and lines")
    func profiles() throws {
        let trigger = "[pilot.trigger]\nname = \"pwm0\"\n" + channels
        #expect(try mistakes(profile(sensing: "hardware-triggered", tables: trigger)).isEmpty)
        #expect(try mistakes(profile(sensing: "hardware-triggered", tables: channels)).count == 1, "no trigger")
        let apart = trigger.replacingOccurrences(of: "iio:device0\"\nchannel = 1", with: "iio:device1\"\nchannel = 1")
        #expect(try mistakes(profile(sensing: "hardware-triggered", tables: apart)).count == 1)
        let same = trigger.replacingOccurrences(of: "channel = 1", with: "channel = 0")
        #expect(try mistakes(profile(sensing: "hardware-triggered", tables: same)).count == 1)
        #expect(
            try mistakes(profile(sensing: "peak-detector", tables: "[pilot.trigger]\nname = \"x\"\n" + channels)).count
                == 1)

        let roles = LineRole.comparators + [.pilotReachesMinus10000]
        #expect(try mistakes(profile(sensing: "comparator", tables: "", lines: roles)).isEmpty)
        #expect(try mistakes(profile(sensing: "comparator", tables: "", lines: roles.dropLast())).count == 1)
        #expect(try mistakes(profile(sensing: "comparator", tables: channels, lines: roles)).count == 2)

        let companion = "[pilot.companion]\ndevice = \"/dev/ttyS1\"\nbaud = 230400\n"
        #expect(try mistakes(profile(sensing: "companion-mcu", tables: companion)).isEmpty)
        #expect(try mistakes(profile(sensing: "companion-mcu", tables: "")).count == 1)
        for (good, bad) in [("230400", "9600"), ("/dev/ttyS1", "ttyS1")] {
            let broken = companion.replacingOccurrences(of: good, with: bad)
            #expect(try mistakes(profile(sensing: "companion-mcu", tables: broken)).count == 1)
        }
    }
}
