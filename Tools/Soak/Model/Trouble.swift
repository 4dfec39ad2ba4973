/// What goes wrong, or just happens, in a world.
enum Trouble: Int, CaseIterable, Sendable {
    case cause, glitch, wish, plug, stall, limit, grant, owner, store, meter, phases, reset, restart, shutdown,
        toggling,
        sampler, heat, selfTest, weld, sleep

    /// Who did it.
    enum Kind: Int, CaseIterable, Sendable { case car, user, fault, stall }

    var kind: Kind {
        switch self {
        case .glitch, .wish, .toggling: .car
        case .plug, .limit, .grant, .owner, .phases, .reset, .shutdown, .selfTest: .user
        case .cause, .store, .meter, .sampler, .heat, .weld, .restart: .fault
        case .stall, .sleep: .stall
        }
    }
}
