import RecordSamples
import SignedRecords
import Testing

/// Deterministic CBOR: one encoding a value, and every other one refused with its place.
struct CBORTests {
    /// RFC 8949 appendix A, the items of our subset.
    static let appendixA: [(CBOR, String)] = [
        (.unsigned(0), "00"), (.unsigned(23), "17"), (.unsigned(24), "1818"), (.unsigned(100), "1864"),
        (.unsigned(1000), "1903e8"), (.unsigned(1_000_000), "1a000f4240"),
        (.unsigned(1_000_000_000_000), "1b000000e8d4a51000"), (.unsigned(.max), "1bffffffffffffffff"),
        (.negative(.max), "3bffffffffffffffff"), (.integer(-1), "20"), (.integer(-10), "29"),
        (.integer(-100), "3863"), (.integer(-1000), "3903e7"), (.bool(false), "f4"), (.bool(true), "f5"),
        (.null, "f6"), (.bytes([]), "40"), (.bytes([1, 2, 3, 4]), "4401020304"), (.text(""), "60"),
        (.text("IETF"), "6449455446"), (.text("\"\\"), "62225c"), (.text("\u{00fc}"), "62c3bc"),
        (.text("\u{6c34}"), "63e6b0b4"), (.array([]), "80"), (.array([.unsigned(1), .unsigned(2)]), "820102"),
        (.map(CBORMap(distinctKeys: [])), "a0"),
        (.fields([(3, .unsigned(4)), (1, .unsigned(2))]), "a201020304"),
        (.map(CBORMap(distinctKeys: [(.text("b"), .array([])), (.text("a"), .unsigned(1))])), "a2616101616280"),
    ]

    @Test(arguments: appendixA) func encodesAndDecodesAppendixA(item: CBOR, hex: String) throws {
        #expect(Hexadecimal.encode(item.encode()) == hex)
        let bytes = try #require(Hexadecimal.decode(hex))
        #expect(try CBOR.decode(bytes) == item)
    }

    @Test(arguments: [
        ("1800", CBORFault.nonMinimal, 0), ("1817", .nonMinimal, 0), ("1900ff", .nonMinimal, 0),
        ("1a0000ffff", .nonMinimal, 0), ("1b00000000ffffffff", .nonMinimal, 0), ("5800", .nonMinimal, 0),
        ("811800", .nonMinimal, 1), ("5f4100ff", .indefiniteLength, 0), ("9fff", .indefiniteLength, 0),
        ("bfff", .indefiniteLength, 0), ("ff", .indefiniteLength, 0), ("1c", .reservedInformation, 0),
        ("a2020001 00", .unsortedKey, 3), ("a201000100", .duplicateKey, 3), ("f97e00", .float, 0),
        ("fa47c35000", .float, 0), ("fb7ff0000000000000", .float, 0), ("f7", .simpleValue(23), 0),
        ("f820", .simpleValue(32), 0), ("c000", .tag(0), 0), ("0000", .trailingBytes, 1), ("", .truncated, 0),
        ("18", .truncated, 0), ("4201", .truncated, 0), ("8201", .truncated, 0), ("a101", .truncated, 0),
        ("62c328", .invalidText, 0), ("63eda080", .invalidText, 0), ("61ff", .invalidText, 0),
        ("5bffffffffffffffff", .truncated, 0), ("9bffffffffffffffff", .truncated, 0),
        ("bbffffffffffffffff", .truncated, 0), ("7b7fffffffffffffff", .truncated, 0),
        ("a1", .truncated, 0), ("a26161006100", .unsortedKey, 4),
    ])
    func refusesWithPlace(hex: String, fault: CBORFault, offset: Int) throws {
        let bytes = try #require(Hexadecimal.decode(hex.filter { $0 != " " }))
        #expect(throws: CBORError.malformed(fault, offset: offset)) { try CBOR.decode(bytes) }
    }

    @Test func refusesDepthBeyondTheLimit() throws {
        let deepest = [UInt8](repeating: 0x81, count: 16) + [0x00]
        #expect(throws: Never.self) { try CBOR.decode(deepest) }
        #expect(throws: CBORError.malformed(.tooDeep(limit: 16), offset: 17)) { try CBOR.decode([0x81] + deepest) }
        #expect(throws: CBORError.malformed(.tooLong(limit: 2), offset: 2)) {
            try CBOR.decode([0x42, 0, 0], limits: CBORLimits(maximumBytes: 2))
        }
    }

    /// Whatever the decoder takes, it gives back byte for byte; and it never traps on noise.
    @Test func acceptedNoiseEncodesToItself() {
        let seed: UInt64 = 0xCB0A
        var random = SeededRandom(seed: seed)
        var accepted = 0
        for _ in 0..<200_000 {
            let count = Int.random(in: 1...12, using: &random)
            // Small initial bytes make well-formed items likely enough to matter.
            let bytes = (0..<count).map { _ -> UInt8 in
                let byte = UInt8.random(in: 0...255, using: &random)
                return random.oneIn(2) ? byte & 0xE3 : byte
            }
            if let item = try? CBOR.decode(bytes) {
                accepted += 1
                #expect(item.encode() == bytes, "seed \(seed)")
            }
        }
        #expect(accepted > 1_000)
    }

    @Test func everyTruncationAndBitFlipOfARecordIsRefusedOrCanonical() throws {
        let device = try SampleDevice()
        let payload = try COSESign1.decode(device.genesis.message).payload
        for length in 0..<payload.count {
            #expect(throws: CBORError.self) { try CBOR.decode(Array(payload[..<length])) }
        }
        for bit in 0..<payload.count * 8 {
            var flipped = payload
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            if let item = try? CBOR.decode(flipped) { #expect(item.encode() == flipped) }
        }
    }

    @Test func fieldsRefuseMissingUnknownAndWrong() throws {
        let item = CBOR.fields([(1, .unsigned(300)), (2, .text("a\u{07}")), (3, .bytes([1]))])
        var fields = try CBORFields(item, path: "x")
        #expect(throws: CBORError.field(path: "x.n", problem: .outOfRange(expected: "at most 255", found: "300"))) {
            var copy = fields
            _ = try copy.integer(1, "n", as: UInt8.self)
        }
        #expect(throws: CBORError.field(path: "x.m", problem: .missing(key: 9))) {
            var copy = fields
            _ = try copy.unsigned(9, "m")
        }
        #expect(throws: CBORError.self) {
            var copy = fields
            _ = try copy.text(2, "t", maximum: 10)
        }
        #expect(throws: CBORError.self) {
            var copy = fields
            _ = try copy.bytes(3, "b", count: 2)
        }
        _ = fields.optional(1, "n")
        _ = fields.optional(2, "t")
        let unknown = CBORError.field(path: "x", problem: .unknown(key: "3"))
        #expect(throws: unknown) { try fields.finish() }
        _ = fields.optional(3, "b")
        #expect(throws: Never.self) { try fields.finish() }
    }
}
