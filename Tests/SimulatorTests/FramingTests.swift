import Quantities
import Simulator
import Testing

@Suite("Modbus framing of the plant's meters")
struct FramingTests {
    @Test("CRC-16 of the specification's and the catalogue's examples")
    func checksum() {
        #expect(ModbusChecksum.crc16(Array("123456789".utf8)) == 0x4B37)
        #expect(ModbusChecksum.crc16([0x02, 0x07]) == 0x1241)
        #expect(ModbusChecksum.crc16([UInt8]()) == 0xFFFF)
    }

    let rtu = ModbusRTUFraming.frame([4, 0, 0x48, 0, 2], unit: 1)
    let tcp = ModbusTCPFraming.frame([4, 0, 0x48, 0, 2], unit: 1, transaction: 0xBEEF)

    @Test("TCP: two requests come out of every chunking")
    func tcpChunkings() {
        let stream = tcp + ModbusTCPFraming.frame([3, 0xFC, 0, 0, 2], unit: 2, transaction: 1)
        for first in 0...stream.count {
            for second in first...stream.count {
                var framing = ModbusTCPFraming()
                var found: [ModbusTCPFraming.Request] = []
                for chunk in [stream[..<first], stream[first..<second], stream[second...]] {
                    found += framing.receive(chunk) ?? []
                }
                #expect(found.map(\.transaction) == [0xBEEF, 1])
                #expect(found.map(\.pdu) == [[4, 0, 0x48, 0, 2], [3, 0xFC, 0, 0, 2]])
                #expect(found.map(\.unit) == [1, 2])
            }
        }
    }

    @Test("TCP: no truncation is a request")
    func tcpTruncations() {
        for count in 0..<tcp.count {
            var framing = ModbusTCPFraming()
            #expect(framing.receive(tcp[..<count]) == [])
        }
    }

    @Test(
        "TCP: a stream of another protocol or length is given up",
        arguments: [(2, 1), (3, 1), (4, 1), (5, 1), (5, 255)])
    func tcpGarbage(_ change: (Int, UInt8)) {
        var bytes = tcp
        bytes[change.0] = change.1
        var framing = ModbusTCPFraming()
        #expect(framing.receive(bytes) == nil)
    }

    let start = MonotonicInstant(nanoseconds: 0)

    @Test("RTU: a request comes out of every chunking, twice in a row")
    func rtuChunkings() {
        for first in 0...rtu.count {
            for second in first...rtu.count {
                var framing = ModbusRTUFraming()
                for _ in 0..<2 {
                    var found: [ModbusRTUFraming.Request] = []
                    for chunk in [rtu[..<first], rtu[first..<second], rtu[second...]] {
                        found += framing.receive(chunk, at: start)
                    }
                    #expect(found.map(\.unit) == [1] && found.map(\.pdu) == [[4, 0, 0x48, 0, 2]])
                }
            }
        }
    }

    @Test("RTU: no truncation is a request, and the one after the silence is")
    func rtuTruncations() {
        for count in 0..<rtu.count {
            var framing = ModbusRTUFraming()
            #expect(framing.receive(rtu[..<count], at: start) == [])
            #expect(framing.settle(at: start + .milliseconds(9)) == nil)
            let later = start + .milliseconds(20)
            #expect(framing.receive(rtu, at: later).count == 1, "after \(count) bytes")
        }
    }

    @Test("RTU: every flipped bit is dropped, with what follows up to the silence")
    func rtuBitFlips() {
        for bit in 0..<(rtu.count * 8) {
            var flipped = rtu
            flipped[bit / 8] ^= 1 << (bit % 8)
            var framing = ModbusRTUFraming()
            #expect(framing.receive(flipped, at: start) == [], "bit \(bit)")
            #expect(framing.settle(at: start + .milliseconds(10)) == nil)
            #expect(framing.receive(rtu, at: start + .milliseconds(20)).count == 1)
        }
    }

    @Test("RTU: a function of unknown length ends with the silence, an endless frame is dropped")
    func rtuSilence() {
        let identify = ModbusRTUFraming.frame([0x2B, 0x0E, 1, 0], unit: 1)
        var framing = ModbusRTUFraming()
        #expect(framing.receive(identify, at: start) == [])
        #expect(framing.settle(at: start + .milliseconds(9)) == nil)
        #expect(framing.settle(at: start + .milliseconds(10))?.pdu == [0x2B, 0x0E, 1, 0])
        #expect(framing.receive([UInt8](repeating: 0x55, count: 1_000), at: start + .milliseconds(30)) == [])
        #expect(framing.receive(rtu, at: start + .milliseconds(31)) == [], "no silence yet")
        #expect(framing.receive(rtu, at: start + .milliseconds(60)).count == 1)
        let write = ModbusRTUFraming.frame([16, 0, 1, 0, 2, 4, 1, 2, 3, 4], unit: 1)
        #expect(framing.receive(write, at: start + .milliseconds(61)).map(\.pdu) == [[16, 0, 1, 0, 2, 4, 1, 2, 3, 4]])
    }
}
