internal import ChargeControl

extension ServiceActivity {
    /// For people; empty outside service mode.
    var words: String {
        switch self {
        case .none: ""
        case .standing: "service mode"
        case .contactorTest: "contactor test"
        case .lockTest: "lock test"
        case .lampTest: "lamp test"
        }
    }
}
