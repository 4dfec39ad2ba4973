import Testing

@testable import LightClient

struct WireTests {
    // MARK: Times

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
            ("1969-12-31T23:59:59.0000005Z", -1, 500), ("2024-02-29T12:30:45.1Z", 1_709_209_845, 100_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400, 0), ("2100-03-01T00:00:00Z", 4_107_542_400, 0),
            ("2026-11-23T01:34:47.351964653Z", 1_795_397_687, 351_964_653),
        ] as [(String, Int64, Int32)])
    func times(text: String, seconds: Int64, nanoseconds: Int32) throws {
        let time = try Timestamp(rfc3339: text)
        #expect(time.seconds == seconds)
        #expect(time.nanoseconds == nanoseconds)
        #expect(time.rfc3339 == text)
        #expect(try Timestamp(seconds: seconds, nanoseconds: nanoseconds) == time)
        #expect(try Timestamp(protobuf: time.protobuf) == time)
    }

    @Test func otherSpellings() throws {
        #expect(try Timestamp(rfc3339: "1970-01-01T00:00:00.000000000Z") == .unixEpoch)
        #expect(try Timestamp(rfc3339: "1970-01-01T00:00:00.100Z").rfc3339 == "1970-01-01T00:00:00.1Z")
        #expect(try Timestamp(rfc3339: "1970-01-01T01:30:00+01:30") == .unixEpoch)
        #expect(try Timestamp(rfc3339: "1969-12-31T23:00:00-01:00") == .unixEpoch)
        #expect(try Timestamp(rfc3339: "1970-01-01T00:00:00+00:00") == .unixEpoch)
    }

    @Test(arguments: [
        "", "Z", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01t00:00:00Z",
        "1970-01-01T00:00:00z", "1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-01-00T00:00:00Z",
        "1970-01-32T00:00:00Z", "1970-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2023-02-29T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567890Z", "1970-01-01T00:00:00,5Z", "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z", "1970-1-01T00:00:00Z", "-970-01-01T00:00:00Z", "1970-01-01T00:00:00Z ",
        " 1970-01-01T00:00:00Z", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00+0000", "1970-01-01T00:00:00+24:00",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "１970-01-01T00:00:00Z", "+970-01-01T00:00:00Z",
    ])
    func refusedTimes(text: String) {
        #expect(throws: LightClientError.self) { try Timestamp(rfc3339: text) }
    }

    @Test func everyDayOfFourCenturies() throws {
        var generator = SeededGenerator(seed: 77)
        print("seed 77")
        for _ in 0..<3000 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator)
            let time = try Timestamp(
                seconds: seconds, nanoseconds: Int32.random(in: 0...999_999_999, using: &generator))
            #expect(try Timestamp(rfc3339: time.rfc3339) == time)
        }
        for day in stride(from: Int64(-62_135_596_800), to: -62_135_596_800 + 146_098 * 86_400, by: 86_400 * 31) {
            let time = try Timestamp(seconds: day)
            #expect(try Timestamp(rfc3339: time.rfc3339) == time)
        }
    }

    @Test func timeArithmetic() throws {
        let time = try Timestamp(seconds: 10, nanoseconds: 999_999_999)
        #expect(try time.advanced(byNanoseconds: 1) == Timestamp(seconds: 11))
        #expect(try time.advanced(byNanoseconds: -1_000_000_000) == Timestamp(seconds: 9, nanoseconds: 999_999_999))
        #expect(try Timestamp.unixEpoch.advanced(byNanoseconds: -1) == Timestamp(seconds: -1, nanoseconds: 999_999_999))
        #expect(try Timestamp(seconds: 253_402_300_799).advanced(byNanoseconds: 1_000_000_000) == nil)
        #expect(Timestamp.goZero.advanced(byNanoseconds: -1) == nil)
        #expect(Timestamp.goZero.advanced(byNanoseconds: .min) == nil)
        #expect(Timestamp.unixEpoch.advanced(byNanoseconds: .max) != nil)
        #expect(try time.since(Timestamp(seconds: 9)) == .seconds(1) + .nanoseconds(999_999_999))
        #expect(try Timestamp(seconds: 253_402_300_799).since(.goZero) == .seconds(315_537_897_599))
        #expect(Timestamp(unixMilliseconds: -1) == Timestamp.unixEpoch.advanced(byNanoseconds: -1_000_000))
        #expect(Timestamp(unixMilliseconds: .min) == nil)
        #expect(Timestamp(unixMilliseconds: .max) == nil)
        #expect(Timestamp(unixMilliseconds: 1_795_397_687_351)?.unixMilliseconds == 1_795_397_687_351)
        #expect(throws: LightClientError.self) { try Timestamp(seconds: 0, nanoseconds: -1) }
        #expect(throws: LightClientError.self) { try Timestamp(seconds: 0, nanoseconds: 1_000_000_000) }
        #expect(throws: LightClientError.self) { try Timestamp(seconds: .max) }
        #expect(throws: LightClientError.self) { try Timestamp(seconds: .min) }
    }

    // MARK: Texts

    @Test func base64() throws {
        // RFC 4648 section 10.
        for (plain, text) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64.encode(Array(plain.utf8)) == text)
            #expect(try Base64.decode(text) == Array(plain.utf8))
        }
        #expect(try Base64.decode("+/+/") == [0xfb, 0xff, 0xbf])
        for text in [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm 9v", "Zm9v\n", "-_-_", "Zm9é",
            "=Zm9", "Zm=v",
        ] {
            #expect(throws: LightClientError.self, "\(text)") { try Base64.decode(text) }
        }
        var generator = SeededGenerator(seed: 3)
        for count in 0..<70 {
            let bytes = generator.bytes(count)
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test func hex() throws {
        #expect(try Hex.decode("00fFAb") == [0, 255, 171])
        #expect(Hex.encode([0, 255, 171]) == "00ffab")
        #expect(Hex.encode([0, 255, 171], upperCase: true) == "00FFAB")
        for text in ["0", "0g", "zz", "0x00", " 00", "é0", "00\n"] {
            #expect(throws: LightClientError.self, "\(text)") { try Hex.decode(text) }
        }
        #expect(throws: LightClientError.self) { try Hash(hex: "00") }
        #expect(throws: LightClientError.self) { try Address(hex: "00") }
        #expect(Hash(bytes: [1]) == nil)
        #expect(Address(bytes: [1]) == nil)
    }

    // MARK: Protobuf

    @Test func varints() throws {
        for (value, bytes) in [
            (0, [0]), (127, [127]), (128, [0x80, 1]), (300, [0xac, 2]),
            (UInt64.max, [UInt8](repeating: 255, count: 9) + [1]),
        ] as [(UInt64, [UInt8])] {
            var writer = ProtobufWriter()
            writer.varint(value)
            #expect(writer.bytes == bytes)
            var reader = ProtobufReader([0x08] + bytes, message: "test")
            #expect(try reader.next()?.unsigned() == value)
        }
        for bytes in [
            [0x80], [0x80, 0], [0xff, 0], [UInt8](repeating: 255, count: 9) + [2], [UInt8](repeating: 255, count: 10),
            [UInt8](repeating: 0x80, count: 10) + [1],
        ] as [[UInt8]] {
            var reader = ProtobufReader([0x08] + bytes, message: "test")
            #expect(throws: LightClientError.self, "\(bytes)") { try reader.next() }
        }
    }

    @Test func refusedFields() {
        for (bytes, why) in [
            ([0x00, 0x00], "field 0"), ([0x0b], "group"), ([0x0d, 0, 0, 0, 0], "32-bit field"),
            ([0x0f, 0], "wire type 7"), ([0x12, 2, 0], "length past the end"),
            ([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "the greatest length"),
            ([0x09, 0, 0, 0], "a 64-bit field cut short"),
            ([0x80, 0x80, 0x80, 0x80, 0x10, 0], "a field number above 2^29"),
        ] as [([UInt8], String)] {
            var reader = ProtobufReader(bytes, message: "test")
            #expect(throws: LightClientError.self, "\(why)") { try reader.next() }
        }
    }

    @Test func onlyTheCanonicalEncoding() throws {
        let time = try Timestamp(seconds: 5, nanoseconds: 6)
        #expect(time.protobuf == [0x08, 5, 0x10, 6])
        for bytes in [
            [0x10, 6, 0x08, 5], [0x08, 5, 0x08, 5, 0x10, 6], [0x08, 5, 0x10, 0], [0x08, 0], [0x08, 5, 0x18, 1],
            [0x0a, 1, 5], [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            [0x10, 0x80, 0x94, 0xeb, 0xdc, 3],
        ] as [[UInt8]] {
            #expect(throws: LightClientError.self, "\(bytes)") { try Timestamp(protobuf: bytes) }
        }
        #expect(
            refusal { _ = try Timestamp(protobuf: [0x10, 6, 0x08, 5]) }
                == .malformedProtobuf(message: "Timestamp", offset: 0, reason: "not the canonical encoding"))
        // An error inside an embedded message names its byte in the outermost one.
        #expect(
            refusal { _ = try BlockID(protobuf: [0x12, 0x02, 0x08, 0x80]) }
                == .malformedProtobuf(message: "PartSetHeader", offset: 3, reason: "cut short in a varint"))
    }

    @Test func emptyMessagesStay() throws {
        #expect(BlockID.zero.protobuf == [0x12, 0])
        #expect(Timestamp.unixEpoch.protobuf.isEmpty)
        #expect(Hex.encode(CommitSig.absent.protobuf) == "08011a0b088092b8c398feffffff01")
    }

    // MARK: RIPEMD-160

    /// The published value for one million letters, and lengths around the block border against another
    /// implementation.
    @Test(arguments: [
        (0, "9c1185a5c5e9fc54612808977ee8f548b2258d31"), (1, "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"),
        (55, "0d8a8c9063a48576a7c97e9f95253a6e53ff6765"), (56, "e72334b46c83cc70bef979e15453706c95b888be"),
        (57, "eed82d19d597ab275b550ff3d6e0bc2a75350388"), (63, "e640041293fe663b9bf3f8c21ffecac03819e6b2"),
        (64, "9dfb7d374ad924f3f88de96291c33e9abed53e32"), (65, "99724bb11811e7166af38f671b6a082d8ab4960b"),
        (119, "23e398ff2bac815aa1bbb57ca2a669c841872919"), (120, "c476770a6dae31fcee8d25efe6559a05c8024595"),
        (128, "8dfdfb32b2ed5cb41a73478b4fd60cc5b4648b15"),
    ])
    func ripemd160(count: Int, expected: String) {
        #expect(Hex.encode(RIPEMD160.hash([UInt8](repeating: 0x61, count: count)).bytes) == expected)
    }
}
