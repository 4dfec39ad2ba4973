public import CardReader
import SignedRecords

/// A reader that follows docs/card-readers.md: bytes in, bytes out.
public struct SimulatedReader: Sendable {
    private var framing = LineFraming()
    private var card: SimulatedCard?
    private var number: UInt16 = 0
    /// What the charger has said of cards: `O` and `E` lines, each once.
    public private(set) var results: [ChargerLine] = []
    /// The newest signature that a card gave.
    public private(set) var signature: [UInt8]?

    /// A reader without a card.
    public init() {}

    /// What it says when it starts.
    public func greeting() -> [UInt8] { LineFraming.bytes(of: ReaderLine.hello(version: 1, name: "sim-1").text) }

    /// A card is laid on it.
    public mutating func place(_ card: SimulatedCard) -> [UInt8] {
        self.card = card
        number = number == .max ? 1 : number + 1
        return again()
    }

    /// Each second while the card lies there and the charger has not decided.
    public func again() -> [UInt8] {
        guard let card, !isDecided else { return [] }
        return LineFraming.bytes(of: ReaderLine.card(number, card.kind).text)
    }

    /// The card is taken away.
    public mutating func remove() -> [UInt8] {
        guard card != nil else { return [] }
        card = nil
        return LineFraming.bytes(of: ReaderLine.removed(number).text)
    }

    /// Whether the charger has said what becomes of the card that lies there.
    public var isDecided: Bool {
        switch results.last {
        case .accepted(let card, _), .refused(let card, _): card == number
        default: false
        }
    }

    /// Answers what has come.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var answer: [UInt8] = []
        for case .line(let text) in framing.receive(bytes) {
            guard let line = ChargerLine(text) else { continue }
            answer += self.answer(line)
        }
        return answer
    }

    private mutating func answer(_ line: ChargerLine) -> [UInt8] {
        switch line {
        case .hello: return greeting()
        case .ping: return LineFraming.bytes(of: ReaderLine.alive.text)
        case .read(let card, let offset, let count):
            guard card == number, let voucher = self.card?.voucher, offset + count <= voucher.count else { return [] }
            return LineFraming.bytes(
                of: ReaderLine.data(card, offset: offset, Array(voucher[offset..<offset + count])).text)
        case .sign(let card, let purpose, let statement):
            guard card == number, let present = self.card else { return [] }
            guard let signature = present.sign(purpose, statement) else {
                return LineFraming.bytes(of: ReaderLine.failed(card).text)
            }
            self.signature = signature
            return LineFraming.bytes(of: ReaderLine.signature(card, signature).text)
        case .accepted(let card, _), .refused(let card, _):
            if card == number, results.last != line { results.append(line) }
            return []
        }
    }
}
