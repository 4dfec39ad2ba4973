import BoardIO
import ChargeControl
import Quantities
import Testing

extension CompanionFrame {
    /// The frame's bytes as the line brings them.
    var onTheLine: [UInt8] {
        let bytes = bytes
        return bytes.indices.map { bytes[$0] }
    }
}

@Suite("Frames of the companion microcontroller")
struct CompanionFrameTests {
    private func frame(_ sequence: UInt16, _ high: Int32 = 6_000) -> CompanionFrame {
        CompanionFrame(
            sequence: sequence, high: Millivolts(high), low: Millivolts(-12_000), age: Nanoseconds(450_000))
    }

    /// What a decoder finds in a stream that comes in these pieces.
    private func found(_ pieces: [ArraySlice<UInt8>]) -> [CompanionFrame] {
        var decoder = CompanionDecoder()
        return pieces.compactMap { decoder.receive($0) }
    }

    @Test("the layout is the documented one")
    func layout() {
        let sample = CompanionFrame(
            sequence: 0x0102, high: Millivolts(9_000), low: Millivolts(-1), age: Nanoseconds(515_000))
        #expect(
            sample.onTheLine.dropLast(2) == [0xA5, 0x5A, 8, 0x02, 0x01, 0x28, 0x23, 0xFF, 0xFF, 0x03, 0x02])
        // CRC-16/CCITT-FALSE of "123456789" is 29B1; the frame's own is over its bytes 2 to 10.
        var crc: UInt16 = 0xFFFF
        for byte in sample.onTheLine[2..<11] {
            for bit in (0..<8).reversed() {
                let top = crc >> 15 ^ UInt16(byte >> bit & 1)
                crc = crc << 1 ^ (top == 1 ? 0x1021 : 0)
            }
        }
        #expect(sample.onTheLine[11] == UInt8(truncatingIfNeeded: crc) && sample.onTheLine[12] == UInt8(crc >> 8))
    }

    @Test("however a stream is cut, the newest sample of each piece comes out, and none is lost or invented")
    func allChunkings() {
        let garbage: [UInt8] = [0xA5, 0xA5, 0x00, 0x5A]
        let stream = garbage + frame(1).onTheLine + frame(2, 9_000).onTheLine + [0xA5] + frame(3, -32_768).onTheLine
        let whole = stream.map { [$0][...] }
        #expect(found(whole) == [frame(1), frame(2, 9_000), frame(3, -32_768)])
        #expect(found([stream[...]]) == [frame(3, -32_768)])
        for first in 0...stream.count {
            for second in first...stream.count {
                let samples = found([stream[..<first], stream[first..<second], stream[second...]])
                #expect(samples.last == frame(3, -32_768), "cut at \(first) and \(second)")
                #expect(samples.map(\.sequence) == samples.map(\.sequence).sorted())
            }
        }
    }

    @Test("any flipped bit is refused and counted, and the next frame is found")
    func damage() {
        let good = frame(7).onTheLine
        for bit in 0..<(good.count * 8) {
            var bad = good
            bad[bit / 8] ^= 1 << (bit % 8)
            var decoder = CompanionDecoder()
            #expect(decoder.receive(bad) == nil, "bit \(bit)")
            #expect(decoder.receive(frame(8).onTheLine) == frame(8), "bit \(bit)")
            // A sync that is damaged is no frame at all.
            #expect(decoder.refused >= (bit < 16 ? 0 : 1), "bit \(bit)")
        }
    }

    @Test("a good frame inside a damaged one is found")
    func nested() {
        var decoder = CompanionDecoder()
        #expect(decoder.receive(frame(1).onTheLine[..<7]) == nil)
        #expect(decoder.receive(frame(2).onTheLine) == nil || decoder.refused == 1)
        #expect(decoder.receive(frame(3).onTheLine) == frame(3))
        var other = CompanionDecoder()
        #expect(other.receive(Array(frame(1).onTheLine[..<7]) + frame(2).onTheLine + [0]) == frame(2))
        #expect(other.refused == 1)
    }

    @Test("a sequence number that came before is no new sample")
    func repeated() {
        var decoder = CompanionDecoder()
        #expect(decoder.receive(frame(9).onTheLine) == frame(9))
        #expect(decoder.receive(frame(9, 12_000).onTheLine) == nil)
        #expect(decoder.receive(frame(9).onTheLine) == nil)
        #expect(decoder.repeated == 2 && decoder.refused == 0)
        #expect(decoder.receive(frame(10).onTheLine) == frame(10))
        #expect(decoder.receive(frame(.max).onTheLine) == frame(.max))
        #expect(decoder.receive(frame(0).onTheLine) == frame(0), "it wraps")
    }
}
