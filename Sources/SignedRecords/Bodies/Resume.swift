/// The contactor closed again in the same session.
public struct Resume: Hashable, Sendable {
    public var session: SessionID

    public init(session: SessionID) { self.session = session }
}

extension Resume: RecordPart {
    var fields: [RecordField] { [RecordField(1, "session", .bytes(session.bytes))] }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
    }
}
