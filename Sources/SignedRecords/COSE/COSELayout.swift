/// Where the parts of a COSE_Sign1 message stand in its bytes: what taking one apart needs, without a copy.
struct COSELayout {
    /// The payload's bytes, without their CBOR head.
    let payload: Range<Int>
    /// The 64 bytes of the signature.
    let signature: Range<Int>

    /// Behind the message.
    var end: Int { signature.upperBound }

    /// The one form of a message, with the array's head, both headers, and no more.
    static let opening: [UInt8] = [0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27, 0xA0]

    /// The message that is all of these bytes; throws where they are too many, or are not one.
    init(whole message: [UInt8], maximumBytes: Int) throws(COSEError) {
        guard message.count <= maximumBytes else { throw .tooLong(limit: maximumBytes, found: message.count) }
        try self.init(message, at: 0)
        guard end == message.count else { throw .part(.malformed(.trailingBytes, offset: end)) }
    }

    /// The message that starts at `start`, whatever is behind it.
    init(_ input: [UInt8], at start: Int) throws(COSEError) {
        guard start >= 0, start < input.count, input[start] == 0xD2 else { throw .notSign1(offset: start) }
        var decoder = CBORDecoder(input: input, maximumDepth: 2, offset: start + 1)
        if input[start...].starts(with: Self.opening) {
            decoder.offset = start + Self.opening.count
        } else {
            try Self.readHeaders(&decoder, start: start)
        }
        do throws(CBORError) {
            payload = try decoder.bytes("payload", count: 0...input.count)
            signature = try decoder.bytes("signature", count: 64...64)
        } catch {
            throw .part(error)
        }
    }

    /// Says what is wrong with a message that does not open as it should: its headers item by item.
    private static func readHeaders(_ decoder: inout CBORDecoder, start: Int) throws(COSEError) {
        do {
            let (major, count) = try decoder.head()
            guard major == 4, count == 4 else { throw COSEError.notSign1(offset: start) }
            guard try decoder.item(depth: 1) == .bytes(COSESign1.protectedHeader) else {
                throw COSEError.wrongProtectedHeader
            }
            guard try decoder.item(depth: 1) == .map(CBORMap(distinctKeys: [])) else {
                throw COSEError.unprotectedHeaderNotEmpty
            }
        } catch let error as CBORError {
            throw .part(error)
        } catch let error as COSEError {
            throw error
        } catch {
            throw .notSign1(offset: start)
        }
    }
}
