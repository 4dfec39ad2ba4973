public import Quantities

/// What a technician wants of a converter channel's calibration. Connector 0 is the only one.
public enum CalibrationWish: Equatable, Sendable {
    /// A converter channel, as boards name them (docs/boards.md, "Calibration").
    public enum Channel: String, CaseIterable, Sendable {
        case pilotHigh = "pilot-high"
        case pilotLow = "pilot-low"
        case proximity
    }

    /// At the channel's terminal stands the voltage that somebody measures now. The channel is nil before it was named.
    case run(Channel?, reference: Millivolts, connector: UInt32)
    /// The board profile's numbers again.
    case reset(Channel?, connector: UInt32)

    /// 0 where no connector was named.
    public var connector: UInt32 {
        switch self {
        case .run(_, _, let connector), .reset(_, let connector): connector
        }
    }

    /// nil before it was named.
    public var channel: Channel? {
        switch self {
        case .run(let channel, _, _), .reset(let channel, _): channel
        }
    }

    /// nil where the command is none of these.
    init?(_ invocation: Invocation) {
        let channel = invocation.text("channel").flatMap { Channel(rawValue: $0) }
        let connector = invocation.connector ?? 0
        switch invocation.row.command {
        case .calibrate:
            let millivolts = Int32(clamping: invocation.integer("millivolts") ?? 0)
            self = .run(channel, reference: Millivolts(millivolts), connector: connector)
        case .resetCalibration: self = .reset(channel, connector: connector)
        default: return nil
        }
    }
}
