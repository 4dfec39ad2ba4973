import Quantities
import Testing

@testable import ServiceShell

/// A wire that changes, drops and adds. Whatever it does, nothing is changed but what was typed and confirmed, or summed.
@Suite("A noisy line")
struct NoiseTests {
    private static let person =
        "limit set 16 1\rconfirm \(TestShell.token(for: "limit set current=16.000A connector=1"))\r"
        + "stop 1\rconfirm \(TestShell.token(2, for: "stop connector=1"))\r"
    private static let program =
        TestShell.summed("{\"id\":1,\"cmd\":\"limit.set\",\"args\":{\"connector\":1,\"current_ma\":16000}}")
        + TestShell.summed("{\"id\":2,\"cmd\":\"stop\",\"args\":{\"connector\":1}}")
    private static let meant: [ServiceChange] = [.limit(Milliamps(16_000), connector: 1), .stop(connector: 1)]

    /// What a script changes when it arrives like this.
    private static func changes(_ symbols: [LineSymbol], isTerminal: Bool = false) -> [ServiceChange] {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        if isTerminal { _ = shell.type("\u{1B}[24;80R") }
        _ = shell.type(symbols)
        return desk.diary.changes
    }

    private static func symbols(_ bytes: some Sequence<UInt8>) -> [LineSymbol] { bytes.map { .byte($0) } }

    /// Whether nothing was done that was not meant, in the order in which it was meant.
    private static func isHarmless(_ changes: [ServiceChange]) -> Bool {
        changes.isEmpty || changes == meant || changes == [meant[0]] || changes == [meant[1]]
    }

    @Test("undisturbed, both scripts do what they say")
    func undisturbed() {
        #expect(Self.changes(Self.symbols(Self.person.utf8)) == Self.meant)
        #expect(Self.changes(Self.symbols(Self.program.utf8)) == Self.meant)
    }

    @Test("one bit flipped, anywhere", arguments: [person, program], [false, true])
    func flips(script: String, isTerminal: Bool) {
        let bytes = Array(script.utf8)
        for index in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[index / 8] ^= 1 << (index % 8)
            let done = Self.changes(Self.symbols(changed), isTerminal: isTerminal)
            #expect(Self.isHarmless(done), "bit \(index): \(done)")
        }
    }

    @Test("a byte lost, doubled, or added, anywhere", arguments: [person, program], [false, true])
    func dropsAndInsertions(script: String, isTerminal: Bool) {
        let bytes = Array(script.utf8)
        let strangers: [UInt8] = [
            0x00, 0x01, 0x02, 0x08, 0x0A, 0x0D, 0x10, 0x12, 0x1B, 0x20, 0x30, 0x31, 0x39, 0x7B, 0x7F, 0xFF,
        ]
        for index in bytes.indices {
            var lost = bytes
            lost.remove(at: index)
            #expect(Self.isHarmless(Self.changes(Self.symbols(lost), isTerminal: isTerminal)), "without byte \(index)")
            for stranger in strangers + [bytes[index]] {
                var longer = bytes
                longer.insert(stranger, at: index)
                let done = Self.changes(Self.symbols(longer), isTerminal: isTerminal)
                #expect(Self.isHarmless(done), "\(stranger) before byte \(index): \(done)")
            }
        }
    }

    @Test("a byte in error, a BREAK or a lost carrier, anywhere", arguments: [person, program])
    func marks(script: String) {
        let good = Self.symbols(script.utf8)
        for index in good.indices {
            for mark in [LineSymbol.damaged, .lineBreak, .hangUp] {
                var marked = good
                marked.insert(mark, at: index)
                #expect(Self.isHarmless(Self.changes(marked)), "\(mark) before byte \(index)")
                marked = good
                marked[index] = mark
                #expect(Self.isHarmless(Self.changes(marked)), "\(mark) for byte \(index)")
            }
        }
    }

    @Test("after noise of any kind, the next good line works", arguments: 1...40)
    func resynchronises(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let desk = FixedDesk()
        var shell = TestShell(desk)
        for _ in 0..<50 {
            let noise = (0..<Int.random(in: 1...40, using: &generator)).map { _ -> LineSymbol in
                switch Int.random(in: 0...20, using: &generator) {
                case 0: .damaged
                case 1: .lineBreak
                default: .byte(UInt8.random(in: 0...255, using: &generator))
                }
            }
            _ = shell.type(noise)
            // A second of silence, and a line's end: whatever stood there is done with.
            _ = shell.pass(.seconds(1))
            _ = shell.type("\u{3}q\r")
            #expect(shell.type("ident\r").contains("W1-000042"), "seed \(seed)")
        }
        #expect(desk.diary.changes.isEmpty, "seed \(seed)")
    }

    @Test("random damage to both scripts, many bits at once", arguments: 1...60)
    func storms(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for script in [Self.person, Self.program] {
            for _ in 0..<40 {
                var bytes = Array(script.utf8)
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    let index = Int.random(in: bytes.indices, using: &generator)
                    switch Int.random(in: 0...2, using: &generator) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: index)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                    }
                }
                let done = Self.changes(Self.symbols(bytes))
                #expect(Self.isHarmless(done), "seed \(seed): \(done)")
            }
        }
    }

    @Test("eight bytes in error within a second silence the shell, a second without one brings it back")
    func silence() {
        var shell = TestShell()
        let errors = Array(repeating: LineSymbol.damaged, count: NoiseGate.limit)
        #expect(!shell.type(Array(errors.dropLast())).isEmpty)
        #expect(shell.type([.damaged]) == "")
        #expect(shell.type("\r") == "")
        #expect(shell.type("ident\r") == "", "it is executed and says nothing")
        _ = shell.pass(.milliseconds(999))
        #expect(shell.type("ident\r") == "")
        _ = shell.pass(.milliseconds(1))
        #expect(shell.type("ident\r").contains("W1-000042"))
        // As many over a longer time are a bad cable, not another speed.
        for _ in 0..<20 {
            _ = shell.pass(.milliseconds(200))
            #expect(!shell.type([.damaged]).isEmpty)
        }
    }

    @Test("where the driver lost bytes, nothing of that read is believed, not even a line's end")
    func overruns() {
        var symbols = SerialSymbols(overruns: 3)
        let line = Array("stop\r".utf8)
        #expect(symbols.take(line, overruns: 3, carrier: nil) == line.map { .byte($0) })
        #expect(symbols.take(line, overruns: 4, carrier: nil) == Array(repeating: .damaged, count: 6))
        #expect(symbols.take(line, overruns: 4, carrier: nil) == line.map { .byte($0) })
        // A driver that begins to count late, or stops, is no overrun.
        var late = SerialSymbols(overruns: nil)
        #expect(late.take(line, overruns: 9, carrier: nil) == line.map { .byte($0) })
        #expect(late.take(line, overruns: nil, carrier: nil) == line.map { .byte($0) })
    }

    @Test("a carrier that goes hangs up; one that never was does not")
    func carrier() {
        var symbols = SerialSymbols(overruns: nil)
        #expect(symbols.take([], overruns: nil, carrier: false) == [])
        #expect(symbols.take([0x61], overruns: nil, carrier: true) == [.byte(0x61)])
        #expect(symbols.take([0x62], overruns: nil, carrier: false) == [.byte(0x62), .hangUp])
        #expect(symbols.take([], overruns: nil, carrier: false) == [])
        #expect(symbols.take([], overruns: nil, carrier: nil) == [])
    }
}
