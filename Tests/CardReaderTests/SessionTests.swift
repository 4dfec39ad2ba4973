import CardSamples
import Crypto
import Quantities
import Testing

@testable import CardReader

@Suite("The talk with a card reader")
struct SessionTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// The bytes that are to be sent.
    private func bytes(_ outputs: [ReaderSession.Output]) -> [UInt8] {
        outputs.flatMap { output -> [UInt8] in if case .send(let bytes) = output { bytes } else { [] } }
    }

    /// A talk with a reader that has said who it is.
    private func greeted(at now: Int64 = 0) -> ReaderSession {
        var session = ReaderSession(at: Self.at(now))
        _ = session.receive(SimulatedReader().greeting(), at: Self.at(now))
        return session
    }

    private func line(_ line: ReaderLine) -> [UInt8] { LineFraming.bytes(of: line.text) }

    @Test("a voucher is read part by part, its bearer is asked, and the reader is told what becomes of it")
    func voucher() throws {
        var (session, reader) = (greeted(), SimulatedReader())
        let memory = (0..<700).map { UInt8(truncatingIfNeeded: $0) }
        let key = Curve25519.Signing.PrivateKey()
        var toCharger = reader.place(SimulatedCard(voucher: memory, key: key))
        var cards: [ReaderSession.Output] = []
        for step in 1...10 {
            let outputs = session.receive(toCharger, at: Self.at(Int64(step) * 10))
            cards += outputs.filter { if case .send = $0 { false } else { true } }
            toCharger = reader.receive(bytes(outputs))
        }
        #expect(cards == [.card(1, .voucher(memory))])
        let asked = session.decide(1, .ask(.bearer, [1, 2, 3]), at: Self.at(500))
        let answered = session.receive(reader.receive(bytes(asked)), at: Self.at(510))
        guard case .signature(1, let signature)? = answered.first else {
            Issue.record("no signature: \(answered)")
            return
        }
        #expect(key.publicKey.isValidSignature(signature, for: [1, 2, 3]))
        _ = reader.receive(bytes(session.decide(1, .accepted(connector: 2), at: Self.at(520))))
        #expect(reader.results == [.accepted(1, connector: 2)])
        // Decided once: neither a second decision nor a second signature counts.
        #expect(session.decide(1, .refused(.busy), at: Self.at(530)) == [])
        #expect(session.receive(line(.signature(1, signature)), at: Self.at(540)) == [])
        #expect(session.receive(line(.removed(1)), at: Self.at(550)) == [.gone(1)])
    }

    /// Caught by: `tick` and the repeated `C`.
    @Test("a lost line is asked for again; a card that never answers is refused as silent")
    func lost() {
        var session = greeted()
        let first = session.receive(line(.card(1, .voucher(length: 10))), at: Self.at(1_000))
        #expect(session.tick(at: Self.at(1_100)) == [])
        #expect(session.receive(line(.card(1, .voucher(length: 10))), at: Self.at(1_200)) == first)
        var asked = 0
        var outputs: [ReaderSession.Output] = []
        for time in stride(from: Int64(1_700), through: 14_000, by: 700) {
            outputs = session.tick(at: Self.at(time)).filter { $0 != .send(LineFraming.bytes(of: "P")) }
            if outputs == first { asked += 1 } else { break }
        }
        #expect(asked == ReaderSession.mostTries)
        #expect(outputs == [.gone(1), .send(LineFraming.bytes(of: "E 1 11 card-silent"))])
        #expect(session.tick(at: Self.at(20_000)).count == 1, "a ping and nothing else")
    }

    @Test("parts that were not asked for, other cards' lines and decisions for another card are nothing")
    func strangers() {
        var session = greeted()
        _ = session.receive(line(.card(1, .voucher(length: 300))), at: Self.at(1_000))
        let part = [UInt8](repeating: 1, count: 128)
        #expect(session.receive(line(.data(2, offset: 0, part)), at: Self.at(1_010)) == [])
        #expect(session.receive(line(.data(1, offset: 128, part)), at: Self.at(1_010)) == [], "the second part first")
        #expect(session.receive(line(.data(1, offset: 128, [1])), at: Self.at(1_010)) == [])
        #expect(session.receive(line(.data(1, offset: 0, [1])), at: Self.at(1_010)) == [])
        #expect(session.receive(line(.data(1, offset: 0, part)), at: Self.at(1_010)).count == 1)
        #expect(session.receive(line(.data(1, offset: 0, part)), at: Self.at(1_010)) == [], "it came twice")
        #expect(session.receive(line(.data(1, offset: 128, part)), at: Self.at(1_010)).count == 1)
        #expect(session.decide(1, .accepted(connector: 1), at: Self.at(1_020)) == [], "not read yet")
        #expect(
            session.receive(line(.data(1, offset: 256, [UInt8](repeating: 2, count: 44))), at: Self.at(1_030))
                == [.card(1, .voucher(part + part + [UInt8](repeating: 2, count: 44)))])
        #expect(session.decide(2, .accepted(connector: 1), at: Self.at(1_040)) == [])
        #expect(session.receive(line(.signature(1, [UInt8](repeating: 0, count: 64))), at: Self.at(1_050)) == [])
        // Another card in its place.
        #expect(
            session.receive(line(.card(2, .identifier([1, 2, 3, 4]))), at: Self.at(2_000))
                == [.gone(1), .card(2, .identifier([1, 2, 3, 4]))])
        #expect(
            session.receive(line(.card(3, .voucher(length: 2_049))), at: Self.at(3_000))
                == [.gone(2), .send(LineFraming.bytes(of: "E 3 9 invalid"))])
        // A reader that starts anew has forgotten its card.
        _ = session.receive(line(.card(4, .identifier([1, 2, 3, 4]))), at: Self.at(4_000))
        #expect(session.receive(SimulatedReader().greeting(), at: Self.at(4_100)) == [.gone(4)])
    }

    @Test("who has not said who he is, or speaks another version, brings no card; silence is noticed")
    func standing() {
        var session = ReaderSession(at: Self.at(0))
        #expect(session.receive(line(.card(1, .identifier([1, 2, 3, 4]))), at: Self.at(10)) == session.greeting())
        _ = session.receive(line(.hello(version: 2, name: "new")), at: Self.at(20))
        #expect(session.name == nil && session.otherVersion == 2)
        #expect(session.receive(line(.card(1, .identifier([1, 2, 3, 4]))), at: Self.at(30)) == session.greeting())
        _ = session.receive(SimulatedReader().greeting(), at: Self.at(40))
        #expect(session.name == "sim-1" && session.otherVersion == nil)
        #expect(!session.isSilent(at: Self.at(15_040)) && session.isSilent(at: Self.at(15_041)))
        _ = session.receive(Array("noise\n".utf8), at: Self.at(20_000))
        #expect(session.isSilent(at: Self.at(20_000)), "noise is no sign of life")
        #expect(session.noise == 1)
    }

    @Test("a reader that floods with cards gets one decision in 200 ms")
    func flood() {
        var session = greeted()
        var cards = 0
        for number in UInt16(1)...5_000 {
            let outputs = session.receive(
                line(.card(number, .identifier([1, 2, 3, 4]))), at: Self.at(Int64(number) / 5))
            cards += outputs.count { if case .card = $0 { true } else { false } }
        }
        #expect(cards == 6, "the first, and five in 1 s")
    }

    /// Lines of every kind, spoilt and whole, in pieces: nothing but a card that was really read comes out.
    @Test("random streams never break it", arguments: [UInt64.random(in: 0 ... .max)])
    func fuzz(seed: UInt64) {
        print("card reader fuzz: seed \(seed)")
        var random = seed | 1
        func next(_ bound: UInt64) -> UInt64 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return random % bound
        }
        var session = greeted()
        var stream: [UInt8] = []
        var now: Int64 = 0
        for _ in 0..<30_000 {
            var bytes = line(LineTests.readerLines[Int(next(UInt64(LineTests.readerLines.count)))])
            if next(3) == 0 { bytes[Int(next(UInt64(bytes.count)))] ^= UInt8(1 << next(8)) }
            if next(5) == 0 { bytes = (0..<next(80)).map { _ in UInt8(truncatingIfNeeded: next(256)) } }
            stream += bytes
            let cut = Int(next(UInt64(stream.count + 1)))
            now += Int64(next(300))
            for output in session.receive(stream[..<cut], at: Self.at(now)) + session.tick(at: Self.at(now)) {
                switch output {
                case .card(let number, let card):
                    if case .voucher(let bytes) = card { #expect(bytes.count == 300) }
                    let decision: CardDecision = next(2) == 0 ? .ask(.bearer, [1]) : .refused(.busy)
                    _ = session.decide(number, decision, at: Self.at(now))
                case .signature(let number, let bytes):
                    #expect(bytes.count == 64)
                    _ = session.decide(number, .accepted(connector: 1), at: Self.at(now))
                case .send(let bytes): #expect(bytes.count <= LineFraming.maximumBytes + 2)
                case .gone: break
                }
            }
            stream.removeFirst(cut)
        }
        #expect(session.lines > 5_000 && session.noise > 1_000)
        // It still talks.
        _ = session.receive([10] + SimulatedReader().greeting(), at: Self.at(now + 1_000))
        #expect(
            session.receive(line(.card(77, .identifier([1, 2, 3, 4]))), at: Self.at(now + 2_000))
                == [.card(77, .identifier([1, 2, 3, 4]))])
    }
}
