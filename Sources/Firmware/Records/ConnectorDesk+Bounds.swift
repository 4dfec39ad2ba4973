import ChargeControl
import Ledger
import Logging
import Metering
import Quantities
import SignedRecords

// How long and how far a sale may go: until others may use the connector, and until the money is used up at the prices of the
// hour. The control core knows one limit of energy and one deadline; both move with what is proved and with the clock.
extension ConnectorDesk {
    /// How often a session's bounds are looked at.
    static let boundsInterval = Nanoseconds.seconds(1)
    /// A limit that moved by less is not told again: the core's own margin is many times as large.
    private static let leastChange = MilliwattHours(1_000)
    /// Nanoseconds.
    private static let leastMove: Int64 = 1_000_000_000

    /// Tells the control core what it may sell: at most until `end`, by the wall clock, where others may use the connector then.
    func offer(_ authorization: Authorization, until end: UTCMilliseconds?) {
        ownDeadline = authorization.deadline
        tell(authorization.bounded(by: end.map { deadline(at: $0) }))
    }

    private func tell(_ authorization: Authorization) {
        offered = authorization
        tell(.authorization(authorization))
    }

    /// Whether an account may charge here now, and until when; nothing that is unknown allows it.
    func verdict(for payer: AccountID) -> ConnectorAccess.Verdict {
        guard let access else { return .refused(.timeUnknown) }
        let verdict = access.verdict(for: payer, at: desk.accessMoment)
        if case .allowed = verdict { refusedAccess = nil }
        return verdict
    }

    /// Says once why nothing is sold though someone would pay.
    func note(_ refusal: ConnectorAccess.Refusal) {
        guard refusedAccess != refusal else { return }
        refusedAccess = refusal
        logger.notice("connector \(chain) sells nothing to who would pay: \(refusal)")
    }

    /// A wall time on the monotonic clock.
    func deadline(at moment: UTCMilliseconds) -> MonotonicInstant {
        let now = desk.accessMoment ?? moment
        return SystemClock.now() + .milliseconds(min(max(0, moment.rawValue - now.rawValue), 365 * 86_400_000))
    }

    /// Moves the bounds of a session that runs.
    func keepBounds(at now: MonotonicInstant) {
        guard let sale, let payer = sale.payer, let offered, offered.slot == sale.slot else { return }
        if let boundsCheckedAt, now - boundsCheckedAt < Self.boundsInterval { return }
        boundsCheckedAt = now
        var bounded = offered
        let end = bounds(of: payer, at: now)
        if case .known(let end) = end {
            bounded.deadline = ownDeadline
            bounded.deadlineCause = .grant
            bounded = bounded.bounded(by: end)
            // The wall clock is steered all the time.
            if let old = offered.deadline, let new = bounded.deadline, abs((new - old).rawValue) < Self.leastMove {
                bounded.deadline = old
                bounded.deadlineCause = offered.deadlineCause
            }
        }
        if let bill = sale.bill, !bill.tariff.isPlain, let reading {
            let limit = bill.limit(at: sale.energy(at: reading.import), time: desk.recordTime())
            let change = limit.rawValue - bounded.energyLimit.rawValue
            if change.magnitude >= Self.leastChange.rawValue.magnitude {
                bounded.energyLimit = limit
                bounded.energyLimitCause = limit == bill.energyLimit ? .driver : .grant
            }
        }
        if bounded != offered { tell(bounded) }
    }

    /// When a session must end for others.
    private enum End {
        /// Then; nil for never.
        case known(MonotonicInstant?)
        /// Nobody knows the time: the end that was known before stands.
        case unknown
    }

    private func bounds(of payer: AccountID, at now: MonotonicInstant) -> End {
        switch verdict(for: payer) {
        case .allowed(let until): return .known(until.map { deadline(at: $0) })
        case .refused(.timeUnknown): return .unknown
        case .refused(let refusal):
            note(refusal)
            // It may have been over before.
            return .known(min(now, offered?.deadline ?? now))
        }
    }
}

extension RecordDesk {
    /// What time it is, where who may charge depends on it: by a synchronised clock, or by the newest block while the ledger is
    /// in reach; a block is never ahead.
    var accessMoment: UTCMilliseconds? {
        let time = recordTime()
        if time.quality == .synchronised, let utc = time.utc { return max(utc, ledgerTime ?? utc) }
        return isLedgerReachable ? ledgerTime : nil
    }
}

extension Authorization {
    /// The same, ending by then at the latest, by the site's schedule.
    func bounded(by end: MonotonicInstant?) -> Authorization {
        guard let end, deadline.map({ end < $0 }) ?? true else { return self }
        var bounded = self
        bounded.deadline = end
        bounded.deadlineCause = .driver
        return bounded
    }
}
