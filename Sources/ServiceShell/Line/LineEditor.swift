/// Turns what a technician or a program types into lines, and says what to echo. Pure.
///
/// CR, LF and CRLF end a line. A line that begins with `{` belongs to a program: it is not echoed and not edited. In any
/// other line Backspace and Delete take back a character, Ctrl-W a word, Ctrl-U the line; escape sequences (paste marks) are
/// dropped. Ctrl-C gives up either kind. A line that held a damaged byte or a control character, or that is too long, is
/// never delivered as a line: a noisy wire must not execute another command than the one typed.
///
/// On a terminal that has answered the question for its size, the keys of `LineEditor+Terminal.swift` work, too. On any other
/// they are control characters, and refuse their line.
public struct LineEditor: Sendable {
    /// The longest line, in bytes without its end.
    public static let limit = 1024

    /// What a symbol completed.
    public enum Event: Equatable, Sendable {
        /// A line for people.
        case line(String)
        /// A line that begins with `{`.
        case machineLine(String)
        /// A line that was refused.
        case refused(ServiceShellError, isMachine: Bool)
        /// The line was given up with Ctrl-C.
        case interrupted
        /// The terminal said how large it is.
        case terminal(rows: Int, columns: Int)
        /// Ctrl-L: the screen is to be cleared.
        case clearScreen
        /// Tab: this stands before the cursor.
        case complete(String)
    }

    /// What one symbol led to.
    public struct Step: Equatable, Sendable {
        /// Bytes to show to the typist.
        public var echo: [UInt8] = []
        /// What was completed, if anything.
        public var event: Event?
    }

    enum Escape: Equatable, Sendable { case none, started, control, single }
    enum Defect: Sendable { case none, tooLong, damaged }

    var buffer: [UInt8] = []
    /// Where the next byte goes, in bytes; always between two characters.
    var cursor = 0
    var defect = Defect.none
    var escape = Escape.none
    /// Parameters of the control sequence under way.
    var parameters: [UInt8] = []
    /// What Ctrl-R looks for, and how many finds were passed over; nil while it does not.
    var search: (text: [UInt8], skipping: Int)?
    var history = LineHistory()
    private var afterCarriageReturn = false
    /// Whether the terminal moves its cursor when told to.
    public var isTerminal = false

    public init() { buffer.reserveCapacity(Self.limit) }

    /// Whether no byte of a line has come yet.
    public var isAtStart: Bool { buffer.isEmpty && defect == .none && escape == .none }

    /// Whether the line under way belongs to a program.
    public var isMachine: Bool { buffer.first == UInt8(ascii: "{") }

    /// The line under way, as it stands on the screen.
    var text: String { String(decoding: buffer, as: UTF8.self) }

    /// Keeps a line for the arrows; lines with secrets are not given here.
    mutating func remember(_ line: String) { history.remember(line) }

    /// Takes the next symbol of the line.
    public mutating func receive(_ symbol: LineSymbol) -> Step {
        switch symbol {
        case .byte(let byte):
            return receive(byte)
        case .damaged:
            afterCarriageReturn = false
            return damage()
        case .lineBreak, .hangUp:
            self = LineEditor()
            return Step(event: .interrupted)
        }
    }

    /// Whether a symbol only completes the end of the line that was taken last.
    func isPairEnd(_ symbol: LineSymbol) -> Bool { afterCarriageReturn && symbol == .byte(.lineFeed) }

    private mutating func receive(_ byte: UInt8) -> Step {
        let endsPair = afterCarriageReturn && byte == .lineFeed
        afterCarriageReturn = byte == .carriageReturn
        if endsPair { return Step() }
        if search != nil, byte != .escape { return searching(byte) }
        if byte == .carriageReturn || byte == .lineFeed { return endLine() }
        if byte == .interrupt {
            let showsMark = !isMachine
            clear()
            return Step(echo: showsMark ? Array("^C\r\n".utf8) : [], event: .interrupted)
        }
        if isMachine { return append(byte, echo: false) }
        if escape != .none {
            if let step = swallow(byte) { return step }
        }
        switch byte {
        case .escape:
            escape = .started
            parameters = []
            search = nil
            return Step()
        case .backspace, .delete:
            return erase(characters: buffer.isEmpty ? 0 : 1)
        case .eraseLine:
            defect = .none
            return isTerminal ? replaceLine(with: "") : erase(characters: .max)
        case .eraseWord:
            return erase(characters: lastWordLength)
        case .tab:
            return isTerminal ? Step(event: .complete(textBeforeCursor)) : append(.space, echo: true)
        case 0..<0x20:
            return isTerminal ? terminalKey(byte) ?? damage() : damage()
        default:
            return append(byte, echo: true)
        }
    }

