import Quantities
import Testing

@testable import ServiceShell

/// A transfer by ZMODEM, decided without a line and without a process.
@Suite("A file that comes in by ZMODEM")
struct FileReceptionTests {
    private static let request = Array("rz\r**\u{18}B00000000000000\r".utf8) + [0x8A, 0x11]
    private static let nothing = ReceivedContent(files: 0, others: 0, bytes: 0)
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)

    private func reception(until: MonotonicInstant? = nil) -> FileReception {
        var reception = FileReception(until: until, at: start)
        reception.longestFile = 1_000
        return reception
    }

    private func receiving() -> FileReception {
        var reception = reception()
        #expect(reception.receive(Self.request.map { .byte($0) }, at: start).first == .start)
        return reception
    }

    private func one(_ bytes: UInt64) -> ReceivedContent { ReceivedContent(files: 1, others: 0, bytes: bytes) }

    private static func word(_ bytes: [UInt8]) -> [SenderGreeting.Word] {
        var greeting = SenderGreeting()
        return bytes.compactMap { greeting.receive($0) }
    }

    @Test("a sender is known by its first header, whatever stands before it, and by no other")
    func greeting() {
        #expect(Self.word(Self.request) == [.request])
        #expect(Self.word(Array("**\u{18}*\u{18}B00 ***".utf8) + Self.request) == [.request])
        // Another header, one that is cut, one that is none, one in capitals as no sender writes it.
        #expect(Self.word(Array("**\u{18}B0100000023be50\r".utf8)).isEmpty)
        #expect(Self.word(Array("**\u{18}B000000000000\r**".utf8)).isEmpty)
        #expect(Self.word(Array("**\u{18}B00zzzzzzzzzzzz".utf8)).isEmpty)
        #expect(Self.word(Array("**\u{18}B000000000000AB".utf8)).isEmpty)
        #expect(Self.word([0x03]) == [.givenUp])
        #expect(Self.word([UInt8](repeating: 0x18, count: 5)) == [.givenUp])
        #expect(Self.word([UInt8](repeating: 0x18, count: 4) + [0x20]).isEmpty)
    }

    @Test("the receiver starts behind the sender's request, which it does not see, and gets every byte from then on")
    func handsOn() {
        var reception = reception()
        for byte in Self.request.prefix(20) { #expect(reception.receive([.byte(byte)], at: start).isEmpty) }
        let rest = Self.request.dropFirst(20).map { LineSymbol.byte($0) }
        #expect(reception.receive(rest, at: start) == [.start, .toReceiver([0x0D, 0x8A, 0x11])])
        // 0x03 and CAN are the protocol's now; a byte in error is a hole that its checksums find.
        #expect(
            reception.receive([.byte(0x03), .damaged, .byte(0xFF), .byte(0x18)], at: start)
                == [.toReceiver([0x03, 0xFF, 0x18])])
        #expect(reception.said([1, 2], at: start) == [.toLine([1, 2])])
        #expect(reception.ending == nil)
    }

    @Test("what ends it on the line: somebody gives up, BREAK, no carrier; whoever is there still is told")
    func interruptions() {
        var givenUp = reception()
        #expect(givenUp.receive([.byte(0x03), .byte(0x41)], at: start) == [.toLine(FileReception.cancel)])
        #expect(givenUp.ending == .failed("given up") && givenUp.interruption == nil)
        var broken = receiving()
        #expect(broken.receive([.byte(0x41), .lineBreak, .byte(0x42)], at: start) == [.toLine(FileReception.cancel)])
        #expect(broken.ending == .failed("BREAK") && broken.interruption == .lineBreak)
        var dropped = receiving()
        #expect(dropped.receive([.hangUp], at: start).isEmpty)
        #expect(dropped.ending == .failed("the line was dropped") && dropped.interruption == .hangUp)
        #expect(dropped.said([1], at: start).isEmpty && dropped.ended(.exited(code: 0), content: one(1)).isEmpty)
        #expect(dropped.ending == .failed("the line was dropped"))
    }

    @Test("120 s without a sender, or without a byte more in the folder, end it; progress does not")
    func patience() {
        var listening = reception()
        #expect(listening.look(at: Self.nothing, start + .milliseconds(119_999)).isEmpty)
        #expect(listening.receive([.byte(0x41)], at: start + .seconds(119)).isEmpty)
        #expect(listening.look(at: Self.nothing, start + .seconds(120)) == [.toLine(FileReception.cancel)])
        #expect(listening.ending == .failed("no sender within 120 s"))

        var slow = receiving()
        for minute in 1...30 {
            #expect(slow.look(at: one(UInt64(minute)), start + .seconds(Int64(minute) * 60)).isEmpty)
        }
        // Words alone are no progress: a sender that repeats itself would stay for ever.
        #expect(!slow.receive([.byte(0x2A)], at: start + .seconds(1_900)).isEmpty)
        #expect(slow.look(at: one(30), start + .milliseconds(1_919_999)).isEmpty)
        #expect(slow.look(at: one(30), start + .seconds(1_920)) == [.toLine(FileReception.cancel)])
        #expect(slow.ending == .failed("nothing came in for 120 s"))
    }

    @Test("it does not outlast the login")
    func login() {
        var reception = reception(until: start + .seconds(10))
        #expect(reception.look(at: Self.nothing, start + .milliseconds(9_999)).isEmpty)
        #expect(!reception.look(at: Self.nothing, start + .seconds(10)).isEmpty)
        #expect(reception.ending == .failed("the login is over"))
    }

    @Test(
        "one file of the length that is let in, and nothing else, while it comes in and at the end",
        arguments: [
            (ReceivedContent(files: 2, others: 0, bytes: 5), "expected one file, found 2"),
            (ReceivedContent(files: 1, others: 1, bytes: 5), "something else than a file was sent"),
            (ReceivedContent(files: 1, others: 0, bytes: 1_001), "longer than 1000 bytes"),
        ])
    func contents(content: ReceivedContent, words: String) {
        var coming = receiving()
        #expect(coming.look(at: content, start) == [.toLine(FileReception.cancel)])
        #expect(coming.ending == .failed(words))
        var ended = receiving()
        #expect(ended.ended(.exited(code: 0), content: content) == [.toLine(FileReception.cancel)])
        #expect(ended.ending == .failed(words))
    }

    @Test("how the receiver ended")
    func endings() {
        func ending(_ how: ReceiverEnding, _ content: ReceivedContent) -> LineHandover.Ending? {
            var reception = receiving()
            _ = reception.ended(how, content: content)
            return reception.ending
        }
        #expect(ending(.exited(code: 0), one(1_000)) == .received)
        #expect(ending(.exited(code: 0), Self.nothing) == .failed("no file was sent"))
        #expect(
            ending(.exited(code: 128), one(5)) == .failed("the sender gave up, or the line is too bad (code 128)"))
        #expect(ending(.ended(signal: 25), one(1_000)) == .failed("longer than 1000 bytes"))
        #expect(ending(.ended(signal: 9), one(5)) == .failed("the receiver was ended by signal 9"))
    }

    @Test("a sender's last letters that are lost are said in its place after a second, once")
    func farewell() {
        let finish = Array("**\u{18}B0800000000022d\r".utf8) + [0x8A]
        var lost = receiving()
        #expect(lost.said(Array(finish.prefix(4)), at: start) == [.toLine(Array(finish.prefix(4)))])
        #expect(lost.look(at: one(5), start + .seconds(2)).isEmpty)
        // The header may be cut anywhere.
        #expect(lost.said(Array(finish.dropFirst(4)), at: start + .seconds(2)).count == 1)
        #expect(lost.look(at: one(5), start + .milliseconds(2_999)).isEmpty)
        #expect(lost.look(at: one(5), start + .seconds(3)) == [.toReceiver(FileReception.farewell)])
        #expect(lost.look(at: one(5), start + .seconds(4)).isEmpty)
        // Asked again, it is said again.
        #expect(lost.said(finish, at: start + .seconds(12)).count == 1)
        #expect(lost.look(at: one(5), start + .seconds(13)) == [.toReceiver(FileReception.farewell)])
        // A sender that still speaks is not answered for.
        var late = receiving()
        #expect(late.said(finish, at: start).count == 1)
        #expect(late.receive([.byte(0x2A)], at: start + .milliseconds(900)) == [.toReceiver([0x2A])])
        #expect(late.look(at: one(5), start + .milliseconds(1_800)).isEmpty)
        // Its other headers are no farewell.
        var other = receiving()
        #expect(other.said(Array("**\u{18}B0100000023be50\r".utf8), at: start).count == 1)
        #expect(other.look(at: one(5), start + .seconds(5)).isEmpty)
    }
}
