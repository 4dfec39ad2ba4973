public import SignedRecords

/// Why the journal refuses.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk failed. After a failed write the journal is poisoned.
    case storage(StorageFault)
    /// Another process writes this journal.
    case locked(path: String)
    /// What was durable has changed: nothing is appended, the bytes stay as they are. Slots count from 0.
    case corrupt(segment: UInt64, slot: UInt32, what: Corruption)
    /// A slot that decides where the journal ends cannot be read: whether something durable stands there is unknown.
    case unreadable(segment: UInt64, slot: UInt32, errno: Int32)
    /// A segment between others, or one that is not acknowledged, is gone.
    case missingSegment(UInt64)
    /// The journal was written with slots that this disk cannot write one by one.
    case wrongGeometry(slotBytes: Int, sectorBytes: Int)
    /// The record is not the next of its chain.
    case doesNotFollow(chain: ChainNumber, head: UInt64, sequence: UInt64)
    /// More chains than a journal keeps.
    case tooManyChains
    /// The message is longer than eight slots.
    case tooLong(bytes: Int)
    /// No room: the spare segment could not be made, or the journal has all the segments that it may have.
    case full
    /// A write failed before; `resumeAfterFault` must succeed first.
    case poisoned
    /// An acknowledgement of a record that this journal does not have.
    case notOurs(chain: ChainNumber, sequence: UInt64)
    /// A pending message differs from what is durable under its number.
    case equivocation(chain: ChainNumber, sequence: UInt64)
    /// Records were asked for that were pruned, or never were.
    case notHere(chain: ChainNumber, sequence: UInt64)
    /// A file with the records that were kept of pruned segments has changed.
    case keptRecords(name: String)

    public var description: String {
        switch self {
        case .storage(let fault): return "journal: \(fault)"
        case .locked(let path): return "\(path): another process writes this journal"
        case .corrupt(let segment, let slot, let what): return "journal segment \(segment), slot \(slot): \(what)"
        case .unreadable(let segment, let slot, let errno):
            return "journal segment \(segment), slot \(slot): reading failed with errno \(errno)"
        case .missingSegment(let segment): return "journal segment \(segment) is missing"
        case .wrongGeometry(let slot, let sector):
            return "the journal has slots of \(slot) bytes; this disk writes \(sector) at once"
        case .doesNotFollow(let chain, let head, let sequence):
            return "chain \(chain): record \(sequence) does not follow the head \(head)"
        case .tooManyChains: return "the journal keeps at most \(JournalState.maximumChains) chains"
        case .tooLong(let bytes): return "a message of \(bytes) bytes does not fit eight slots"
        case .full: return "the journal is full"
        case .poisoned: return "the journal stopped after a failed write"
        case .notOurs(let chain, let sequence):
            return "chain \(chain): record \(sequence) acknowledged that is not in this journal"
        case .equivocation(let chain, let sequence):
            return "chain \(chain): a pending message differs from the durable record \(sequence)"
        case .notHere(let chain, let sequence): return "chain \(chain): record \(sequence) is not in this journal"
        case .keptRecords(let name): return "journal: \(name) has changed: records of pruned segments"
        }
    }
}

/// How durable bytes are wrong.
public enum Corruption: Hashable, Sendable, CustomStringConvertible {
    /// No whole frame where one was known to be durable.
    case unreadable
    /// A whole frame that does not belong there: another slot, segment, index, or previous hash.
    case misplaced
    /// A segment's header does not fit the segment before it.
    case header
    /// The payload of a whole frame cannot be read.
    case payload
    /// The record in the frame does not follow the one before it.
    case record
    /// A record that stands is neither in its slot nor among those that were kept of pruned segments.
    case notKept

    public var description: String {
        switch self {
        case .unreadable: return "a frame that was durable cannot be read"
        case .misplaced: return "a frame stands where it does not belong"
        case .header: return "the segment's header does not fit"
        case .payload: return "the payload of a frame cannot be read"
        case .record: return "a record does not follow the one before it"
        case .notKept: return "a standing record of this pruned segment was not kept"
        }
    }
}
