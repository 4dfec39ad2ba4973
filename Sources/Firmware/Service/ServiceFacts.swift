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
}
