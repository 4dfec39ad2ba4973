/// The bounds that a decoder keeps to.
public struct CBORLimits: Hashable, Sendable {
    /// The most bytes of input.
    public let maximumBytes: Int
    /// The most containers inside one another.
    public let maximumDepth: Int

    public init(maximumBytes: Int = 4 << 20, maximumDepth: Int = 16) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }

    /// 4 MiB, 16 levels.
    public static let standard = CBORLimits()
}

extension CBOR {
    /// Decodes exactly one item that fills the input.
    ///
    /// Refuses, with the byte offset: non-minimal integers and lengths, indefinite lengths, map keys out of order or twice,
    /// floats, undefined and other simple values, tags, invalid UTF-8, bytes after the item, more levels or bytes than the
    /// limits allow. What it accepts encodes to the same bytes again.
    public static func decode(
        _ input: [UInt8], limits: CBORLimits = .standard
    ) throws(CBORError) -> CBOR {
        guard input.count <= limits.maximumBytes else {
            throw .malformed(.tooLong(limit: limits.maximumBytes), offset: limits.maximumBytes)
        }
        var decoder = CBORDecoder(input: input, maximumDepth: limits.maximumDepth)
        let item = try decoder.item(depth: 0)
        guard decoder.offset == input.count else { throw .malformed(.trailingBytes, offset: decoder.offset) }
        return item
    }
}

/// Walks the input once; every length is checked against what is left before anything is allocated.
struct CBORDecoder {
    let input: [UInt8]
    let maximumDepth: Int
    var offset = 0

    init(input: [UInt8], maximumDepth: Int, offset: Int = 0) {
        self.input = input
        self.maximumDepth = maximumDepth
        self.offset = offset
    }

    mutating func item(depth: Int) throws(CBORError) -> CBOR {
        guard depth <= maximumDepth else { throw .malformed(.tooDeep(limit: maximumDepth), offset: offset) }
        let start = offset
        let (major, argument) = try head()
        switch major {
        case 0: return .unsigned(argument)
        case 1: return .negative(argument)
        case 2: return .bytes(Array(try take(argument, from: start)))
        case 3:
            let bytes = try take(argument, from: start)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .malformed(.invalidText, offset: start)
            }
            return .text(text)
        case 4:
            // Every item takes at least one byte, so a count beyond the rest of the input is refused before the loop.
            guard argument <= UInt64(input.count - offset) else { throw .malformed(.truncated, offset: start) }
            var items: [CBOR] = []
            for _ in 0..<Int(argument) { items.append(try item(depth: depth + 1)) }
            return .array(items)
        case 5:
            return .map(try map(argument, start: start, depth: depth))
        case 6:
            throw .malformed(.tag(argument), offset: start)
        default:
            return try simple(argument, start: start)
        }
    }

    private mutating func map(_ count: UInt64, start: Int, depth: Int) throws(CBORError) -> CBORMap {
        guard count <= UInt64(input.count - offset) / 2 else { throw .malformed(.truncated, offset: start) }
        var entries: [CBORMap.Entry] = []
        // No more than the input is known to hold: what it claims costs nobody memory.
        entries.reserveCapacity(min(Int(count), 16))
        var previous = offset..<offset
        for number in 0..<Int(count) {
            let keyStart = offset
            let key = try item(depth: depth + 1)
            if number > 0 { try checkOrder(previous, keyStart..<offset) }
            previous = keyStart..<offset
            entries.append(CBORMap.Entry(key: key, value: try item(depth: depth + 1)))
        }
        return CBORMap(ordered: entries)
    }

    /// Two keys that follow one another must rise, by the bytes of their encodings.
    private func checkOrder(_ first: Range<Int>, _ second: Range<Int>) throws(CBORError) {
        for (one, other) in zip(first, second) where input[one] != input[other] {
            guard input[one] < input[other] else { throw .malformed(.unsortedKey, offset: second.lowerBound) }
            return
        }
        if first.count == second.count { throw .malformed(.duplicateKey, offset: second.lowerBound) }
        guard first.count < second.count else { throw .malformed(.unsortedKey, offset: second.lowerBound) }
    }

    private func simple(_ argument: UInt64, start: Int) throws(CBORError) -> CBOR {
        // The initial byte tells the short simple values from floats and from the two-byte form.
        switch input[start] {
        case 0xF4: return .bool(false)
        case 0xF5: return .bool(true)
        case 0xF6: return .null
        case 0xF9, 0xFA, 0xFB: throw .malformed(.float, offset: start)
        default: throw .malformed(.simpleValue(argument), offset: start)
        }
    }

    /// Where the bytes of the byte string at `offset` stand; its length must be in `count`.
    mutating func bytes(_ name: String, count: ClosedRange<Int>) throws(CBORError) -> Range<Int> {
        guard offset < input.count, input[offset] >> 5 == 2 else {
            // It is no byte string, so one of the two throws.
            _ = try CBORFields.bytes(try item(depth: 1), name, count: count)
            return offset..<offset
        }
        let start = offset
        let part = try take(try head().argument, from: start)
        guard count.contains(part.count) else {
            _ = try CBORFields.bytes(.bytes(Array(part)), name, count: count)
            return offset..<offset
        }
        return part.indices
    }

    /// The major type and the argument of the item at `offset`; RFC 8949 section 3, with section 4.2.1's shortest form.
    mutating func head() throws(CBORError) -> (major: UInt8, argument: UInt64) {
        let start = offset
        guard offset < input.count else { throw .malformed(.truncated, offset: offset) }
        let initial = input[offset]
        offset += 1
        let major = initial >> 5
        let low = initial & 0x1F
        switch low {
        case 0..<24: return (major, UInt64(low))
        case 24...27:
            let byteCount = 1 << Int(low - 24)
            guard input.count - offset >= byteCount else { throw .malformed(.truncated, offset: start) }
            var value: UInt64 = 0
            for byte in input[offset..<offset + byteCount] { value = value << 8 | UInt64(byte) }
            offset += byteCount
            // Floats are major type 7 too: they are refused as what they are.
            if major == 7 { return (major, value) }
            let floor: UInt64 = byteCount == 1 ? 24 : (1 << (UInt64(byteCount) * 4))
            guard value >= floor else { throw .malformed(.nonMinimal, offset: start) }
            return (major, value)
        case 31: throw .malformed(.indefiniteLength, offset: start)
        default: throw .malformed(.reservedInformation, offset: start)
        }
    }

    private mutating func take(_ count: UInt64, from start: Int) throws(CBORError) -> ArraySlice<UInt8> {
        guard count <= UInt64(input.count - offset) else { throw .malformed(.truncated, offset: start) }
        let slice = input[offset..<offset + Int(count)]
        offset += Int(count)
        return slice
    }
}
