public import ChargeControl

/// Finds the companion's frames in what a serial line brings, however it is cut.
///
/// What looks like a frame and is none costs one byte: the search goes on behind its first, so a good frame inside
/// a damaged one is found.
public struct CompanionDecoder: Sendable {
    private var pending: [UInt8] = []
    private var lastSequence: UInt16?
    /// Frames whose length or checksum was wrong.
    public private(set) var refused: UInt64 = 0
    /// Frames whose sequence number was that of the one before.
    public private(set) var repeated: UInt64 = 0

    /// Nothing received yet.
    public init() { pending.reserveCapacity(2 * CompanionFrame.length) }

    /// Takes bytes and answers the newest sample that they complete, where it is new.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> CompanionFrame? {
        var newest: CompanionFrame?
        for byte in bytes {
            pending.append(byte)
            while let frame = takeFrame() {
                if frame.sequence == lastSequence {
                    repeated += 1
                } else {
                    lastSequence = frame.sequence
                    newest = frame
                }
            }
        }
        return newest
    }

    /// The frame at the start of what waits; drops what cannot be the start of one.
    private mutating func takeFrame() -> CompanionFrame? {
        while !pending.isEmpty {
            if pending[0] != CompanionFrame.sync.0 || (pending.count > 1 && pending[1] != CompanionFrame.sync.1) {
                pending.removeFirst()
                continue
            }
            if pending.count > 2, pending[2] != CompanionFrame.bodyLength {
                refuse()
                continue
            }
            guard pending.count >= CompanionFrame.length else { return nil }
            var bytes = CompanionFrame.Bytes(repeating: 0)
            for place in bytes.indices { bytes[place] = pending[place] }
            guard let frame = CompanionFrame(bytes) else {
                refuse()
                continue
            }
            pending.removeFirst(CompanionFrame.length)
            return frame
        }
        return nil
    }

    private mutating func refuse() {
        refused += 1
        pending.removeFirst()
    }
}
