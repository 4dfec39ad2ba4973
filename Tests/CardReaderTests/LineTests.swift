import CardReader
import Testing

@Suite("Lines of card readers")
struct LineTests {
    @Test("the checksum is CRC-16/CCITT-FALSE")
    func checksum() {
        #expect(LineChecksum.of("123456789".utf8) == 0x29B1)
        #expect(LineFraming.bytes(of: "K") == Array("\nK*\(LineTests.hex(LineChecksum.of("K".utf8)))\n".utf8))
    }

    private static func hex(_ sum: UInt16) -> String {
        let text = String(sum, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - text.count) + text
    }

    static let readerLines: [ReaderLine] = [
        .hello(version: 1, name: "sim-1"), .alive, .card(1, .voucher(length: 300)),
        .card(65_535, .key([UInt8](repeating: 7, count: 32))), .card(2, .identifier([1, 2, 3, 4])),
        .data(2, offset: 128, [UInt8](repeating: 9, count: 128)), .signature(3, [UInt8](repeating: 1, count: 64)),
        .failed(4), .removed(5),
    ]

    @Test("every line reads back as it was written")
    func lines() {
        for line in Self.readerLines { #expect(ReaderLine(line.text) == line) }
        let charger: [ChargerLine] =
            [
                .hello, .ping, .read(1, offset: 0, count: 128), .sign(1, .bearer, [1, 2]), .sign(2, .voucher, [3]),
                .accepted(9, connector: 2),
            ] + CardRefusal.allCases.map { .refused(1, $0) }
        for line in charger { #expect(ChargerLine(line.text) == line) }
        #expect(Set(CardRefusal.allCases.map(\.word)).count == CardRefusal.allCases.count)
    }

    @Test(
        "what is no line",
        arguments: [
            "", " ", "H", "H 1", "H 0 a", "H 1 ", "H 01 a", "H 1 a b", "K 1", "C 0 V 10", "C 65536 V 10", "C 1 V 0",
            "C 1 V x",
            "C 1 V 65536", "C 1 A 00", "C 1 U 000000", "C 1 U 0000000000000000000000", "C 1 Z 00", "D 1 0 ",
            "D 1 -1 00",
            "D 1 0 0", "S 1 00", "R", "R 1 2", "F x", "C 1  V 10", "c 1 V 10",
        ])
    func nothing(_ text: String) { #expect(ReaderLine(text) == nil) }

    /// Caught by: the framing's state between two calls.
    @Test("lines are found however the stream is cut; a spoilt one is noise and costs no other")
    func chunkings() {
        let good = Self.readerLines.prefix(4).map(\.text)
        var stream = LineFraming.bytes(of: good[0]) + Array("rubbish\n".utf8) + LineFraming.bytes(of: good[1])
        stream += [0xFF, 0x00, 0x0A] + LineFraming.bytes(of: good[2])
        var spoilt = LineFraming.bytes(of: good[3])
        spoilt[2] ^= 1
        stream += spoilt + Array("\r\n\n".utf8) + LineFraming.bytes(of: good[3])
        var whole = LineFraming()
        let expected = whole.receive(stream)
        #expect(expected.filter { $0 == .noise }.count == 3)
        #expect(expected.compactMap { if case .line(let text) = $0 { text } else { nil } } == good)
        for first in 0...stream.count {
            for second in first...stream.count {
                var framing = LineFraming()
                let found =
                    framing.receive(stream[..<first]) + framing.receive(stream[first..<second])
                    + framing.receive(stream[second...])
                guard found == expected else {
                    Issue.record("cut at \(first) and \(second)")
                    return
                }
            }
        }
    }

    @Test("a line without an end is given up, and the next one is read")
    func endless() {
        var framing = LineFraming()
        #expect(framing.receive([UInt8](repeating: 65, count: LineFraming.maximumBytes)) == [])
        #expect(framing.receive([UInt8](repeating: 65, count: 100_000)) == [.noise])
        #expect(framing.receive([10] + LineFraming.bytes(of: "K")) == [.line("K")])
        // The longest line that the protocol has fits.
        let longest = ReaderLine.data(65_535, offset: 65_535, [UInt8](repeating: 9, count: 128)).text
        #expect(LineFraming.bytes(of: longest).count <= LineFraming.maximumBytes)
    }
}
