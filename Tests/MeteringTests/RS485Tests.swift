import Glibc
import Quantities
import Testing

@testable import Metering

/// The kernel's RS-485 settings. No driver that has them was at hand: here a driver is a pair of closures, and a pseudo-terminal
/// is one that has not.
@Suite struct RS485Tests {
    private static let wanted = RS485(rtsOnSend: true, millisecondsBeforeSend: 2, millisecondsAfterSend: 1)

    /// A driver that makes of its settings what it likes.
    private func turn(
        _ wanted: RS485, from present: DriverDirection = DriverDirection(),
        driver: @escaping (DriverDirection) -> DriverDirection
    ) throws -> DriverDirection {
        var settings = present
        try DriverDirection.turn("line", as: wanted) { found in
            found = settings
            return 0
        } set: { asked in
            settings = driver(asked)
            return 0
        }
        return settings
    }

    /// Documentation/driver-api/serial/serial-rs485.rst and linux/serial.h: bit 0 enables, bit 1 is the level of RTS while
    /// sending, bit 2 the level after it, bit 4 receives what is sent, bit 5 is the resistor at the line's end.
    @Test func `the flags are those of the kernel`() throws {
        let on = try turn(Self.wanted) { $0 }
        #expect(on == DriverDirection(flags: 0b011, delayBeforeSend: 2, delayAfterSend: 1))
        let off = try turn(RS485(rtsOnSend: false, millisecondsAfterSend: 100)) { $0 }
        #expect(off == DriverDirection(flags: 0b101, delayBeforeSend: 0, delayAfterSend: 100))
        // An echo that was on is switched off; the resistor is the board's.
        let before = DriverDirection(flags: 0b11_0101, delayBeforeSend: 7, delayAfterSend: 7)
        #expect(try turn(Self.wanted, from: before) { $0 }.flags == 0b10_0011)
    }

    @Test(
        arguments: [
            DriverDirection(), DriverDirection(flags: 0b101, delayBeforeSend: 2, delayAfterSend: 1),
            DriverDirection(flags: 0b111, delayBeforeSend: 2, delayAfterSend: 1),
            DriverDirection(flags: 0b011, delayBeforeSend: 0, delayAfterSend: 1),
            DriverDirection(flags: 0b011, delayBeforeSend: 2, delayAfterSend: 0),
            DriverDirection(flags: 0b1_0011, delayBeforeSend: 2, delayAfterSend: 1),
        ])
    func `a driver that does something else than asked is found out`(granted: DriverDirection) {
        #expect(
            throws: MeteringError.directionDiffers(
                device: "line", wanted: Self.wanted, found: granted.description)
        ) {
            try turn(Self.wanted) { _ in granted }
        }
    }

    @Test func `what a driver does of itself, and does not touch the direction, is let through`() throws {
        #expect(try turn(Self.wanted) { DriverDirection($0, adding: 0b10_0000) }.flags == 0b10_0011)
    }

    @Test func `each refusal of the driver is an error with its reason`() {
        let wanted = Self.wanted
        #expect(throws: MeteringError.directionRefused(device: "line", wanted: wanted, errno: EINVAL)) {
            try DriverDirection.turn("line", as: wanted, get: { _ in 0 }, set: { _ in -EINVAL })
        }
        #expect(throws: MeteringError.directionRefused(device: "line", wanted: wanted, errno: ENOTTY)) {
            try DriverDirection.turn("line", as: wanted, get: { _ in -ENOTTY }, set: { _ in 0 })
        }
    }

    @Test func `a line whose driver has no RS-485 is refused in words, and is free for another`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let line = try SerialLine(baud: 9_600, format: "8N1", rs485: Self.wanted)
        let transport = LibmodbusTransport(.rtu(device: meter.path, line: line))
        let error = #expect(throws: MeteringError.self) { try transport.connect(timeout: .seconds(1)) }
        #expect(error == .directionRefused(device: meter.path, wanted: Self.wanted, errno: ENOTTY))
        #expect(error?.breaksTheLink == true)
        let words = "\(try #require(error))"
        #expect(
            words.contains(meter.path) && words.contains("RTS on while sending, 2 ms before and 1 ms after it"),
            "\(words)")
        let other = LibmodbusTransport(.rtu(device: meter.path, line: try SerialLine(baud: 9_600, format: "8N1")))
        _ = try other.connect(timeout: .seconds(1))
        other.close()
    }

    /// A bus says so, and goes on trying: the device may be another one the next time.
    @Test func `a bus tells that the line cannot be turned around`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let log = EventLog()
        let line = try SerialLine(baud: 9_600, format: "8N1", rs485: Self.wanted)
        let bus = ModbusBus(
            link: .rtu(device: meter.path, line: line),
            meters: [try MeterConfiguration(profile: try Fixtures.sdm630(), limits: Fixtures.limits)]
        ) { _, event in log.add(event) }
        try bus.start()
        #expect(log.wait { !$0.all.isEmpty })
        bus.stop()
        #expect(log.all == [.lost(.directionRefused(device: meter.path, wanted: Self.wanted, errno: ENOTTY))])
        #expect(meter.requests == 0)
    }

    @Test func `the bus waits for a reply, and for silence, by both delays longer`() throws {
        let plain = try waits(nil)
        let turned = try waits(RS485(rtsOnSend: true, millisecondsBeforeSend: 30, millisecondsAfterSend: 12))
        #expect(turned.reply - plain.reply == .milliseconds(42))
        #expect(turned.quiet - plain.quiet == .milliseconds(42))
    }

    /// How long a bus waits for its first reply, and then keeps the line quiet.
    private func waits(_ rs485: RS485?) throws -> (reply: Nanoseconds, quiet: Nanoseconds) {
        let line = try SerialLine(baud: 9_600, format: "8N1", rs485: rs485)
        let meter = try MeterConfiguration(profile: try Fixtures.sdm630(), limits: Fixtures.limits)
        let now = Fixtures.start
        var machine = BusMachine(link: .rtu(device: "line", line: line), meters: [meter], now: now)
        _ = machine.step(.woke, now)
        _ = machine.step(.connected(line), now)
        var action = machine.step(.flushed, now).action
        let later = now + .seconds(1)
        if case .wait = action { action = machine.step(.woke, later).action }
        guard case .read(_, unit: 1, let timeout) = action,
            case .wait(let until) = machine.step(.failed(.timeout(after: timeout)), later).action
        else {
            Issue.record("\(action)")
            return (.zero, .zero)
        }
        return (timeout, until - later)
    }
}

extension DriverDirection {
    fileprivate init(_ other: DriverDirection, adding flags: UInt32) {
        self.init(
            flags: other.flags | flags, delayBeforeSend: other.delayBeforeSend, delayAfterSend: other.delayAfterSend)
    }
}
