/// Hexadecimal text. CometBFT writes header hashes in upper case and reads either case; this project prints lower case.
public enum Hex {
    /// The text of `bytes`, two digits a byte.
    public static func encode(_ bytes: [UInt8], upperCase: Bool = false) -> String {
        let digits: [UInt8] = Array((upperCase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0x0f)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`; either case, an even number of digits, nothing else.
    public static func decode(_ text: String, kind: String = "hex") throws(LightClientError) -> [UInt8] {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else {
            throw .malformedText(kind: kind, text: text, reason: "odd number of hex digits (\(digits.count))")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var index = 0
        while index < digits.count {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else {
                throw .malformedText(kind: kind, text: text, reason: "not a hex digit near place \(index)")
            }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: return digit - 0x30
        case 0x41...0x46: return digit - 0x41 + 10
        case 0x61...0x66: return digit - 0x61 + 10
        default: return nil
        }
    }
}
