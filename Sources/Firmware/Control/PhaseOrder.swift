/// Which phases of the mains a connector's own are: its L1 first. Installers turn them from one charger to the next, so that
/// cars of one phase do not all load the same.
public enum PhaseOrder: String, CaseIterable, Equatable, BitwiseCopyable, Sendable {
    case l1 = "L1"
    case l2 = "L2"
    case l3 = "L3"
    case l1l2l3 = "L1L2L3"
    case l2l3l1 = "L2L3L1"
    case l3l1l2 = "L3L1L2"
    case l1l3l2 = "L1L3L2"
    case l2l1l3 = "L2L1L3"
    case l3l2l1 = "L3L2L1"

    /// How many phases the connector has: 1 or 3.
    public var count: Int {
        switch self {
        case .l1, .l2, .l3: 1
        case .l1l2l3, .l2l3l1, .l3l1l2, .l1l3l2, .l2l1l3, .l3l2l1: 3
        }
    }

    /// The phase of the mains, 0 to 2, that one of the connector's is; 0 up to its count.
    func place(of phase: Int) -> Int {
        switch self {
        case .l1: 0
        case .l2: 1
        case .l3: 2
        case .l1l2l3: phase
        case .l2l3l1: (phase + 1) % 3
        case .l3l1l2: (phase + 2) % 3
        case .l1l3l2: (3 - phase) % 3
        case .l2l1l3: (4 - phase) % 3
        case .l3l2l1: 2 - phase
        }
    }

    /// Whether it uses a phase of the mains, 0 to 2.
    func uses(_ place: Int) -> Bool { (0..<count).contains { self.place(of: $0) == place } }
}