    /// Takes a byte of the escape sequence under way (ECMA-48 section 5.4, and SS3 for keypads); nil where the byte is none.
    private mutating func swallow(_ byte: UInt8) -> Step? {
        switch (escape, byte) {
        case (.started, UInt8(ascii: "[")):
            escape = .control
            return Step()
        case (.started, UInt8(ascii: "O")):
            escape = .single
            return Step()
        case (.control, 0x20...0x3F):
            // Longer ones are no key.
            if parameters.count < 16 { parameters.append(byte) }
            return Step()
        case (.control, 0x40...0x7E), (.single, 0x20...0x7E):
            escape = .none
            return sequence(byte)
        case (.started, 0x20...0x7E):
            escape = .none
            return Step()
        default:
            escape = .none
            return nil
        }
    }

    mutating func append(_ byte: UInt8, echo: Bool) -> Step {
        guard defect != .tooLong else { return Step() }
        guard buffer.count < Self.limit else {
            defect = .tooLong
            return Step(echo: echo ? [.bell] : [])
        }
        buffer.insert(byte, at: cursor)
        cursor += 1
        // A machine line begins with its first byte: that one is not echoed either.
        guard echo, !isMachine else { return Step() }
        return Step(echo: [byte] + tail)
    }

    mutating func damage() -> Step {
        if defect == .none { defect = .damaged }
        return Step(echo: isMachine ? [] : [.bell])
    }

    private mutating func endLine() -> Step {
        let wasMachine = isMachine
        defer { clear() }
        let event: Event
        switch defect {
        case .tooLong:
            event = .refused(.lineTooLong(limit: Self.limit), isMachine: wasMachine)
        case .damaged:
            event = .refused(.lineDamaged, isMachine: wasMachine)
        case .none:
            if let text = String(validating: buffer, as: UTF8.self) {
                event = wasMachine ? .machineLine(text) : .line(text)
            } else {
                event = .refused(.lineDamaged, isMachine: wasMachine)
            }
        }
        return Step(echo: wasMachine ? [] : [.carriageReturn, .lineFeed], event: event)
    }

    /// The characters of the last word before the cursor and the blanks after it.
    private var lastWordLength: Int {
        var length = 0
        var at = cursor
        while at > 0, buffer[at - 1] == .space { (at, length) = (at - 1, length + 1) }
        while at > 0, buffer[at - 1] != .space {
            at -= 1
            if !Self.isContinuation(buffer[at]) { length += 1 }
        }
        return length
    }

    /// Takes back characters before the cursor.
    private mutating func erase(characters: Int) -> Step {
        var erased = 0
        while erased < characters, cursor > 0 {
            cursor -= 1
            let byte = buffer.remove(at: cursor)
            if !Self.isContinuation(byte) || cursor == 0 { erased += 1 }
        }
        guard cursor == buffer.count else {
            return Step(echo: Array(repeating: .backspace, count: erased) + tail)
        }
        return Step(echo: Array(repeatElement([.backspace, .space, .backspace], count: erased).joined()))
    }

    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    mutating func clear() {
        buffer.removeAll(keepingCapacity: true)
        cursor = 0
        defect = .none
        escape = .none
        search = nil
        history.rewind()
    }
}

extension UInt8 {
    static let interrupt: UInt8 = 0x03
    static let bell: UInt8 = 0x07
    static let backspace: UInt8 = 0x08
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let eraseLine: UInt8 = 0x15
    static let eraseWord: UInt8 = 0x17
    static let escape: UInt8 = 0x1B
    static let space: UInt8 = 0x20
    static let delete: UInt8 = 0x7F
}
