public import Quantities

/// How far an open session has come, by its records alone.
///
/// Energy is `carried + import − begin's import`: `carried` is zero until the register rolls over.
public struct SessionProgress: Hashable, Sendable {
    public let begin: Begin
    public let beginHead: ChainHead
    /// The last register that a record of this session named, with rollovers added.
    public private(set) var lastTotal: MilliwattHours
    /// The index of the last tick.
    public private(set) var ticks: UInt32 = 0
    /// The energy of the last tick, rollover, gap or end.
    public var energy: MilliwattHours { lastTotal - begin.reading.import }
    /// A reset ended the counting: only the end record may follow.
    public private(set) var hasReset = false
    private var carried = MilliwattHours.zero
    private var isPaused: Bool?

    /// Starts with the begin record at its place.
    public init(begin: Begin, at head: ChainHead) {
        self.begin = begin
        beginHead = head
        lastTotal = begin.reading.import
    }

    /// Takes one record inside the session; `true` when it ends it. Throws the rule that it breaks.
    public mutating func accept(_ body: RecordBody) throws(ChainFault) -> Bool {
        if case .begin = body { throw .wrongKindInSession(.begin) }
        if let session = body.session, session != begin.session {
            throw .wrongSession(expected: begin.session, found: session)
        }
        switch body {
        case .tick(let tick):
            if hasReset { throw .wrongKindInSession(.tick) }
            try take(tick)
        case .pause:
            if isPaused == true { throw .pauseState }
            isPaused = true
        case .resume:
            if isPaused == false { throw .pauseState }
            isPaused = false
        case .gap(let gap):
            if hasReset { throw .wrongKindInSession(.gap) }
            try advance(to: gap.lastImport)
            try advance(to: gap.reading.import)
        case .rollover(let rollover):
            if hasReset { throw .wrongKindInSession(.rollover) }
            try advance(to: rollover.lastImport)
            guard let sum = carried.addingIfFits(rollover.modulus) else { throw .energyOutOfRange }
            carried = sum
            try advance(to: rollover.reading.import)
        case .reset(let reset):
            if hasReset { throw .wrongKindInSession(.reset) }
            try advance(to: reset.lastImport)
            // What passed between the two registers is unknown: the sum stands still and counts on from the new register.
            guard let shifted = lastTotal.subtractingIfFits(reset.reading.import) else {
                throw .energyOutOfRange
            }
            carried = shifted
            hasReset = true
        case .event(.faultLatched), .event(.faultCleared):
            break
        case .end(let end):
            try advance(to: end.reading.import)
            try check(end.energy)
            guard end.ticks == ticks else {
                throw .wrongTickIndex(expected: UInt64(ticks), found: UInt64(end.ticks))
            }
            return true
        default:
            throw .wrongKindInSession(body.kind)
        }
        return false
    }

    private mutating func take(_ tick: Tick) throws(ChainFault) {
        try advance(to: tick.reading.import)
        try check(tick.energy)
        let index = UInt64(energy.rawValue) / UInt64(Tick.boundary.rawValue)
        guard UInt64(tick.index) == index, index > UInt64(ticks) else {
            throw .wrongTickIndex(expected: max(index, UInt64(ticks) + 1), found: UInt64(tick.index))
        }
        guard tick.count == tick.index - ticks else {
            throw .wrongTickCount(expected: UInt64(tick.index - ticks), found: UInt64(tick.count))
        }
        ticks = tick.index
    }

    private mutating func advance(to register: MilliwattHours) throws(ChainFault) {
        guard let total = carried.addingIfFits(register) else { throw .energyOutOfRange }
        guard total >= lastTotal else {
            throw .registerFell(from: lastTotal.rawValue, to: total.rawValue)
        }
        lastTotal = total
    }

    private func check(_ stated: MilliwattHours) throws(ChainFault) {
        guard stated == energy else {
            throw .wrongEnergy(expected: energy.rawValue, found: stated.rawValue)
        }
    }
}
