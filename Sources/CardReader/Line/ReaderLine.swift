import SignedRecords

/// A line that a reader sends (docs/card-readers.md).
public enum ReaderLine: Equatable, Sendable {
    /// `H 1 NAME`: it has started, or was asked who it is.
    case hello(version: UInt32, name: String)
    /// `K`: it is there.
    case alive
    /// `C N …`: a card lies on it.
    case card(UInt16, Kind)
    /// `D N OFFSET HEX`: a part of the card's memory.
    case data(UInt16, offset: Int, [UInt8])
    /// `S N HEX`: the card's signature, 64 bytes.
    case signature(UInt16, [UInt8])
    /// `F N`: the card does not do what it was asked.
    case failed(UInt16)
    /// `R N`: the card is gone.
    case removed(UInt16)

    /// What kind of card it is.
    public enum Kind: Equatable, Sendable {
        /// `V LENGTH`: one whose memory holds a voucher of so many bytes.
        case voucher(length: Int)
        /// `A HEX`: one with an Ed25519 key, which is an account's or a bearer's.
        case key([UInt8])
        /// `U HEX`: one that has a number and proves nothing.
        case identifier([UInt8])
    }

    /// The longest part of a card's memory in a line.
    public static let maximumPart = 128

    /// Reads a line without its checksum; nil where it is none of these.
    public init?(_ line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        switch (words[0], words.count) {
        case ("H", 3):
            guard let version = Self.number(words[1], 1...99), (1...32).contains(words[2].utf8.count) else {
                return nil
            }
            self = .hello(version: UInt32(version), name: words[2])
        case ("K", 1): self = .alive
        case ("C", 4):
            guard let card = Self.card(words[1]), let kind = Kind(words[2], words[3]) else { return nil }
            self = .card(card, kind)
        case ("D", 4):
            guard let card = Self.card(words[1]), let offset = Self.number(words[2], 0...65_535),
                let bytes = Hexadecimal.decode(words[3]), (1...Self.maximumPart).contains(bytes.count)
            else { return nil }
            self = .data(card, offset: offset, bytes)
        case ("S", 3):
            guard let card = Self.card(words[1]), let bytes = Hexadecimal.decode(words[2]), bytes.count == 64 else {
                return nil
            }
            self = .signature(card, bytes)
        case ("F", 2), ("R", 2):
            guard let card = Self.card(words[1]) else { return nil }
            self = words[0] == "F" ? .failed(card) : .removed(card)
        default: return nil
        }
    }

    /// The line without its checksum.
    public var text: String {
        switch self {
        case .hello(let version, let name): "H \(version) \(name)"
        case .alive: "K"
        case .card(let card, .voucher(let length)): "C \(card) V \(length)"
        case .card(let card, .key(let key)): "C \(card) A \(Hexadecimal.encode(key))"
        case .card(let card, .identifier(let bytes)): "C \(card) U \(Hexadecimal.encode(bytes))"
        case .data(let card, let offset, let bytes): "D \(card) \(offset) \(Hexadecimal.encode(bytes))"
        case .signature(let card, let bytes): "S \(card) \(Hexadecimal.encode(bytes))"
        case .failed(let card): "F \(card)"
        case .removed(let card): "R \(card)"
        }
    }

    static func card(_ word: String) -> UInt16? { number(word, 1...65_535).map { UInt16($0) } }

    /// Decimal digits alone, without leading zeros.
    static func number(_ word: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = Int(word), range.contains(number), "\(number)" == word else { return nil }
        return number
    }
}

extension ReaderLine.Kind {
    fileprivate init?(_ kind: String, _ value: String) {
        switch kind {
        case "V":
            guard let length = ReaderLine.number(value, 1...65_535) else { return nil }
            self = .voucher(length: length)
        case "A":
            guard let key = Hexadecimal.decode(value), key.count == 32 else { return nil }
            self = .key(key)
        case "U":
            guard let bytes = Hexadecimal.decode(value), (4...10).contains(bytes.count) else { return nil }
            self = .identifier(bytes)
        default: return nil
        }
    }
}
