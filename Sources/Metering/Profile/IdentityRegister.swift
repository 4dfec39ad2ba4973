/// A register that says which meter this is: its serial number or a code of its model.
struct IdentityRegister: Equatable, Sendable {
    let span: RegisterSpan
    let type: RegisterType
    let order: WordOrder
    let rendering: Rendering
    /// What it must say; empty where anything is accepted.
    let expected: [String]

    /// How it is written in records and receipts.
    enum Rendering: String, CaseIterable, Equatable, Sendable {
        case decimal
        /// Lower case, all digits of the registers.
        case hex
        case text
    }

    /// The identity as text.
    func decode(_ words: [UInt16]) throws(DecodingFault) -> String {
        guard words.count == span.count else { throw .truncated(expected: span.count, found: words.count) }
        if type == .text { return try Self.text(words) }
        let number = try RawNumber(words: words[...], type: type, order: order)
        switch rendering {
        case .hex:
            let digits = String(RawNumber.bits(words[...], order), radix: 16)
            return String(repeating: "0", count: max(0, words.count * 4 - digits.count)) + digits
        case .decimal, .text:
            switch number {
            case .signed(let value): return String(value)
            case .unsigned(let value): return String(value)
            case .float: throw .notText
            }
        }
    }

    /// The serial number. One that every meter could have is none: nothing at all, zeros, or all ones.
    func decodeSerial(_ words: [UInt16]) throws(DecodingFault) -> String {
        let serial = try decode(words)
        guard !serial.isEmpty, words.contains(where: { $0 != 0 }), words.contains(where: { $0 != 0xFFFF }) else {
            throw .notAvailable
        }
        return serial
    }

    /// Two characters a register; NULs and blanks at the end are padding.
    private static func text(_ words: [UInt16]) throws(DecodingFault) -> String {
        var bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        while let last = bytes.last, last == 0 || last == UInt8(ascii: " ") { bytes.removeLast() }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .notText }
        return String(decoding: bytes, as: UTF8.self)
    }
}
