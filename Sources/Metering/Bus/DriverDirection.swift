internal import CModbus
internal import Quantities

/// What stands in a driver about the direction of its line: the first three words of the kernel's `struct serial_rs485`.
struct DriverDirection: Equatable, Sendable, CustomStringConvertible {
    var flags: UInt32
    /// In ms.
    var delayBeforeSend: UInt32
    var delayAfterSend: UInt32

    init(flags: UInt32 = 0, delayBeforeSend: UInt32 = 0, delayAfterSend: UInt32 = 0) {
        self.flags = flags
        self.delayBeforeSend = delayBeforeSend
        self.delayAfterSend = delayAfterSend
    }

    /// What is to stand there. The resistor at the end of the line, if the driver switches one, stays what the board made it.
    /// The receiver is off while sending: libmodbus would take the request's echo for the reply.
    init(_ wanted: RS485, over present: DriverDirection) {
        let level = wanted.rtsOnSend ? wattseal_rs485_rts_on_send : wattseal_rs485_rts_after_send
        self.init(
            flags: wattseal_rs485_enabled | level | present.flags & wattseal_rs485_terminate_bus,
            delayBeforeSend: UInt32(wanted.delayBeforeSend.wholeMilliseconds),
            delayAfterSend: UInt32(wanted.delayAfterSend.wholeMilliseconds))
    }

    /// Whether a line that is turned so is turned as that one. Flags that say nothing of the direction do not count.
    func turns(as other: DriverDirection) -> Bool {
        let direction =
            wattseal_rs485_enabled | wattseal_rs485_rts_on_send | wattseal_rs485_rts_after_send
            | wattseal_rs485_rx_during_tx
        return flags & direction == other.flags & direction && delayBeforeSend == other.delayBeforeSend
            && delayAfterSend == other.delayAfterSend
    }

    var description: String {
        guard flags & wattseal_rs485_enabled != 0 else { return "off" }
        func level(_ flag: UInt32) -> String { flags & flag != 0 ? "on" : "off" }
        let echo = flags & wattseal_rs485_rx_during_tx != 0 ? ", receiving its own sending" : ""
        return
            "RTS \(level(wattseal_rs485_rts_on_send)) while sending and \(level(wattseal_rs485_rts_after_send)) else, "
            + "\(delayBeforeSend) ms before and \(delayAfterSend) ms after it" + echo
    }
}

extension DriverDirection {
    /// Has a driver turn a line around, and reads back what it made of that: a driver that lacks a part of it is free to do
    /// something else, and a line that is turned otherwise than meant is silent.
    ///
    /// Errors: `directionRefused` where the driver cannot do it, `directionDiffers` where it does something else.
    ///
    /// - Parameters:
    ///   - get: What stands in the driver; 0 or -errno.
    ///   - set: Has it do something; 0 or -errno.
    static func turn(
        _ device: String, as wanted: RS485, get: (inout DriverDirection) -> Int32, set: (DriverDirection) -> Int32
    ) throws(MeteringError) {
        var present = DriverDirection()
        var result = get(&present)
        guard result >= 0 else { throw .directionRefused(device: device, wanted: wanted, errno: -result) }
        let asked = DriverDirection(wanted, over: present)
        result = set(asked)
        guard result >= 0 else { throw .directionRefused(device: device, wanted: wanted, errno: -result) }
        result = get(&present)
        guard result >= 0 else { throw .directionRefused(device: device, wanted: wanted, errno: -result) }
        guard present.turns(as: asked) else {
            throw .directionDiffers(device: device, wanted: wanted, found: present.description)
        }
    }

    /// Has the driver behind an open descriptor turn its line around.
    static func turn(_ device: String, _ descriptor: Int32, as wanted: RS485) throws(MeteringError) {
        try turn(device, as: wanted) { found in
            wattseal_modbus_get_rs485(descriptor, &found.flags, &found.delayBeforeSend, &found.delayAfterSend)
        } set: { asked in
            wattseal_modbus_set_rs485(descriptor, asked.flags, asked.delayBeforeSend, asked.delayAfterSend)
        }
    }
}
