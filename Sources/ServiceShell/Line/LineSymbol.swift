/// What a serial line delivers.
public enum LineSymbol: Equatable, Sendable {
    /// A byte received well.
    case byte(UInt8)
    /// A byte received with a framing or parity error.
    case damaged
    /// A BREAK condition: the way back from any state.
    case lineBreak
    /// The carrier was lost: whoever was there has gone.
    case hangUp
}

/// Reads the marks that a Linux terminal in PARMRK mode puts into its byte stream.
///
/// termios(3): a byte received in error arrives as `FF 00 X`, a BREAK as `FF 00 00`, a good `FF` as `FF FF`. A mark may be
/// cut anywhere between two reads.
public struct MarkedLine: Sendable {
    private enum State: Sendable { case plain, marked, inError }
    private var state = State.plain

    public init() {}

    /// What the next byte completes, if anything.
    public mutating func receive(_ byte: UInt8) -> LineSymbol? {
        switch (state, byte) {
        case (.plain, 0xFF):
            state = .marked
            return nil
        case (.plain, _):
            return .byte(byte)
        case (.marked, 0x00):
            state = .inError
            return nil
        case (.marked, 0xFF):
            state = .plain
            return .byte(0xFF)
        case (.marked, _):
            // No mark has this form: the driver does not do as termios(3) says. The byte is not to be trusted.
            state = .plain
            return .damaged
        case (.inError, _):
            state = .plain
            return byte == 0 ? .lineBreak : .damaged
        }
    }
}
