import SignedRecords

/// What an OCMF reading says of its meter, field ST. Verifiers bill only what stands between two readings of `good`.
enum OCMFStatus: String {
    case good = "G"
    /// The meter was silent: the register was read before the end, not at it.
    case timeout = "T"
    /// The register wrapped: the two readings cannot be subtracted.
    case outOfRange = "O"
    /// Another's value: the register of a simulation, or of a bench that nobody vouches for.
    case substitute = "S"
    /// The meter was distrusted.
    case other = "E"
}

/// Why a transaction ended, field TX.
enum OCMFEnd: String {
    case end = "E"
    case local = "L"
    case remote = "R"
    case abort = "A"
    case powerFailure = "P"

    init(_ reason: StopReason) {
        self =
            switch reason {
            case .grantSpent, .energyLimit, .owner, .grantExpired, .scheduleEnd: .end
            case .car, .unplugged, .technician: .local
            case .grantWithdrawn: .remote
            case .restart: .powerFailure
            case .shutdown, .fault, .meterLoss, .journalFull, .emergencyStop, .recordFailure, .meterDistrust: .abort
            }
    }
}

/// How good the two readings of a session are.
struct OCMFStatuses: Equatable {
    let begin: OCMFStatus
    let end: OCMFStatus

    /// The number of the fault "meter distrusted" in the fault table (docs/meters.md).
    static let distrustCode: UInt16 = 505

    /// Nothing unknown is good: what speaks against the meter anywhere in the session speaks against its end.
    init(begin: Begin, records: [SignedRecord], end: End, genesis: Genesis) {
        guard begin.energyFactor == 1, genesis.energyFactor == 1, !genesis.bench else {
            self.begin = .substitute
            self.end = .substitute
            return
        }
        var worst = OCMFStatus.good
        for signed in records {
            switch signed.record.body {
            case .rollover: if worst == .good { worst = .outOfRange }
            case .reset: worst = .other
            case .event(.faultLatched(let fault)) where fault.code == Self.distrustCode: worst = .other
            default: break
            }
        }
        switch end.reason {
        case .meterDistrust: worst = .other
        case .meterLoss: if worst == .good { worst = .timeout }
        case .fault: if end.faultCode == Self.distrustCode { worst = .other }
        default: break
        }
        self.begin = .good
        self.end = worst
    }
}
