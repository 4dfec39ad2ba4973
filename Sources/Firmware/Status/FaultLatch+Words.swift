internal import ChargeControl

extension FaultLatch {
    /// What has to happen for such a fault to go.
    var clearing: String {
        switch self {
        case .none: "its cause going away"
        case .session: "unplugging"
        case .sessionAndReset: "unplugging and a local reset"
        case .localReset: "a local reset once its cause is gone"
        case .selfTest: "a technician, or a restart and a residual-current self-test that passes"
        case .technician: "a technician"
        }
    }
}
