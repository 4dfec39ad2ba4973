internal import BoardIO
internal import ChargeControl
internal import ServiceShell

// A lamp pattern has three names: the shell's, the core's and the board's. Each switch is over every case that may be asked for; that
// no case of what is answered is left out is a test's part (LampMappingTests).
extension LampPattern {
    /// A technician's word in the core's.
    init(_ pattern: ServiceTestWish.Pattern) {
        self =
            switch pattern {
            case .off: .off
            case .available: .available
            case .connected: .connected
            case .charging: .charging
            case .fault: .fault
            case .service: .service
            case .all: .all
            }
    }
}

extension Indication {
    /// What service mode says.
    init(_ pattern: LampPattern) {
        self =
            switch pattern {
            case .off: .off
            case .available: .available
            case .connected: .connected
            case .charging: .charging
            case .fault: .fault
            case .service: .service
            case .all: .all
            }
    }
}
