/// Where the meters are reached.
public enum ModbusLink: Equatable, Sendable, CustomStringConvertible {
    /// Modbus TCP: an address or a host name.
    case tcp(host: String, port: UInt16)
    /// Modbus RTU on a serial device.
    case rtu(device: String, line: SerialLine)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .rtu(let device, let line): "\(device) (\(line))"
        }
    }
}
