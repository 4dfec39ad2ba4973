import RecordSamples
import SignedRecords
import Testing

@testable import Journal

/// Frames byte by byte, as docs/format.md gives them.
struct FrameTests {
    private func frame(_ payload: [UInt8]) -> Frame {
        Frame(
            kind: .record, epoch: 0x0102_0304, slot: 5, segment: 6, index: 0x0708, durable: 9,
            previous: RecordHash(exactly: [UInt8](repeating: 0xAA, count: 32)), payload: payload)
    }

    @Test func checksumIsCastagnolis() {
        #expect(CRC32C.checksum(Array("123456789".utf8)[...]) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)
        #expect(CRC32C.checksum([][...]) == 0)
    }

    @Test func layoutIsFixed() throws {
        let bytes = try #require(frame([0xBE, 0xEF]).encode(slotBytes: 512))
        #expect(bytes.count == 512)
        let header = Hexadecimal.encode(bytes[..<40])
        #expect(
            header == "57534a31" + "03" + "01" + "0002" + "01020304" + "00000005" + "0000000000000006"
                + "0000000000000708" + "0000000000000009")
        #expect(bytes[40..<72].allSatisfy { $0 == 0xAA })
        #expect(Array(bytes[72..<74]) == [0xBE, 0xEF])
        #expect(bytes[74..<508].allSatisfy { $0 == 0 })
        #expect(UInt64(CRC32C.checksum(bytes[..<508])) == bytes.bigEndian(at: 508, byteCount: 4))
    }

    @Test(arguments: [512, 4_096]) func everyLengthRoundTrips(slotBytes: Int) throws {
        let largest = Frame.capacity(slots: Frame.maximumSlots, slotBytes: slotBytes)
        #expect(largest >= Record.maximumMessageBytes)
        #expect(Frame.slots(for: Tick.maximumMessageBytes, slotBytes: 512) == 1)
        for count in stride(from: 0, through: largest, by: slotBytes == 512 ? 11 : 97) {
            let original = frame((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 1) })
            let bytes = try #require(original.encode(slotBytes: slotBytes))
            #expect(bytes.count.isMultiple(of: slotBytes))
            let decoded = try #require(Frame.decode(bytes, at: 0, slotBytes: slotBytes))
            #expect(decoded.frame == original)
            #expect(decoded.slots == bytes.count / slotBytes)
        }
        #expect(frame([UInt8](repeating: 0, count: largest + 1)).encode(slotBytes: slotBytes) == nil)
    }

    @Test func everyFlippedBitAndTruncationIsRefused() throws {
        let bytes = try #require(frame([UInt8](repeating: 7, count: 500)).encode(slotBytes: 512))
        #expect(bytes.count == 1_024)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Frame.decode(flipped, at: 0, slotBytes: 512) == nil, "bit \(bit)")
        }
        for count in stride(from: 0, to: bytes.count, by: 64) {
            #expect(Frame.decode(Array(bytes[..<count]), at: 0, slotBytes: 512) == nil)
        }
    }

    /// A payload that holds a whole frame, aligned to slots: a scan slot by slot never takes it for one.
    @Test func payloadNeverLooksLikeAFrame() throws {
        let inner = try #require(frame([1, 2, 3]).encode(slotBytes: 512))
        for shift in [512 - 72, 512 - 72 + 504, 512 - 72 - 8, 512 - 72 + 8] {
            let outer = frame([UInt8](repeating: 0, count: shift) + inner + inner)
            let bytes = try #require(outer.encode(slotBytes: 512))
            for slot in 1..<bytes.count / 512 {
                #expect(Frame.decode(bytes, at: slot * 512, slotBytes: 512) == nil, "slot \(slot), shift \(shift)")
            }
        }
    }

    @Test func headersAndAcknowledgementsRoundTrip() throws {
        var state = JournalState()
        state.genesis = RecordHash(hashing: [1])
        var standing = StandingRecords()
        let place = StandingPlace(sequence: .max, segment: 1 << 48 - 1, slot: 1 << 24 - 1)
        for code in 0..<UInt32(StandingRecords.limit + 9) {
            standing.apply(.stands([StandingKey(.fault, .max - code)]), at: place)
        }
        #expect(standing.places.count == StandingRecords.limit)
        for number in 0..<UInt32(JournalState.maximumChains) {
            let head = ChainHead(sequence: .max, hash: RecordHash(hashing: [UInt8(number)]))
            state.chains[ChainNumber(rawValue: .max - number)] = ChainState(
                head: head, acknowledged: .max, openBegin: .max, endedSessions: .max, standing: standing)
        }
        let header = SegmentHeader(
            slotBytes: 512, slots: 8_192, previousEnd: 8_192, previousLastSlot: 8_184, state: state)
        let payload = header.encode()
        #expect(SegmentHeader(decoding: payload) == header)
        // As many chains as a journal takes, each with all that can stand, with the largest numbers: the header always fits
        // its frame, and the frame one write.
        let slots = try #require(Frame.slots(for: payload.count, slotBytes: 512, kind: .segment))
        #expect(slots * 512 < 1 << 16)
        #expect(Frame.slots(for: payload.count, slotBytes: 512) == nil)
        let frame = Frame(
            kind: .segment, epoch: 1, slot: 0, segment: 1, index: 1, durable: 0, previous: .zero, payload: payload)
        let encoded = try #require(frame.encode(slotBytes: 512))
        #expect(Frame.decode(encoded, at: 0, slotBytes: 512)?.frame == frame)
        for count in stride(from: 0, to: payload.count, by: 41) {
            #expect(SegmentHeader(decoding: Array(payload[..<count])) == nil)
        }
        for count in payload.count - 40..<payload.count {
            #expect(SegmentHeader(decoding: Array(payload[..<count])) == nil)
        }
        let acknowledgement = Acknowledgement(chain: .connector(2), sequence: 9, hash: .zero, height: 4)
        #expect(Acknowledgement(decoding: acknowledgement.encode()) == acknowledgement)
        #expect(Acknowledgement(decoding: acknowledgement.encode() + [0]) == nil)
    }

    @Test func moreChainsThanTheJournalKeepsAreRefused() throws {
        var device = try SampleDevice()
        var state = JournalState()
        state.accept(RecordOutline(device.genesis), segment: 1, slot: 1)
        for number in 1..<UInt32(JournalState.maximumChains) {
            let body = RecordBody.event(.faultLatched(FaultLatched(code: 1)))
            let signed = try device.append(.connector(number), body)
            #expect(state.refusal(of: RecordOutline(signed)) == nil)
            state.accept(RecordOutline(signed), segment: 1, slot: 1)
        }
        let beyond = ChainNumber.connector(UInt32(JournalState.maximumChains))
        let signed = try device.append(beyond, .event(.faultLatched(FaultLatched(code: 1))))
        #expect(state.refusal(of: RecordOutline(signed)) == .tooManyChains)
    }
}
