import Crypto

/// The code that a back office reads out to someone without a certificate, for looking alone.
///
/// The device shows ten characters; the back office, which has the device's phone key, answers with ten. Each question is good for
/// one answer. Crockford's Base32: no letter is taken for a digit over the telephone.
public enum PhoneCode {
    /// Characters of a question and of an answer; five bits each.
    public static let length = 10
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let domain = Array("wattseal-phone/1\0".utf8)

    /// What is read to the back office for a challenge's nonce.
    public static func question(for nonce: [UInt8]) -> String { text(of: nonce) }

    /// What the back office answers.
    public static func answer(to question: String, device: [UInt8], key: [UInt8]) -> String {
        let message = domain + device + Array(normalised(question).utf8)
        let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
        return text(of: Array(code))
    }

    /// Whether an answer is the right one, in constant time.
    static func isAnswer(_ answer: String, to question: String, device: [UInt8], key: [UInt8]) -> Bool {
        let (left, right) = (
            Array(normalised(answer).utf8), Array(Self.answer(to: question, device: device, key: key).utf8)
        )
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Upper case, without hyphens, and with O, I, L as the digits that they are taken for.
    static func normalised(_ text: String) -> String {
        String(
            text.uppercased().compactMap { character in
                switch character {
                case "-": nil
                case "O": "0"
                case "I", "L": "1"
                default: character
                }
            })
    }

    /// The first 50 bits, five a character.
    private static func text(of bytes: [UInt8]) -> String {
        let bits = bytes.prefix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 6
        return String(
            decoding: (0..<length).map { alphabet[Int(bits >> UInt64(45 - 5 * $0) & 31)] }, as: UTF8.self)
    }
}
