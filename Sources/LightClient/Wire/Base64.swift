/// Base64 of RFC 4648 section 4 with padding, as Go writes `[]byte`; the reader refuses every other spelling of the same bytes.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The padded text of `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16
                | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            text.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`: padded, no white space, unused bits zero.
    public static func decode(_ text: String) throws(LightClientError) -> [UInt8] {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else {
            throw .malformedText(kind: "base64", text: text, reason: "length \(digits.count) is not a multiple of 4")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3)
        var index = 0
        while index < digits.count {
            let isLast = index + 4 == digits.count
            let padding =
                !isLast || digits[index + 3] != UInt8(ascii: "=")
                ? 0
                : digits[index + 2] == UInt8(ascii: "=") ? 2 : 1
            var group: UInt32 = 0
            for place in 0..<4 {
                if place >= 4 - padding {
                    group <<= 6
                } else if let value = sextet(digits[index + place]) {
                    group = group << 6 | UInt32(value)
                } else {
                    throw .malformedText(
                        kind: "base64", text: text, reason: "not a base64 digit at place \(index + place)")
                }
            }
            let unused: UInt32 = padding == 2 ? 0xffff : padding == 1 ? 0xff : 0
            guard group & unused == 0 else {
                throw .malformedText(kind: "base64", text: text, reason: "unused bits are not zero")
            }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
            if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
            index += 4
        }
        return bytes
    }

    private static func sextet(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5a: return digit - 0x41
        case 0x61...0x7a: return digit - 0x61 + 26
        case 0x30...0x39: return digit - 0x30 + 52
        case 0x2b: return 62
        case 0x2f: return 63
        default: return nil
        }
    }
}
