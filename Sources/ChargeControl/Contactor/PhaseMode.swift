/// Which phases a closed contactor connects.
public enum PhaseMode: UInt8, Sendable, BitwiseCopyable, Equatable {
    /// L1 and N.
    case single
    /// L1, L2, L3 and N.
    case three

    // Written out so that `@_noLocks` code may compare across files.
    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.single, .single), (.three, .three): true
        default: false
        }
    }
}
