import ChargeControl

/// What the record thread tells the control thread.
enum ControlCommand: BitwiseCopyable, Sendable {
    /// This grant stands.
    case authorization(Authorization)
    /// No grant stands.
    case noAuthorization
    /// The begin record of the core's session of this number is durable.
    case beginDurable(session: UInt32)
    /// Whether records can be written.
    case recordStore(RecordStoreState)
}
