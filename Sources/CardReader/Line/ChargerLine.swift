import SignedRecords

/// A line that a charger sends to a reader (docs/card-readers.md).
public enum ChargerLine: Equatable, Sendable {
    /// `Q`: who are you?
    case hello
    /// `P`: are you there?
    case ping
    /// `G N OFFSET COUNT`: a part of the card's memory, please.
    case read(UInt16, offset: Int, count: Int)
    /// `X N B|V HEX`: sign this, please.
    case sign(UInt16, Purpose, [UInt8])
    /// `O N CONNECTOR`: taken; plug in there.
    case accepted(UInt16, connector: UInt32)
    /// `E N CODE WORD`: not taken.
    case refused(UInt16, CardRefusal)

    /// What a card is asked to sign.
    public enum Purpose: String, Equatable, Sendable {
        /// That it is here, by a statement of `BearerAnswer`: no money moves by it alone.
        case bearer = "B"
        /// A voucher of its own account for this charger: the Sig_structure, from which the card can read the amount.
        case voucher = "V"
    }

    /// The line without its checksum.
    public var text: String {
        switch self {
        case .hello: "Q"
        case .ping: "P"
        case .read(let card, let offset, let count): "G \(card) \(offset) \(count)"
        case .sign(let card, let purpose, let bytes): "X \(card) \(purpose.rawValue) \(Hexadecimal.encode(bytes))"
        case .accepted(let card, let connector): "O \(card) \(connector)"
        case .refused(let card, let refusal): "E \(card) \(refusal.rawValue) \(refusal.word)"
        }
    }

    /// Reads a line without its checksum, as a reader does; nil where it is none of these.
    public init?(_ line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let card = words.count > 1 ? ReaderLine.card(words[1]) : nil
        switch (words[0], words.count, card) {
        case ("Q", 1, _): self = .hello
        case ("P", 1, _): self = .ping
        case ("G", 4, let card?):
            guard let offset = ReaderLine.number(words[2], 0...65_535),
                let count = ReaderLine.number(words[3], 1...ReaderLine.maximumPart)
            else { return nil }
            self = .read(card, offset: offset, count: count)
        case ("X", 4, let card?):
            guard let purpose = Purpose(rawValue: words[2]), let bytes = Hexadecimal.decode(words[3]) else {
                return nil
            }
            self = .sign(card, purpose, bytes)
        case ("O", 3, let card?):
            guard let connector = ReaderLine.number(words[2], 1...64) else { return nil }
            self = .accepted(card, connector: UInt32(connector))
        case ("E", 4, let card?):
            guard let code = ReaderLine.number(words[2], 1...255), let refusal = CardRefusal(rawValue: UInt8(code)),
                refusal.word == words[3]
            else { return nil }
            self = .refused(card, refusal)
        default: return nil
        }
    }
}
