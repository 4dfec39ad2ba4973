public import Quantities

/// What goes wrong with the meter's next replies.
public struct ReplyFaults: Equatable, Sendable {
    /// How many replies are hit.
    public enum Count: Equatable, Sendable {
        case next(Int)
        case always

        /// Nothing is hit.
        public static let none = Count.next(0)

        /// Whether the next reply is hit; counts it.
        mutating func take() -> Bool {
            switch self {
            case .always: return true
            case .next(let left) where left > 0:
                self = .next(left - 1)
                return true
            case .next: return false
            }
        }
    }

    /// Replies that never come.
    public var dropped = Count.none
    /// Replies that come this much later.
    public var late = (count: Count.none, by: Nanoseconds.zero)
    /// RTU: a wrong CRC. TCP: a wrong transaction number.
    public var damaged = Count.none
    /// Replies that lack their last three bytes.
    public var truncated = Count.none
    /// Replies that come twice.
    public var duplicated = Count.none
    /// Replies whose energy reads "not available".
    public var missingEnergy = Count.none
    /// Replies that are this exception.
    public var exception = (count: Count.none, code: UInt8(0))

    /// No fault.
    public init() {}

    public static func == (left: Self, right: Self) -> Bool {
        left.dropped == right.dropped && left.late == right.late && left.damaged == right.damaged
            && left.truncated == right.truncated && left.duplicated == right.duplicated
            && left.missingEnergy == right.missingEnergy && left.exception == right.exception
    }

    /// The names of the faults that stand, for people; `none` without one.
    public var words: String {
        var names: [String] = []
        if dropped != .none { names.append("drop") }
        if late.count != .none { names.append("late") }
        if damaged != .none { names.append("crc") }
        if truncated != .none { names.append("truncate") }
        if duplicated != .none { names.append("duplicate") }
        if missingEnergy != .none { names.append("nan") }
        if exception.count != .none { names.append("exception") }
        return names.isEmpty ? "none" : names.joined(separator: ",")
    }
}
