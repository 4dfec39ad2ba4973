/// Watches for a ZMODEM sender's first word, and for somebody who gives up. Pure.
///
/// A sender asks for the receiver with the header ZRQINIT in hexadecimal: `**`, ZDLE, `B`, then 14 digits (type 00, four bytes,
/// CRC), then a line's end. Only its form is looked at: who is taken in by noise has a receiver that waits.
struct SenderGreeting: Sendable {
    enum Word: Equatable { case request, givenUp }

    /// ZDLE, and CAN: five of them in a row end a ZMODEM session.
    private static let cancel: UInt8 = 0x18
    private static let interrupt: UInt8 = 0x03
    private static let beginning: [UInt8] = [UInt8(ascii: "*"), UInt8(ascii: "*"), cancel, UInt8(ascii: "B")]
    private static let digits = 14

    private var recent: [UInt8] = []

    /// What the next byte completes, if anything.
    mutating func receive(_ byte: UInt8) -> Word? {
        if byte == Self.interrupt { return .givenUp }
        recent.append(byte)
        if recent.suffix(5) == [UInt8](repeating: Self.cancel, count: 5)[...] { return .givenUp }
        let length = Self.beginning.count + Self.digits
        if recent.count > length { recent.removeFirst(recent.count - length) }
        guard recent.count == length, recent.starts(with: Self.beginning) else { return nil }
        let header = recent.dropFirst(Self.beginning.count)
        let isHexadecimal = header.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        return isHexadecimal && header.prefix(2) == [UInt8(ascii: "0"), UInt8(ascii: "0")] ? .request : nil
    }
}
