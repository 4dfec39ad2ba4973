public import Quantities

/// The talk with one reader as a value: bytes and time in, lines and cards out. It opens, waits for and knows nothing.
///
/// Invariants: one card at a time; what is kept is bounded whatever comes; a line that is lost is asked for again, and one
/// that comes twice counts once.
public struct ReaderSession: Sendable {
    /// What is to be done.
    public enum Output: Equatable, Sendable {
        /// Bytes for the reader.
        case send([UInt8])
        /// A card is there; `decide` says what becomes of it.
        case card(UInt16, PresentedCard)
        /// What the card was asked to sign.
        case signature(UInt16, [UInt8])
        /// The card that was asked for is gone, or does not answer.
        case gone(UInt16)
    }

    /// The protocol's version.
    public static let version: UInt32 = 1
    /// A line that was not answered is sent again.
    static let repeatAfter = Nanoseconds.milliseconds(600)
    static let mostTries = 8
    static let pingAfter = Nanoseconds.seconds(4)
    /// No line for so long: the reader is silent.
    static let silentAfter = Nanoseconds.seconds(15)
    /// Between two cards: a reader that floods costs the charger no more decisions than that.
    static let cardInterval = Nanoseconds.milliseconds(200)
    /// The longest voucher.
    static let maximumVoucher = 2_048

    private enum Stage: Equatable {
        case reading(length: Int, [UInt8])
        case deciding
        case signing
        case decided

        /// Whether the reader owes a line.
        var isOpen: Bool {
            switch self {
            case .reading, .signing: true
            case .deciding, .decided: false
            }
        }
    }

    private struct Card {
        let number: UInt16
        var stage: Stage
        /// The line that the reader was last sent about it, when, and how often.
        var line: ChargerLine?
        var sentAt: MonotonicInstant
        var tries = 0
    }

    private var framing = LineFraming()
    private var card: Card?
    private var cardAt: MonotonicInstant?
    private var heardAt: MonotonicInstant
    private var pingedAt: MonotonicInstant
    /// As the reader names itself; nil before it did. A reader of another version is nobody.
    public private(set) var name: String?
    /// The version that it speaks, where it is another.
    public private(set) var otherVersion: UInt32?
    /// Lines that were understood, and what was none.
    public private(set) var lines: UInt64 = 0
    public private(set) var noise: UInt64 = 0

    /// A talk that begins now: the first line asks who is there.
    public init(at now: MonotonicInstant) {
        heardAt = now
        pingedAt = now
    }

    /// The first line.
    public func greeting() -> [Output] { [.send(LineFraming.bytes(of: ChargerLine.hello.text))] }

    /// Whether nothing was heard for too long.
    public func isSilent(at now: MonotonicInstant) -> Bool { now - heardAt > Self.silentAfter }

    /// Takes in what has come.
    public mutating func receive(_ bytes: some Sequence<UInt8>, at now: MonotonicInstant) -> [Output] {
        var outputs: [Output] = []
        for found in framing.receive(bytes) {
            guard case .line(let text) = found, let line = ReaderLine(text) else {
                noise &+= 1
                continue
            }
            lines &+= 1
            heardAt = now
            take(line, now, &outputs)
        }
        return outputs
    }

    /// Time passes: what was not answered is asked again.
    public mutating func tick(at now: MonotonicInstant) -> [Output] {
        var outputs: [Output] = []
        if now - pingedAt >= Self.pingAfter {
            pingedAt = now
            outputs.append(.send(LineFraming.bytes(of: (name == nil ? ChargerLine.hello : .ping).text)))
        }
        guard var card, card.stage.isOpen, let line = card.line, now - card.sentAt >= Self.repeatAfter else {
            return outputs
        }
        guard card.tries < Self.mostTries else {
            outputs.append(.gone(card.number))
            return outputs + settle(card.number, .refused(card.number, .silent), now)
        }
        card.tries += 1
        card.sentAt = now
        self.card = card
        outputs.append(.send(LineFraming.bytes(of: line.text)))
        return outputs
    }

