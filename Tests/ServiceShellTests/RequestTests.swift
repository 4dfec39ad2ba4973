import Testing

@testable import ServiceShell

@Suite("Requests of programs")
struct RequestTests {
    @Test(
        "JSON that is refused, with the offset",
        arguments: [
            ("{", 1), ("{\"a\"}", 4), ("{\"a\":1,}", 7), ("{\"a\":1 \"b\":2}", 7), ("{\"a\":1}}", 7), ("{\"a\":01}", 5),
            ("{\"a\":1.5}", 6), ("{\"a\":1e3}", 6), ("{\"a\":-}", 5), ("{\"a\":nul}", 5), ("{\"a\":\"\\q\"}", 7),
            ("{\"a\":\"\\ud800\"}", 12), ("{\"a\":\"\\ud800\\u0041\"}", 18), ("{\"a\":\"\u{1}\"}", 6),
            ("{\"a\":1,\"a\":2}", 7), ("{\"a\":9223372036854775808}", 5), ("{\"a\":[1,]}", 8), ("{\"a\":\"x", 7),
            ("{\"\\u0061\":1,\"a\":2}", 12), ("{\"a\":+1}", 5), ("{\"a\":\"\\udc00\"}", 12), ("{'a':1}", 1),
        ])
    func badJSON(text: String, offset: Int) {
        do throws(ServiceShellError) {
            let value = try JSONText.parse(text)
            Issue.record("accepted \(text) as \(value)")
        } catch {
            guard case .syntax(let place, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(place == offset, "\(error)")
        }
    }

    @Test("JSON that is accepted")
    func goodJSON() throws {
        #expect(try JSONText.parse(" {} ") == .object([]))
        let text =
            "{\"a\":[1,-9223372036854775808,true,false,null,[]],\"b\\n\":\"\\u00e9\\ud83d\\ude00\\/\",\"c\":{\"d\":0}}"
        #expect(
            try JSONText.parse(text)
                == .object([
                    ("a", .array([.integer(1), .integer(.min), .flag(true), .flag(false), .null, .array([])])),
                    ("b\n", .text("é😀/")), ("c", .object([("d", .integer(0))])),
                ]))
    }

    @Test("depth is bounded")
    func depth() {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try JSONText.parse(nested(JSONText.deepest)) }
        #expect(throws: ServiceShellError.self) { try JSONText.parse(nested(JSONText.deepest + 1)) }
    }

    @Test("every truncation of a request is refused, and so is every request with a byte more")
    func truncations() {
        let request = "{\"id\":17,\"cmd\":\"help\",\"args\":{\"command\":\"status\"}}"
        #expect(throws: Never.self) { try MachineRequest(parsing: request) }
        for count in 0..<request.count {
            #expect(throws: MachineRequest.Refusal.self) { try MachineRequest(parsing: String(request.prefix(count))) }
        }
        #expect(throws: MachineRequest.Refusal.self) { try MachineRequest(parsing: request + "x") }
    }

    @Test("a refusal carries the id as far as it could be read")
    func refusals() {
        func refusal(_ text: String) -> MachineRequest.Refusal? {
            do throws(MachineRequest.Refusal) {
                _ = try MachineRequest(parsing: text)
                return nil
            } catch { return error }
        }
        #expect(refusal("{\"id\":5,\"cmd\":\"x\"}") == .init(id: 5, error: .unknownCommand("x")))
        #expect(refusal("{\"id\":5}")?.id == 5)
        #expect(refusal("{\"id\":9007199254740992,\"cmd\":\"help\"}")?.id == nil)
        #expect(refusal("{\"id\":-1,\"cmd\":\"help\"}")?.error.code == "E_SYNTAX")
        #expect(refusal("{\"id\":\"5\",\"cmd\":\"help\"}")?.error.code == "E_SYNTAX")
        #expect(refusal("{\"id\":5,\"cmd\":\"help\",\"more\":1}")?.error.code == "E_SYNTAX")
        #expect(refusal("{\"id\":5,\"cmd\":\"status\",\"args\":{\"x\":\"y\"}}")?.error.code == "E_ARGUMENTS")
        #expect(refusal("{\"id\":5,\"cmd\":\"help\",\"args\":{\"command\":1}}")?.error.code == "E_ARGUMENTS")
        #expect(refusal("{\"id\":5,\"cmd\":\"help\",\"args\":[]}")?.error.code == "E_ARGUMENTS")
        #expect(refusal("[]")?.error.code == "E_SYNTAX")
        #expect(refusal("{\"id\":9007199254740991,\"cmd\":\"help\"}") == nil)
    }

    @Test("strings are quoted as JSON wants it")
    func quoting() {
        #expect(
            JSONRenderer.string("a\"\\\n\r\t\u{0}\u{1F}\u{7F}\u{2028}é")
                == "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001f\\u007f\\u2028é\"")
    }

    @Test(
        "times",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ])
    func times(milliseconds: Int64, text: String) {
        #expect(DecimalText.rfc3339(unixMilliseconds: milliseconds) == text)
    }

    @Test(
        "numbers out of range have no time, and never trap",
        arguments: [Int64.min, .max, 253_402_300_800_000, -62_167_219_200_001])
    func timesOutOfRange(milliseconds: Int64) {
        #expect(DecimalText.rfc3339(unixMilliseconds: milliseconds) == nil)
    }

    @Test("decimal parts")
    func decimals() {
        #expect(DecimalText.fixed(9_500, digits: 3) == "9.500")
        #expect(DecimalText.fixed(-5, digits: 3) == "-0.005")
        #expect(DecimalText.fixed(0, digits: 1) == "0.0")
        #expect(DecimalText.fixed(.min, digits: 6) == "-9223372036854.775808")
    }
}
