import Simulator

/// What the command line asks of the plant.
struct PlantOptions: Sendable {
    var socket: String
    var tcp: HostPort?
    var rtu: String?
    var control: String?
    var model = MeterModel.sdm630
    var energyFactor: Int64 = 1
    var unit: UInt8 = 1
    var serial: UInt32 = 22_551_083
    var start: Int64 = 1_234_567_000
    var baud: Int64 = 9_600
    var carPhases = 3
    /// The mains meter's unit on the same line; nil for no such meter.
    var mainsUnit: UInt8?
    /// What the companion microcontroller's line is linked to; nil for no such microcontroller.
    var companion: String?
}

/// An IPv4 address and a port.
struct HostPort: Equatable, Sendable, CustomStringConvertible {
    var address: UInt32
    var port: UInt16

    /// Reads `127.0.0.1:1502` or `localhost:1502`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
        let host = parts[0] == "localhost" ? "127.0.0.1" : parts[0]
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4 else { return nil }
        var address: UInt32 = 0
        for octet in octets {
            guard let octet else { return nil }
            address = address << 8 | UInt32(octet)
        }
        self.address = address
        self.port = port
    }

    var description: String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255):\(port)"
    }
}
