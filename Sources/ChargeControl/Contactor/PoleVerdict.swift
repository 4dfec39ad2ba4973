/// What the two feedbacks of one pole say, given what it was told: the contactor's truth table.
///
///     told     mirror    load      verdict
///     open     open      dead, ?   open
///     open     any       live      welded (where the mirror contact says open, it alone would not have seen it)
///     open     closed    dead, ?   not opened: armature or pole stuck, or a weld with no mains in front of it
///     open     ?         dead      open
///     closed   closed    live, ?   closed
///     closed   closed    dead      dead: the pole does not conduct, or its phase is missing
///     closed   open      any       not closed
///     closed   ?         live      closed
///     closed   ?         dead      not closed
///     any      ?         ?         unknown
enum PoleVerdict: Sendable, BitwiseCopyable, Equatable {
    case open
    case closed
    case welded
    case notOpened
    case notClosed
    case dead
    case unknown

    @_noLocks
    init(toldClosed: Bool, mirror: ContactFeedback, load: ContactFeedback) {
        self = toldClosed ? Self.whenClosed(mirror, load) : Self.whenOpen(mirror, load)
    }

    @_noLocks
    private static func whenOpen(_ mirror: ContactFeedback, _ load: ContactFeedback) -> PoleVerdict {
        switch (mirror, load) {
        case (_, .closed): .welded
        case (.closed, .open), (.closed, .unknown): .notOpened
        case (.open, .open), (.open, .unknown), (.unknown, .open): .open
        case (.unknown, .unknown): .unknown
        }
    }

    @_noLocks
    private static func whenClosed(_ mirror: ContactFeedback, _ load: ContactFeedback) -> PoleVerdict {
        switch (mirror, load) {
        case (.open, _), (.unknown, .open): .notClosed
        case (.closed, .open): .dead
        case (.closed, .closed), (.closed, .unknown), (.unknown, .closed): .closed
        case (.unknown, .unknown): .unknown
        }
    }
}
