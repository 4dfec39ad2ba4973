import Ledger
import LedgerNode
import Quantities
import SignedRecords

// Values of the state as commands show them: money, and what it is paid for.

extension Account {
    var shown: Shown {
        ["balance_micro": .number(balance.rawValue), "next_nonce": .number(Int64(clamping: nextNonce))]
    }
}

extension Tariff {
    var shown: Shown {
        [
            "name": .text(name), "price_micro": .number(price.rawValue),
            "windows": .list(
                windows.map { ["hours": .text($0.hours.text), "price_micro": .number($0.price.rawValue)] }),
            "utc_offset": .text(week.text), "hourly_fee_micro": .number(hourlyFee.rawValue),
            "session_fee_micro": .number(sessionFee.rawValue),
            "price_without_clock_micro": .number(priceWithoutClock.rawValue), "tariff": .id(hash),
        ]
    }
}

extension Grant {
    var shown: Shown {
        [
            "grant": .id(hash), "payer": .id(payer), "amount_micro": .number(amount.rawValue),
            "spent_micro": .number(spent.rawValue), "tariff": .id(tariff), "expires": .time(expiry),
            "energy_limit_mwh": .optional(energyLimit) { .number($0.rawValue) },
            "delivered_mwh": energyLimit == nil ? .none : .number(delivered.rawValue), "allowance": .id(allowance),
        ]
    }
}

extension ReleasedGrant {
    var shown: Shown {
        [
            "payer": .id(payer), "device": .id(device), "chain": .number(Int64(chain.rawValue)), "tariff": .id(tariff),
        ]
    }
}

extension Allowance {
    var shown: Shown {
        [
            "payer": .id(payer), "bearer": .id(bearer), "operator": .id(operatedBy),
            "amount_micro": .number(amount.rawValue), "highest_price_micro": .number(highestPrice.rawValue),
            "expires": .time(expiry),
        ]
    }
}

extension VoucherUse {
    var shown: Shown {
        [
            "payer": .id(payer), "spent_micro": .number(spent.rawValue), "held_micro": .number(held.rawValue),
            "overdrawn": .flag(isOverdrawn),
        ]
    }
}

extension Refund {
    var shown: Shown { ["total_micro": .number(total.rawValue)] }
}

extension Consumption {
    var shown: Shown {
        [
            "energies_mwh": .list(energies.map { .number($0.rawValue) }), "milliseconds": .number(milliseconds),
            "newest": .optional(newest, Shown.time),
        ]
    }
}

extension OpenSession {
    var shown: Shown {
        [
            "session": .id(session), "grant": .id(grant), "payer": .id(payer), "tariff": .id(tariff),
            "tick": .number(Int64(tickIndex)), "energy_mwh": .number(energy.rawValue),
            "paid_micro": .number(paid.rawValue), "commission_micro": .number(commission.rawValue),
            "funded": .flag(funded), "begin_sequence": .number(Int64(clamping: beginSequence)),
            "commission_bp": .number(Int64(commissionRate.rawValue)),
            "consumption": consumption.energies.count > 1 ? consumption.shown : .none,
        ]
    }
}

extension SessionSettlement {
    var shown: Shown {
        [
            "chain": .number(Int64(chain.rawValue)), "energy_mwh": .number(energy.rawValue),
            "paid_micro": .number(paid.rawValue), "commission_micro": .number(commission.rawValue),
            "owner": .id(owner), "payer_hash": .id(payer), "tariff": .id(tariff),
            "begin_sequence": .number(Int64(clamping: beginSequence)),
            "end_sequence": .number(Int64(clamping: endSequence)), "begin_hash": .id(beginHash),
            "end_hash": .id(endHash),
            "commission_bp": .optional(commissionRate) { .number(Int64($0.rawValue)) },
            "consumption": consumption.energies.count > 1 ? consumption.shown : .none,
        ]
    }
}

extension PastSession {
    /// In an account's history with the part that the account had in it.
    func shown(for account: AccountID?) -> Shown {
        let role: Shown = .optional(account) { isPaid(by: $0) ? "payer" : "owner" }
        return [
            "ended": .optional(ended, Shown.time), "session": .id(session), "device": .id(device),
            "chain": .number(Int64(settlement.chain.rawValue)), "role": role,
            "energy_mwh": .number(settlement.energy.rawValue), "paid_micro": .number(settlement.paid.rawValue),
            "commission_micro": .number(settlement.commission.rawValue), "refunded_micro": .number(refunded.rawValue),
            "tariff": .id(settlement.tariff),
        ]
    }
}

extension LedgerParameters {
    var shown: Shown {
        [
            "revision": .number(Int64(clamping: revision)), "commission_bp": .number(Int64(commission.rawValue)),
            "first_commission_bp": .number(Int64(firstCommission.rawValue)),
            "minimum_grant_micro": .number(minimumGrant.rawValue), "tolerance_ms": .number(toleranceMilliseconds),
            "evidence_window_s": .number(evidenceWindowSeconds), "platform": .id(platform),
        ]
    }
}

extension Governance {
    var shown: Shown {
        [
            "revision": .number(Int64(clamping: revision)), "threshold": .number(Int64(clamping: threshold)),
            "members": .list(members.map { .id($0) }),
            "release_authorities": .list(releaseAuthorities.map { .id($0) }),
        ]
    }
}
