import DeviceKeys
import FirmwareUpdate
import SignedRecords

/// A key that signs, as the command line names it: a file in PEM, or a token's key by its URI (RFC 7512):
///
///     pkcs11:token=LABEL;object=KEY?module-path=/usr/lib/….so&pin-source=FILE
enum SigningKey {
    static let help = "A key's file in PEM, or pkcs11:token=LABEL;object=KEY?module-path=MODULE&pin-source=FILE"

    static func open(_ name: String) throws -> any UpdateSigner {
        guard name.hasPrefix("pkcs11:") else { return try ReleaseKeyFile.read(path: name) }
        let place = try TokenPlace(name)
        let key = try TokenSigningKey(
            module: place.module, tokenLabel: place.token, keyLabel: place.object, pinFile: place.pinFile)
        return TokenSigner(key: key)
    }

    private struct TokenSigner: UpdateSigner {
        let key: TokenSigningKey
        var publicKeyBytes: [UInt8] { key.publicKey }
        func signature(over message: [UInt8]) throws -> [UInt8] { try key.sign(message) }
    }

    /// What the URI says; each of the four is needed, and nothing else is known.
    struct TokenPlace: Equatable {
        let token: String
        let object: String
        let module: String
        let pinFile: String

        init(_ uri: String) throws {
            func refuse(_ expected: String) -> StationError {
                .option(name: "key", expected: expected, found: uri)
            }
            let halves = uri.dropFirst("pkcs11:".count).split(separator: "?", omittingEmptySubsequences: false)
            guard halves.count == 2 else { throw refuse("pkcs11:PATH?QUERY") }
            var values: [String: String] = [:]
            let parts =
                halves[0].split(separator: ";", omittingEmptySubsequences: false)
                + halves[1].split(separator: "&", omittingEmptySubsequences: false)
            for part in parts {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard pair.count == 2, let value = Self.decoded(pair[1]), !value.isEmpty,
                    values.updateValue(value, forKey: String(pair[0])) == nil
                else { throw refuse("names with values, each once") }
            }
            func take(_ name: String) throws -> String {
                guard let value = values.removeValue(forKey: name) else { throw refuse("\(name)=…") }
                return value
            }
            token = try take("token")
            object = try take("object")
            module = try take("module-path")
            let pin = try take("pin-source")
            pinFile = pin.hasPrefix("file:") ? String(pin.dropFirst(5)) : pin
            if let strange = values.keys.sorted().first { throw refuse("nothing named \(strange)") }
        }

        /// The text without percent signs (RFC 3986 section 2.1); nil where one of them is not followed by two hex digits.
        private static func decoded(_ text: Substring) -> String? {
            var bytes: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "%") else {
                    bytes.append(byte)
                    continue
                }
                guard let value = Hexadecimal.decode(String(decoding: rest.prefix(2), as: UTF8.self)), value.count == 1
                else { return nil }
                bytes += value
                rest = rest.dropFirst(2)
            }
            return String(validating: bytes, as: UTF8.self)
        }
    }
}