    /// Says what becomes of a card; nothing where it is not the one that lies there.
    public mutating func decide(_ number: UInt16, _ decision: CardDecision, at now: MonotonicInstant) -> [Output] {
        guard card?.number == number, card?.stage == .deciding else { return [] }
        switch decision {
        case .ask(let purpose, let statement):
            return send(.sign(number, purpose, statement), .signing, now)
        case .accepted(let connector): return settle(number, .accepted(number, connector: connector), now)
        case .refused(let refusal): return settle(number, .refused(number, refusal), now)
        }
    }

    // MARK: Lines

    private mutating func take(_ line: ReaderLine, _ now: MonotonicInstant, _ outputs: inout [Output]) {
        switch line {
        case .hello(let version, let name):
            // A reader that starts anew has forgotten its card.
            if let card { outputs.append(.gone(card.number)) }
            card = nil
            self.name = version == Self.version ? name : nil
            otherVersion = version == Self.version ? nil : version
        case .alive: break
        case .card(let number, let kind): outputs += present(number, kind, now)
        case .data(let number, let offset, let bytes): outputs += append(number, offset, bytes, now)
        case .signature(let number, let signature):
            guard card?.number == number, card?.stage == .signing else { return }
            card?.stage = .deciding
            outputs.append(.signature(number, signature))
        case .failed(let number):
            guard let card, card.number == number, card.stage.isOpen else { return }
            outputs.append(.gone(number))
            outputs += settle(number, .refused(number, .cardRefuses), now)
        case .removed(let number):
            guard card?.number == number else { return }
            card = nil
            outputs.append(.gone(number))
        }
    }

    private mutating func present(_ number: UInt16, _ kind: ReaderLine.Kind, _ now: MonotonicInstant) -> [Output] {
        guard name != nil else { return [.send(LineFraming.bytes(of: ChargerLine.hello.text))] }
        if let card, card.number == number {
            // The reader says it again: what it was told may be lost.
            guard let line = card.line else { return [] }
            return [.send(LineFraming.bytes(of: line.text))]
        }
        // It is said again in a moment.
        if let cardAt, now - cardAt < Self.cardInterval { return [] }
        var outputs: [Output] = card.map { [.gone($0.number)] } ?? []
        cardAt = now
        card = Card(number: number, stage: .deciding, line: nil, sentAt: now)
        switch kind {
        case .voucher(let length):
            guard length <= Self.maximumVoucher else {
                return outputs + settle(number, .refused(number, .invalid), now)
            }
            outputs += ask(number, length, [], now)
        case .key(let key): outputs.append(.card(number, .key(key)))
        case .identifier(let bytes): outputs.append(.card(number, .identifier(bytes)))
        }
        return outputs
    }

    private mutating func append(
        _ number: UInt16, _ offset: Int, _ bytes: [UInt8], _ now: MonotonicInstant
    ) -> [Output] {
        guard let card, card.number == number, case .reading(let length, var read) = card.stage, offset == read.count,
            bytes.count == min(ReaderLine.maximumPart, length - read.count)
        else { return [] }
        read += bytes
        guard read.count == length else { return ask(number, length, read, now) }
        self.card?.stage = .deciding
        self.card?.line = nil
        return [.card(number, .voucher(read))]
    }

    private mutating func ask(_ number: UInt16, _ length: Int, _ read: [UInt8], _ now: MonotonicInstant) -> [Output] {
        send(
            .read(number, offset: read.count, count: min(ReaderLine.maximumPart, length - read.count)),
            .reading(length: length, read), now)
    }

    private mutating func settle(_ number: UInt16, _ line: ChargerLine, _ now: MonotonicInstant) -> [Output] {
        send(line, .decided, now)
    }

    private mutating func send(_ line: ChargerLine, _ stage: Stage, _ now: MonotonicInstant) -> [Output] {
        card?.line = line
        card?.stage = stage
        card?.sentAt = now
        card?.tries = 0
        return [.send(LineFraming.bytes(of: line.text))]
    }
}
