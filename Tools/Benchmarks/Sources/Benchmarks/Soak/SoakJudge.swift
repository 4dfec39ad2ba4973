import ChargeControl
import Quantities

/// Holds a charger against its plant in every period. It knows four rules and nothing of the charger's program.
///
/// The control core's own rules, row by row, are the oracle's (`SoakSequences`), which needs the core's inputs and outputs.
struct SoakJudge {
    /// What may not be.
    enum Breach: String {
        case closedWithoutSession = "the contactor is wanted closed, or a pole conducts, with no session on record"
        case closedWithoutCar = "a pole conducts 100 ms after the plug was pulled"
        case closedWithFault = "the contactor is wanted closed with a fault that opens"
        case promiseAboveLimit = "more current is promised than is allowed"
    }

    /// Periods: 100 ms, as the standard asks (IEC 61851-1, table A.6).
    private static let patience = 20

    /// Rows of the fault table that open, one bit each.
    private let opening: UInt64
    private var looseFor = 0
    private var wantedFor = 0
    private var carlessFor = 0
    /// Breaches, each counted once until it is over.
    private(set) var breaches = 0
    private(set) var first: (breach: Breach, at: MonotonicInstant)?
    /// Faults that were raised, one by one.
    private(set) var raised = 0
    private var standing: UInt64 = 0

    init(_ configuration: ControlConfiguration) {
        var bits: UInt64 = 0
        for (position, code) in FaultCode.allCases.enumerated()
        where code.row(for: configuration).rule.effect == .open { bits |= 1 << UInt64(position) }
        opening = bits
        first = nil
    }

    /// Judges a period.
    ///
    /// - Parameters:
    ///   - hasSession: a session's begin is on record, and its end is not.
    ///   - areFree: the poles follow the coil; else they are welded or stuck, and say nothing about the charger.
    mutating func judge(_ truth: PlantTruth, hasSession: Bool, areFree: Bool, at now: MonotonicInstant) {
        looseFor = !hasSession && truth.isClosed && areFree ? looseFor + 1 : 0
        wantedFor = !hasSession && truth.isWanted ? wantedFor + 1 : 0
        carlessFor = !truth.hasCar && truth.isClosed && areFree ? carlessFor + 1 : 0
        if looseFor == Self.patience || wantedFor == 1 { note(.closedWithoutSession, at: now) }
        if carlessFor == Self.patience { note(.closedWithoutCar, at: now) }
    }

    /// Judges what the charger shows, where that has changed.
    mutating func judge(_ shown: DisplayState, isWanted: Bool, at now: MonotonicInstant) {
        raised += (shown.faults.bits & ~standing).nonzeroBitCount
        standing = shown.faults.bits
        if isWanted, standing & opening != 0 { note(.closedWithFault, at: now) }
        if shown.offered > shown.limit.current { note(.promiseAboveLimit, at: now) }
    }

    private mutating func note(_ breach: Breach, at now: MonotonicInstant) {
        breaches += 1
        if first == nil { first = (breach, now) }
    }
}
