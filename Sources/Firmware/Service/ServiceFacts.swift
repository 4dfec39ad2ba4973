internal import Quantities

/// What the technician's shell tells that does not change while the daemon runs.
struct ServiceFacts: Sendable {
    let identity: DeviceIdentity
    let keyProtection: String
    let bootCount: UInt32
    let endpoint: String
    let startedAt: MonotonicInstant
    /// For the fault table's words.
    let connectors: [ConnectorIdentity]
    /// The slot that this process was started from, `a` or `b`; nil without the launcher.
    var slot: String?
    /// Why a technician ended the firmware before this start, where one did.
    var restartReason: String?
}
