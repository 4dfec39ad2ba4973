import SignedRecords
import Testing

@testable import Journal

/// Which frames the walk believes: one field wrong at a time, in a frame that is whole.
struct FrameWalkTests {
    static let slots = 16
    let cursor = Cursor(
        segment: 4, slot: 1, lastSlot: 0, index: 70, hash: RecordHash(hashing: [1]), epoch: 9, state: JournalState())

    private func next(_ cursor: Cursor) -> Frame {
        Frame(
            kind: .anchor, epoch: cursor.epoch, slot: cursor.slot, segment: cursor.segment, index: cursor.index + 1,
            durable: cursor.index, previous: cursor.hash, payload: [])
    }

    private func walk(_ frames: [(slot: Int, frame: Frame)]) throws -> FrameWalk {
        var bytes = [UInt8](repeating: 0, count: FrameWalkTests.slots * 512)
        for (slot, frame) in frames {
            let encoded = try #require(frame.encode(slotBytes: 512))
            bytes.replaceSubrange(slot * 512..<slot * 512 + encoded.count, with: encoded)
        }
        var walk = FrameWalk(bytes: bytes, slotBytes: 512, from: cursor)
        try walk.walk()
        return walk
    }

    @Test func theNextFrameIsBelieved() throws {
        #expect(try walk([(1, next(cursor))]).cursor.index == 71)
        var later = next(cursor)
        later.epoch = 10
        #expect(try walk([(1, later)]).cursor.epoch == 10)
    }

    @Test(arguments: ["segment", "slot", "index", "index behind", "previous", "epoch", "durable", "kind"])
    func aFrameWithOneWrongFieldIsNot(field: String) throws {
        var frame = next(cursor)
        switch field {
        case "segment": frame.segment = 3
        case "slot": frame.slot = 2
        case "index": frame.index += 1
        case "index behind": frame.index -= 1
        case "previous": frame.previous = .zero
        case "epoch": frame.epoch = 8
        case "durable": frame.durable = frame.index
        default: frame.kind = .segment
        }
        let walk = try walk([(1, frame)])
        #expect(walk.cursor == cursor)
        #expect(walk.isMisplaced)
    }

    /// The durable rule, at its edge: a later frame accuses the hole only when it says that the missing index was durable.
    @Test func aHoleIsDurableWhenALaterFrameSaysSo() throws {
        var frame = next(cursor)
        frame.slot = 3
        frame.index = 73
        frame.durable = 70
        #expect(try !walk([(3, frame)]).isHoleDurable())
        #expect(try walk([(3, frame)]).staleFrames() == 1)
        frame.durable = 71
        #expect(try walk([(3, frame)]).isHoleDurable())
        // Wherever it landed: a misdirected frame is evidence too. Another segment's is not.
        #expect(try walk([(9, frame)]).isHoleDurable())
        frame.segment = 3
        #expect(try !walk([(3, frame)]).isHoleDurable())
        #expect(try walk([(3, frame)]).staleFrames() == 0)
    }

    @Test func aSegmentWithASuccessorEndsWhereItMust() throws {
        var bytes = [UInt8](repeating: 0, count: FrameWalkTests.slots * 512)
        let first = try #require(next(cursor).encode(slotBytes: 512))
        bytes.replaceSubrange(512..<1_024, with: first)
        var exact = FrameWalk(bytes: bytes, slotBytes: 512, from: cursor)
        try exact.walk(to: 2)
        #expect(exact.cursor.index == 71)
        var second = next(exact.cursor)
        bytes.replaceSubrange(1_024..<1_536, with: try #require(second.encode(slotBytes: 512)))
        // Frames behind the end were voided by the successor, though they chain.
        var voided = FrameWalk(bytes: bytes, slotBytes: 512, from: cursor)
        try voided.walk(to: 2)
        #expect(voided.cursor.index == 71)
        var short = FrameWalk(bytes: bytes, slotBytes: 512, from: cursor)
        #expect(throws: JournalError.corrupt(segment: 4, slot: 3, what: .unreadable)) { try short.walk(to: 4) }
        second.previous = .zero
        bytes.replaceSubrange(1_024..<1_536, with: try #require(second.encode(slotBytes: 512)))
        var wrong = FrameWalk(bytes: bytes, slotBytes: 512, from: cursor)
        #expect(throws: JournalError.corrupt(segment: 4, slot: 2, what: .misplaced)) { try wrong.walk(to: 3) }
        var beyond = FrameWalk(bytes: bytes, slotBytes: 512, from: cursor)
        #expect(throws: JournalError.corrupt(segment: 4, slot: 17, what: .header)) { try beyond.walk(to: 17) }
    }

    @Test func unreadablePayloadsOfWholeFramesAreCorruption() throws {
        for kind in [FrameKind.record, .acknowledgement] {
            var frame = next(cursor)
            frame.kind = kind
            frame.payload = [1, 2, 3]
            #expect(throws: JournalError.corrupt(segment: 4, slot: 1, what: .payload)) { try walk([(1, frame)]) }
        }
    }
}
