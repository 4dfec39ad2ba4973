import SignedRecords

/// What a frame carries.
enum FrameKind: UInt8, Sendable {
    /// Slot 0 of a segment: which segment it is and where every chain stands at its start.
    case segment = 1
    /// A new life of the writer: disowns whatever stood at and behind its slot.
    case epoch = 2
    /// A signed record: the COSE_Sign1 bytes.
    case record = 3
    /// The ledger's proved acknowledgement of a chain.
    case acknowledgement = 4
    /// Nothing but the durable index, after a pause.
    case anchor = 5
}

/// One frame of the journal: 1 to 8 whole slots, a segment's first one up to 120. The layout is in docs/format.md, "Journal".
///
/// Frames are not signed. Each one names its segment, slot and index and the hash of the frame before, so a stale, misplaced
/// or torn frame never passes for the next one; `durable` lets recovery tell a torn tail from rot.
struct Frame: Hashable, Sendable {
    var kind: FrameKind
    /// The writer's life: rises by one at every opening.
    var epoch: UInt32
    var slot: UInt32
    var segment: UInt64
    /// Counts all frames of all segments from 1.
    var index: UInt64
    /// The highest index known to be on the disk when this frame was written.
    var durable: UInt64
    /// SHA-256 of the previous frame's slots; zero before the first.
    var previous: RecordHash
    var payload: [UInt8]

    static let magic: [UInt8] = Array("WSJ1".utf8)
    static let continuationMagic: [UInt8] = Array("WSJ+".utf8)
    static let headerBytes = 72
    static let continuationBytes = 8
    static let maximumSlots = 8
    /// What 33 chains with all their standing records take.
    static let maximumHeaderSlots = 120

    static func maximumSlots(_ kind: FrameKind) -> Int { kind == .segment ? maximumHeaderSlots : maximumSlots }

    /// How many payload bytes fit a number of slots.
    static func capacity(slots: Int, slotBytes: Int) -> Int {
        slots * slotBytes - headerBytes - 4 - (slots - 1) * continuationBytes
    }

    /// How many slots a payload takes, or `nil` where it takes more than a frame of its kind may have.
    static func slots(for payloadBytes: Int, slotBytes: Int, kind: FrameKind = .record) -> Int? {
        let inFirst = slotBytes - headerBytes - 4
        let inEach = slotBytes - continuationBytes
        let slots = 1 + (max(0, payloadBytes - inFirst) + inEach - 1) / inEach
        return slots <= maximumSlots(kind) ? slots : nil
    }

    static func hash(_ bytes: [UInt8]) -> RecordHash { RecordHash(hashing: bytes) }

    static func hash(_ slots: ArraySlice<UInt8>) -> RecordHash { RecordHash(hashing: slots) }
}

extension Frame {
    /// The slots as they go to the disk, or `nil` where the payload does not fit a frame of its kind.
    func encode(slotBytes: Int) -> [UInt8]? {
        guard let slots = Frame.slots(for: payload.count, slotBytes: slotBytes, kind: kind) else { return nil }
        var bytes = Frame.magic
        bytes.reserveCapacity(slots * slotBytes)
        bytes.append(kind.rawValue)
        bytes.append(UInt8(slots))
        bytes.appendBigEndian(UInt64(payload.count), byteCount: 2)
        bytes.appendBigEndian(UInt64(epoch), byteCount: 4)
        bytes.appendBigEndian(UInt64(slot), byteCount: 4)
        bytes.appendBigEndian(segment, byteCount: 8)
        bytes.appendBigEndian(index, byteCount: 8)
        bytes.appendBigEndian(durable, byteCount: 8)
        bytes += previous.bytes
        var rest = payload[...]
        for ordinal in 0..<slots {
            if ordinal > 0 {
                // A continuation never looks like the start of a frame, whatever its payload holds.
                bytes += Frame.continuationMagic
                bytes.appendBigEndian(UInt64(ordinal), byteCount: 4)
            }
            let end = (ordinal + 1) * slotBytes - (ordinal == slots - 1 ? 4 : 0)
            let part = rest.prefix(end - bytes.count)
            bytes += part
            rest = rest.dropFirst(part.count)
            bytes += [UInt8](repeating: 0, count: end - bytes.count)
        }
        bytes.appendBigEndian(UInt64(CRC32C.checksum(bytes[...])), byteCount: 4)
        return bytes
    }

    /// Reads the frame that starts at `offset` of `bytes`; `nil` where there is no whole one with a right checksum before
    /// `limit`, or the end of the bytes.
    static func decode(
        _ bytes: [UInt8], at offset: Int, slotBytes: Int, limit: Int = .max
    ) -> (frame: Frame, slots: Int)? {
        let limit = min(limit, bytes.count)
        guard offset >= 0, limit - offset >= slotBytes else { return nil }
        guard bytes[offset..<offset + 4].elementsEqual(magic), let kind = FrameKind(rawValue: bytes[offset + 4]) else {
            return nil
        }
        let slots = Int(bytes[offset + 5])
        let end = offset + slots * slotBytes
        guard (1...maximumSlots(kind)).contains(slots), end <= limit else { return nil }
        let checksum = UInt32(truncatingIfNeeded: bytes.bigEndian(at: end - 4, byteCount: 4))
        guard CRC32C.checksum(bytes[offset..<end - 4]) == checksum else { return nil }
        let count = Int(bytes.bigEndian(at: offset + 6, byteCount: 2))
        guard Frame.slots(for: count, slotBytes: slotBytes, kind: kind) == slots else { return nil }
        guard let payload = payload(bytes[offset..<end], count: count, slots: slots, slotBytes: slotBytes) else {
            return nil
        }
        let frame = Frame(
            kind: kind, epoch: UInt32(truncatingIfNeeded: bytes.bigEndian(at: offset + 8, byteCount: 4)),
            slot: UInt32(truncatingIfNeeded: bytes.bigEndian(at: offset + 12, byteCount: 4)),
            segment: bytes.bigEndian(at: offset + 16, byteCount: 8),
            index: bytes.bigEndian(at: offset + 24, byteCount: 8),
            durable: bytes.bigEndian(at: offset + 32, byteCount: 8),
            previous: RecordHash(exactly: Array(bytes[offset + 40..<offset + 72])), payload: payload)
        return (frame, slots)
    }

    private static func payload(_ frame: ArraySlice<UInt8>, count: Int, slots: Int, slotBytes: Int) -> [UInt8]? {
        var payload: [UInt8] = []
        payload.reserveCapacity(count)
        for ordinal in 0..<slots {
            var start = frame.startIndex + ordinal * slotBytes
            let end = start + slotBytes - (ordinal == slots - 1 ? 4 : 0)
            if ordinal == 0 {
                start += headerBytes
            } else {
                guard frame[start..<start + 4].elementsEqual(continuationMagic) else { return nil }
                start += continuationBytes
            }
            payload += frame[start..<end].prefix(count - payload.count)
        }
        return payload
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: UInt64, byteCount: Int) {
        for place in stride(from: (byteCount - 1) * 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> UInt64(place)))
        }
    }

    func bigEndian(at offset: Int, byteCount: Int) -> UInt64 {
        self[offset..<offset + byteCount].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
