internal import Metering
internal import Quantities

/// The meters of one line, with their profiles: how the line is set, and which unit each of them is.
struct MeterLine: Sendable {
    /// At least one; those whose energy is sold first.
    private(set) var meters: [Meter]

    /// A meter as the configuration names it.
    struct Meter: Sendable {
        var owner: Owner
        var choice: FirmwareConfiguration.MeterChoice
        var profile: MeterProfile

        /// As the configuration states it, else as the meter leaves the factory.
        var unit: UInt8? { choice.unit ?? profile.link.unit }
    }

    /// Whose meter it is.
    enum Owner: Equatable, Sendable {
        /// It counts what a connector sells; from 1 on.
        case connector(UInt32)
        /// It watches the grid connection.
        case mains

        /// Where it stands in the configuration.
        var place: String {
            switch self {
            case .connector(let number): "connector \(number): meter"
            case .mains: "mains"
            }
        }
    }

    /// The lines of these meters, each once.
    static func lines(of meters: [Meter]) -> [MeterLine] {
        var lines: [MeterLine] = []
        for meter in meters {
            if let index = lines.firstIndex(where: { $0.meters[0].choice.line.isSameWire(as: meter.choice.line) }) {
                lines[index].meters.append(meter)
            } else {
                lines.append(MeterLine(meters: [meter]))
            }
        }
        return lines
    }

    /// Why these meters cannot share the line; what stands in the configuration alone was said when it was read.
    var mistakes: [String] {
        var mistakes: [String] = []
        for (index, meter) in meters.enumerated() {
            guard let unit = meter.unit, let other = meters[..<index].first(where: { $0.unit == unit }) else {
                continue
            }
            mistakes.append(
                "\(meter.owner.place).unit: expected a unit number that \(other.owner.place) on the same line does not "
                    + "have, found \(unit)")
        }
        return mistakes
    }

    /// How the line is reached. What no meter's table says of a serial line is as the first of them leaves the factory.
    func link() throws(FirmwareError) -> ModbusLink {
        switch meters[0].choice.line {
        case .tcp(let host, let port): return .tcp(host: host, port: port)
        case .rtu(let device, _, _, _):
            var baud: Int?
            var format: String?
            var rs485: RS485?
            for meter in meters {
                guard case .rtu(_, let stated, let written, let turned) = meter.choice.line else { continue }
                baud = baud ?? stated.map(Int.init)
                format = format ?? written
                rs485 = rs485 ?? turned
            }
            do {
                let line = try meters[0].profile.serialLine(baud: baud, format: format, rs485: rs485)
                return .rtu(device: device, line: line)
            } catch {
                throw .configuration(["\(meters[0].owner.place).rtu: \(error)"])
            }
        }
    }
}
