import Quantities
import Testing

@testable import ServiceShell

@Suite("The speed of a line")
struct LineSpeedTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private static func at(_ milliseconds: Int64) -> MonotonicInstant { start + .milliseconds(milliseconds) }
    private static let noise = [LineSymbol](repeating: .damaged, count: NoiseGate.limit)

    private func changed() throws -> LineSpeed {
        var speed = LineSpeed(configured: .usual)
        speed.change(to: try SerialSpeed(baud: 921_600), at: Self.at(0))
        #expect(speed.current.baud == 921_600 && speed.wantsTicks)
        return speed
    }

    @Test("a wish that no line confirms is taken back after 5 s")
    func fallsBack() throws {
        var speed = try changed()
        speed.note([.byte(0x61), .damaged], at: Self.at(4_000))
        speed.tick(at: Self.at(4_999))
        #expect(speed.current.baud == 921_600)
        speed.tick(at: Self.at(5_000))
        #expect(speed.current == .usual && !speed.wantsTicks)
    }

    @Test("a line that arrives whole keeps it, until BREAK or a pulled cable")
    func confirmed() throws {
        for end in [LineSymbol.lineBreak, .hangUp] {
            var speed = try changed()
            speed.confirm()
            speed.tick(at: Self.at(60_000))
            #expect(speed.current.baud == 921_600 && !speed.wantsTicks)
            speed.note([end], at: Self.at(61_000))
            #expect(speed.current == .usual)
        }
    }

    @Test("a wish that turns out to be noise is given up at once")
    func noisyWish() throws {
        var speed = try changed()
        speed.note(Self.noise, at: Self.at(100))
        #expect(speed.current == .usual && !speed.wantsTicks)
    }

    @Test("noise leads through all speeds and round again, and a line that arrives whole ends it")
    func searches() {
        var speed = LineSpeed(configured: .usual)
        speed.note(Array(Self.noise.dropLast()), at: Self.at(0))
        #expect(speed.current == .usual)
        // Too far apart to be noise.
        speed.note(Array(Self.noise.dropLast()), at: Self.at(1_000))
        #expect(speed.current == .usual)
        var found: [Int] = []
        for round in 0..<Int64(SerialSpeed.tried.count) {
            speed.note(Self.noise, at: Self.at(10_000 + round * 1_000))
            found.append(speed.current.baud)
        }
        #expect(found == SerialSpeed.tried.dropFirst().map(\.baud) + [SerialSpeed.tried[0].baud])
        speed.note(Self.noise, at: Self.at(30_000))
        #expect(speed.current.baud == 9_600)
        speed.confirm()
        speed.tick(at: Self.at(200_000))
        #expect(speed.current.baud == 9_600)
    }

    @Test("a search that nobody answers ends at the configured speed")
    func searchEnds() throws {
        var speed = LineSpeed(configured: try SerialSpeed(baud: 57_600))
        speed.note(Self.noise, at: Self.at(0))
        #expect(speed.current.baud == 38_400)
        speed.tick(at: Self.at(59_999))
        #expect(speed.current.baud == 38_400)
        speed.tick(at: Self.at(60_000))
        #expect(speed.current.baud == 57_600)
    }

    @Test("what a slower end sends looks like BREAK, and leads to its speed all the same")
    func slowerEnd() {
        var speed = LineSpeed(configured: .usual)
        speed.note([LineSymbol](repeating: .lineBreak, count: NoiseGate.limit), at: Self.at(0))
        #expect(speed.current.baud == 9_600)
        // While others are tried, one alone is no way back.
        speed.note([.lineBreak], at: Self.at(2_000))
        #expect(speed.current.baud == 9_600)
    }

    @Test("a socket has no speed, and a serial line's session says what it does, once")
    func command() throws {
        var socket = TestShell()
        #expect(socket.type("baud 9600\r").contains("error: baud is not for this mode"))
        var line = ShellSession(
            desk: FixedDesk(), gate: TestGate(), fixed: nil, hasSpeed: true, at: Self.start)
        let shown = String(decoding: line.receive(Array("baud 9600\r".utf8), at: Self.start), as: UTF8.self)
        #expect(shown.contains("taken back in       5.000 s"), "\(shown)")
        // The command itself came at the old speed.
        var (isProof, wish) = (line.takeProofOfSpeed(), line.takeWishedSpeed())
        #expect(!isProof && wish?.baud == 9_600)
        wish = line.takeWishedSpeed()
        #expect(wish == nil)
        for nothing in ["\r", "frob\r", "baud 12345\r"] {
            _ = line.receive(Array(nothing.utf8), at: Self.start)
            (isProof, wish) = (line.takeProofOfSpeed(), line.takeWishedSpeed())
            #expect(!isProof && wish == nil, "\(nothing)")
        }
        for something in ["whoami\r", "{\"cmd\":\"whoami\"}\n"] {
            _ = line.receive(Array(something.utf8), at: Self.start)
            isProof = line.takeProofOfSpeed()
            #expect(isProof, "\(something)")
            isProof = line.takeProofOfSpeed()
            #expect(!isProof, "\(something)")
        }
    }
}
