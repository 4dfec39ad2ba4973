internal import FoundationEssentials

/// Reads and writes values in the shapes of CometBFT's RPC.
public enum RPCJSON {
    /// Decodes one value after the bounds of ``BoundedJSON`` have been checked.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from text: [UInt8], maxSize: Int = BoundedJSON.maxSize
    ) throws(LightClientError) -> Value {
        try BoundedJSON.check(text, maxSize: maxSize)
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch let error as LightClientError {
            throw error
        } catch let error as DecodingError {
            throw RPCJSON.translated(error)
        } catch {
            throw .unexpectedJSON(path: "", reason: "cannot be read")
        }
    }

    /// Encodes one value; keys in alphabetical order, so the same value always gives the same bytes.
    public static func encode(_ value: some Encodable) throws(LightClientError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch let error as LightClientError {
            throw error
        } catch {
            throw .unexpectedJSON(path: "", reason: "cannot be written")
        }
    }

    /// `signed_header.commit.signatures[3].timestamp`.
    static func path(_ codingPath: [any CodingKey]) -> String {
        var path = ""
        for key in codingPath {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return path
    }

    private static func translated(_ error: DecodingError) -> LightClientError {
        switch error {
        case .keyNotFound(let key, let context):
            return .unexpectedJSON(path: path(context.codingPath + [key]), reason: "is missing")
        case .typeMismatch(let type, let context):
            return .unexpectedJSON(path: path(context.codingPath), reason: "is not of type \(type)")
        case .valueNotFound(let type, let context):
            return .unexpectedJSON(path: path(context.codingPath), reason: "is null, expected \(type)")
        case .dataCorrupted(let context):
            return .unexpectedJSON(path: path(context.codingPath), reason: context.debugDescription)
        @unknown default:
            return .unexpectedJSON(path: "", reason: "cannot be read")
        }
    }
}

/// Reads the decimal text of a 64-bit integer: no sign but "-", no leading zeros, nothing else.
enum DecimalText {
    static func parse<Integer: FixedWidthInteger>(_ text: String, as type: Integer.Type) -> Integer? {
        guard let value = Integer(text, radix: 10), String(value) == text else { return nil }
        return value
    }
}

extension KeyedDecodingContainer {
    /// int64 or uint64: a string.
    func integer<Integer: FixedWidthInteger>(_ key: Key, as type: Integer.Type = Int64.self) throws -> Integer {
        let text = try decode(String.self, forKey: key)
        guard let value = DecimalText.parse(text, as: Integer.self) else {
            throw refused(key, "\"\(text.prefix(40))\" is not a \(Integer.bitWidth)-bit integer")
        }
        return value
    }

    /// int64 or uint64 that may be missing or null, which is 0.
    func integerIfPresent<Integer: FixedWidthInteger>(
        _ key: Key, as type: Integer.Type = Int64.self
    ) throws -> Integer {
        guard try decodeIfPresent(String.self, forKey: key) != nil else { return 0 }
        return try integer(key, as: Integer.self)
    }

    /// HexBytes: either case; null or missing is empty.
    func hex(_ key: Key) throws -> [UInt8] {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return [] }
        return try located(key) { () throws(LightClientError) in try Hex.decode(text) }
    }

    /// A hash in hex; null, missing or "" is none.
    func hash(_ key: Key) throws -> Hash? {
        let bytes = try hex(key)
        guard !bytes.isEmpty else { return nil }
        guard let hash = Hash(bytes: bytes) else {
            throw refused(key, "expected 0 or 32 bytes, got \(bytes.count)")
        }
        return hash
    }

    /// An address in hex; null, missing or "" is none.
    func address(_ key: Key) throws -> Address? {
        let bytes = try hex(key)
        guard !bytes.isEmpty else { return nil }
        guard let address = Address(bytes: bytes) else {
            throw refused(key, "expected 0 or 20 bytes, got \(bytes.count)")
        }
        return address
    }

    /// []byte: base64; null or missing is empty.
    func base64(_ key: Key) throws -> [UInt8] {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return [] }
        return try located(key) { () throws(LightClientError) in try Base64.decode(text) }
    }

    /// A list; null or missing is empty.
    func list<Element: Decodable>(_ key: Key, of type: Element.Type) throws -> [Element] {
        try decodeIfPresent([Element].self, forKey: key) ?? []
    }

    /// The error that the value at `key` is refused.
    func refused(_ key: Key, _ reason: String) -> LightClientError {
        .unexpectedJSON(path: RPCJSON.path(codingPath + [key]), reason: reason)
    }

    private func located<Value>(
        _ key: Key, _ read: () throws(LightClientError) -> Value
    ) throws(LightClientError) -> Value {
        do throws(LightClientError) {
            return try read()
        } catch {
            throw refused(key, "\(error)")
        }
    }
}

extension KeyedEncodingContainer {
    /// int64 or uint64: a string.
    mutating func integer(_ value: some FixedWidthInteger, _ key: Key) throws {
        try encode(String(value), forKey: key)
    }

    /// HexBytes: upper case.
    mutating func hex(_ bytes: [UInt8], _ key: Key) throws {
        try encode(Hex.encode(bytes, upperCase: true), forKey: key)
    }

    /// []byte: base64, null when empty.
    mutating func base64(_ bytes: [UInt8], _ key: Key) throws {
        if bytes.isEmpty {
            try encodeNil(forKey: key)
        } else {
            try encode(Base64.encode(bytes), forKey: key)
        }
    }
}
