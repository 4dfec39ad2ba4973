import Quantities

/// A file that comes in by ZMODEM, spoken by a process of its own: what goes where, and when it is over. Pure.
///
/// The process is started when the sender has asked for it, so that each side hears the other's first word once. Its end of the
/// line is the bytes that came well; nothing that it writes or says is believed.
struct FileReception: Sendable {
    /// So long nothing may come in: no sender, or no byte more in the folder.
    static let patience = Nanoseconds.seconds(120)
    /// So long the sender's last two letters are waited for (docs/decisions/0121).
    static let patienceForFarewell = Nanoseconds.seconds(1)
    /// What ends a sender: CAN, and backspaces that take it off a person's screen.
    static let cancel = [UInt8](repeating: 0x18, count: 8) + [UInt8](repeating: 0x08, count: 10)
    /// The header ZFIN in hexadecimal: the receiver has closed its files.
    static let finish = Array("**\u{18}B08".utf8)
    static let farewell = Array("OO".utf8)

    enum Effect: Equatable {
        case start
        case toLine([UInt8])
        case toReceiver([UInt8])
    }

    private enum Phase { case listening, receiving }

    /// The longest file, in bytes.
    var longestFile = UInt64.max
    private let until: MonotonicInstant?
    private var phase = Phase.listening
    private var greeting = SenderGreeting()
    private var lastProgress: MonotonicInstant
    private var bytes: UInt64 = 0
    private var lastWords: [UInt8] = []
    private var finishedAt: MonotonicInstant?
    /// What it came to; nil while it goes on.
    private(set) var ending: LineHandover.Ending?
    /// What ended it on the line: BREAK, or a lost carrier. The session has to hear of it.
    private(set) var interruption: LineSymbol?

    /// - Parameter until: when it is over whatever happens.
    init(until: MonotonicInstant?, at now: MonotonicInstant) {
        self.until = until
        lastProgress = now
    }

    /// Takes what came over the line.
    mutating func receive(_ symbols: some Sequence<LineSymbol>, at now: MonotonicInstant) -> [Effect] {
        var effects: [Effect] = []
        var passed: [UInt8] = []
        for symbol in symbols where ending == nil {
            switch symbol {
            case .lineBreak, .hangUp:
                interruption = symbol
                effects += fail(symbol == .lineBreak ? "BREAK" : "the line was dropped")
            // The protocol's own checksums find the hole.
            case .damaged: break
            case .byte(let byte):
                if phase == .receiving { passed.append(byte) } else { effects += listen(to: byte, at: now) }
            }
        }
        if !passed.isEmpty, ending == nil {
            effects.append(.toReceiver(passed))
            finishedAt = finishedAt.map { _ in now }
        }
        return effects
    }

    private mutating func listen(to byte: UInt8, at now: MonotonicInstant) -> [Effect] {
        switch greeting.receive(byte) {
        case .request:
            phase = .receiving
            lastProgress = now
            return [.start]
        case .givenUp: return fail("given up")
        case nil: return []
        }
    }

    /// Takes what the process says; all of it is for the sender.
    mutating func said(_ bytes: [UInt8], at now: MonotonicInstant) -> [Effect] {
        guard ending == nil, !bytes.isEmpty else { return [] }
        // Longer than a header, so that one that is cut between two reads is whole here.
        lastWords = (lastWords + bytes).suffix(bytes.count + Self.finish.count)
        if lastWords.holds(Self.finish) {
            finishedAt = now
            lastWords = []
        }
        return [.toLine(bytes)]
    }

    /// Looks at the folder and the time.
    mutating func look(at content: ReceivedContent, _ now: MonotonicInstant) -> [Effect] {
        guard ending == nil else { return [] }
        if content.bytes > bytes {
            bytes = content.bytes
            lastProgress = now
        }
        if let refusal = refusal(of: content) { return fail(refusal) }
        if let until, now >= until { return fail("the login is over") }
        if let finished = finishedAt, now - finished >= Self.patienceForFarewell {
            // Lost on their way; the receiver would wait for them three times 10 s.
            finishedAt = nil
            return [.toReceiver(Self.farewell)]
        }
        guard now - lastProgress >= Self.patience else { return [] }
        let seconds = Self.patience.wholeMilliseconds / 1_000
        return fail(phase == .listening ? "no sender within \(seconds) s" : "nothing came in for \(seconds) s")
    }

    private func refusal(of content: ReceivedContent) -> String? {
        if content.others > 0 { return "something else than a file was sent" }
        if content.files > 1 { return "expected one file, found \(content.files)" }
        return content.bytes > longestFile ? tooLong : nil
    }

    private var tooLong: String { "longer than \(longestFile) bytes" }

    /// The process has ended.
    mutating func ended(_ how: ReceiverEnding, content: ReceivedContent) -> [Effect] {
        guard ending == nil else { return [] }
        switch how {
        case .exited(code: 0):
            if let refusal = refusal(of: content) { return fail(refusal) }
            guard content.files == 1 else { return fail("no file was sent") }
            ending = .received
            return []
        case .exited(let code): return fail("the sender gave up, or the line is too bad (code \(code))")
        // SIGXFSZ
        case .ended(signal: 25): return fail(tooLong)
        case .ended(let signal): return fail("the receiver was ended by signal \(signal)")
        }
    }

    /// Ends it, where it goes on; whoever sends is told.
    mutating func fail(_ reason: String) -> [Effect] {
        guard ending == nil else { return [] }
        ending = .failed(reason)
        return interruption == .hangUp ? [] : [.toLine(Self.cancel)]
    }
}

extension Array where Element == UInt8 {
    /// Whether these bytes stand in it, one behind the other.
    fileprivate func holds(_ part: [UInt8]) -> Bool {
        guard count >= part.count else { return false }
        return (0...count - part.count).contains { self[$0..<$0 + part.count].elementsEqual(part) }
    }
}
