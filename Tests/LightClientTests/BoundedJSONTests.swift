import Foundation
import LightClient
import Testing

struct BoundedJSONTests {
    private func fault(_ text: String) -> LightClientError? {
        refusal { try BoundedJSON.check(Array(text.utf8)) }
    }

    @Test(arguments: [
        "null", " true ", "false", "0", "-0", "-12.5e+3", "1E5", "\"\"", "[]", "{}", "[1,[2,{\"a\":[]}]]",
        "{\"a\":1,\"b\":{\"a\":2}}", "\"\\u00e9\\ud83d\\ude00\\n\\/\"", "\"é😀\"", "\t[\r\n1 , 2 ]\n",
    ])
    func accepted(text: String) throws {
        #expect(fault(text) == nil, "\(text)")
        #expect(throws: Never.self) {
            try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        }
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "01", "-", "1.", ".5", "1e", "+1", "0x10", "NaN", "Infinity", "'a'", "\"",
        "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800x\"",
        "\"\n\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
        "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "1 2", "{} {}", "//", "[1]//", "\u{feff}{}",
    ])
    func refused(text: String) {
        #expect(fault(text) != nil, "\(text)")
    }

    @Test func duplicateKeys() {
        #expect(fault("{\"a\":1,\"a\":2}") == .malformedJSON(offset: 7, reason: "duplicate key"))
        #expect(fault("{\"a\":1,\"\\u0061\":2}") == .malformedJSON(offset: 7, reason: "duplicate key"))
        // The decoder holds canonically equivalent keys for equal, so both spellings are one key.
        #expect(fault("{\"\\u00e9\":1,\"e\\u0301\":2}") == .malformedJSON(offset: 12, reason: "duplicate key"))
        #expect(fault("[{\"a\":1},{\"a\":1}]") == nil)
        #expect(fault("{\"x\":{\"a\":[{\"b\":1,\"b\":1}]}}") != nil)
    }

    @Test func depth() {
        let deep = { (levels: Int) in
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(fault(deep(64)) == nil)
        #expect(fault(deep(65)) == .malformedJSON(offset: 64, reason: "nested deeper than 64 levels"))
        #expect(fault(String(repeating: "{\"a\":", count: 65)) != nil)
        #expect(fault(String(repeating: "[", count: 1_000_000)) != nil)
    }

    @Test func size() {
        let limit = 4 * 1024 * 1024
        let fits = [UInt8](repeating: 0x20, count: limit - 1) + [0x31]
        #expect(refusal { try BoundedJSON.check(fits) } == nil)
        #expect(
            refusal { try BoundedJSON.check(fits + [0x20]) }
                == .malformedJSON(offset: limit, reason: "\(limit + 1) bytes, at most \(limit)"))
        #expect(fault(String(repeating: "1", count: 129)) != nil)
    }

    @Test(
        arguments: [
            [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80],
            [0xe2, 0x82], [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff],
        ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(
            refusal { try BoundedJSON.check([0x22] + bytes + [0x22]) } == .malformedJSON(offset: 1, reason: "not UTF-8")
        )
    }

    @Test func otherEncodingsOfUnicode() throws {
        let text = try #require("{\"a\":1}".data(using: .utf16))
        #expect(throws: LightClientError.self) { try BoundedJSON.check(Array(text)) }
    }

    /// What passes here is JSON for an independent reader too.
    @Test func randomTexts() throws {
        var generator = SeededGenerator(seed: 4)
        print("seed 4")
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-", "0", ".5", "e1", "null", "true", " ", "\\",
        ]
        var accepted = 0
        for _ in 0..<30_000 {
            let count = Int.random(in: 1...8, using: &generator)
            let text = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            guard fault(text) == nil else { continue }
            accepted += 1
            #expect(throws: Never.self, "\(text)") {
                try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            }
        }
        #expect(accepted > 100)
    }
}
