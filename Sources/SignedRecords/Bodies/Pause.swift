/// Why energy stopped flowing while the session stays open.
public enum PauseReason: UInt8, Hashable, Sendable {
    /// The car went back to state B.
    case car = 1
    /// The current limit fell below 6 A.
    case limit = 2
    /// The owner, a schedule or a sharing window.
    case owner = 3
    /// A fault that clears by itself.
    case fault = 4
    /// The meter does not answer acceptably.
    case meter = 5
    /// The control loop ran late.
    case lateness = 6
}

/// The contactor opened; the session stays open.
public struct Pause: Hashable, Sendable {
    public var session: SessionID
    public var reason: PauseReason

    public init(session: SessionID, reason: PauseReason) {
        self.session = session
        self.reason = reason
    }
}

extension Pause: RecordPart {
    var fields: [RecordField] {
        [RecordField(1, "session", .bytes(session.bytes)), RecordField(2, "reason", .code(reason))]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        reason = try fields.code(2, "reason", PauseReason.self)
    }
}
