import Glibc
import Quantities
import Testing

@testable import Metering

/// What goes wrong on real lines, one fault after the other, against devices that share nothing with libmodbus or with our
/// profiles: no wrong energy is accepted, the bus is back within three polls, and the counter that says what happened moves.
@Suite(
    .enabled(if: PymodbusMeter.python != nil, "WATTSEAL_PEERS_PYTHON names a Python with pymodbus 3.16.1 and pyserial"),
    .enabled(if: TerminalPair.socat != nil, "socat is installed"))
struct FaultMatrixTests {
    enum Fault: String, CaseIterable, Sendable {
        case late, duplicate, truncate, crc, flip, unit, garbage, transaction, nan, busy, gateway, silence
        case restart, order
    }

    enum Link: String, CaseIterable, Sendable { case rtu, tcp }

    /// A binary32, a 64-bit integer, and a SunSpec accumulator with its scale factor.
    static let devices = [
        ("eastron-sdm630", "sdm630"), ("schneider-iem3155", "iem3155"), ("sunspec-int", "sunspec-203"),
    ]

    private static let unit: UInt8 = 7
    private static let polls: UInt64 = 3

    /// The profile for a meter that answers at once, so that faults on real time cost little of it.
    private func prompt(_ file: String) throws -> MeterProfile {
        let profile = try MeterProfile.load(path: Fixtures.root + "/Board/meters/\(file).toml")
        let text = String(decoding: profile.fileBytes, as: UTF8.self)
        let prompt = text.replacing("turnaround_ms = 250", with: "turnaround_ms = 60")
        return try MeterProfile(bytes: Array(prompt.utf8), file: "prompt")
    }

    @Test(arguments: devices.map(\.0), Link.allCases) func `fourteen faults are survived without a wrong energy`(
        file: String, link: Link
    ) throws {
        let device = try #require(Self.devices.first { $0.0 == file }).1
        let line = try Line(link, device, unit: Self.unit)
        defer { line.stop() }
        let log = EventLog()
        let meter = try MeterConfiguration(
            profile: try prompt(file), unit: Self.unit, pollInterval: .milliseconds(40),
            limits: PlausibilityLimits(maximumPower: Milliwatts(22_080_000)))
        let bus = ModbusBus(link: try line.link(), meters: [meter]) { _, event in log.add(event) }
        try bus.start()
        defer { bus.stop() }
        #expect(log.wait { $0.readings.count > 2 })
        for fault in Fault.allCases { try check(fault, line, bus, log) }
        #expect(Set(log.readings.map(\.import)).count == 1)
        #expect(Set(log.readings.compactMap(\.export)).count == 1)
    }

    private func check(_ fault: Fault, _ line: Line, _ bus: ModbusBus, _ log: EventLog) throws {
        let before = try #require(bus.statistics.first)
        switch fault {
        case .restart: try line.restart()
        case .order:
            try line.peer.command("order lsw")
            #expect(log.wait { _ in (bus.statistics.first?.refused ?? 0) > before.refused })
            try line.peer.command("order be")
        // Longer than either link's timeout.
        case .late: try line.peer.command("late 1.4")
        case .crc, .flip:
            // One reply at a time, until it is one of the energy's: live values are read once, and only the line's checksum
            // guards them.
            for _ in 0..<24 where !moves(fault, line.kind, before, bus.statistics[0]) {
                let accepted = log.readings.count
                try line.peer.command("fault \(fault) 1")
                #expect(log.wait { $0.readings.count > accepted + 1 }, "\(fault)")
            }
        // Each of a reading's blocks is hit.
        default: try line.peer.command("fault \(fault) 3")
        }
        if fault != .restart, fault != .order {
            #expect(log.wait { _ in (try? line.peer.ask("left")) == "0" }, "\(fault)")
        }
        let ended = try #require(bus.statistics.first)
        let accepted = log.readings.count
        #expect(log.wait { $0.readings.count > accepted }, "\(fault)")
        let after = try #require(bus.statistics.first)
        // The poll that was under way, and three more; a lost meter is identified again first.
        #expect(after.polls - ended.polls <= Self.polls + 1, "\(fault)")
        #expect(log.wait { _ in moves(fault, line.kind, before, bus.statistics[0]) }, "\(fault) \(before) \(after)")
    }

    /// Whether the counter that belongs to the fault has moved.
    private func moves(_ fault: Fault, _ link: Link, _ before: MeterStatistics, _ after: MeterStatistics) -> Bool {
        let isDoubted = after.implausible > before.implausible || after.undecodable > before.undecodable
        switch (fault, link) {
        case (.late, _), (.truncate, _), (.silence, _): return after.timeouts > before.timeouts
        case (.duplicate, _), (.transaction, .tcp): return after.stale > before.stale
        case (.crc, .rtu), (.flip, .rtu), (.transaction, .rtu): return after.checksums > before.checksums
        // Without a checksum the second read finds it, or what a value can be.
        case (.crc, .tcp), (.flip, .tcp), (.nan, _), (.order, _): return isDoubted
        case (.unit, .rtu): return after.wrongReplies > before.wrongReplies
        // libmodbus does not look at a TCP reply's unit: the transaction number has told already whose it is.
        case (.unit, .tcp): return after.wrongReplies == before.wrongReplies && after.stale == before.stale
        case (.garbage, _):
            return after.checksums + after.stale + after.wrongReplies + after.timeouts + after.losses
                > before.checksums + before.stale + before.wrongReplies + before.timeouts + before.losses
        case (.busy, _), (.gateway, _): return after.exceptions > before.exceptions
        case (.restart, _): return after.losses > before.losses
        }
    }

    /// A device at the end of a line.
    private final class Line {
        let kind: Link
        private(set) var peer: PymodbusMeter
        private let device: String
        private let arguments: [String]
        private let pair: TerminalPair?
        private let port: UInt16

        init(_ kind: Link, _ device: String, unit: UInt8) throws {
            self.kind = kind
            self.device = device
            port = PymodbusMeter.freePort()
            pair = kind == .rtu ? try TerminalPair() : nil
            arguments = [kind.rawValue, pair?.first ?? "\(port)", "--unit", "\(unit)"]
            peer = try PymodbusMeter(device, arguments)
        }

        func link() throws -> ModbusLink {
            guard let pair else { return .tcp(host: "127.0.0.1", port: port) }
            return .rtu(device: pair.second, line: try SerialLine(baud: 115_200, format: "8N1"))
        }

        /// Ends the device for long enough that the bus loses it, and starts it again.
        func restart() throws {
            peer.stop()
            usleep(1_500_000)
            peer = try PymodbusMeter(device, arguments)
        }

        func stop() {
            peer.stop()
            pair?.stop()
        }
    }
}
