/// Which driver serves a board.
public enum BoardKind: String, CaseIterable, Sendable {
    /// The plant of `Tools/Simulator`, over its socket.
    case simulated
    /// GPIO lines, kernel PWM and IIO converters of a Linux board.
    case gpio
}
