import Ledger
import Quantities
import SignedRecords

extension Oracle {
    /// Holds the whole state against what the oracle has.
    func compare(with state: SoakState) throws(SoakBreach) {
        var sum: Int64 = 0
        var seen = (grants: 0, holds: 0, allowances: 0, open: 0)
        for (key, bytes) in state.money {
            let text = key.text
            let word = text.prefix { $0 != "/" }
            let items = ((try? CBOR.decode(bytes))?.arrayValue ?? [])
            func number(_ index: Int, _ of: [CBOR]? = nil) -> Int64 {
                switch (of ?? items)[index] {
                case .unsigned(let value): Int64(value)
                default: .min
                }
            }
            switch word {
            case "account":
                try require(number(0) >= 0, "\(text) is negative")
                sum += number(0)
            case "grant", "hold":
                sum += number(2) - number(3)
                if word == "grant" { seen.grants += 1 } else { seen.holds += 1 }
            case "allowance":
                sum += number(3)
                seen.allowances += 1
            case "reservations":
                for one in items { sum += number(4, one.arrayValue) }
            default: seen.open += 1
            }
        }
        try require(sum == total, "money: \(sum), and there was \(total)")
        try require(
            seen == (grants.count, holds.count, allowances.count, sessions.count),
            "the state holds \(seen), expected \((grants.count, holds.count, allowances.count, sessions.count))")
        try compareAccounts(state)
        try comparePlaces(state)
    }

    private func compareAccounts(_ state: SoakState) throws(SoakBreach) {
        for (id, balance) in balances {
            let account = read(state, .account(id), as: Account.self)
            try require(
                (account?.balance.rawValue ?? 0) == balance,
                "account \(id) has \(account?.balance.rawValue ?? 0), expected \(balance)")
            try require(
                (account?.nextNonce ?? 0) == nonces[id, default: 0],
                "account \(id) has nonce \(account?.nextNonce ?? 0)")
        }
        for (name, allowance) in allowances {
            let left = read(state, .allowance(name), as: Allowance.self)?.amount.rawValue
            try require(left == allowance.left, "allowance \(name) has \(left ?? -1), expected \(allowance.left)")
        }
    }

    private func comparePlaces(_ state: SoakState) throws(SoakBreach) {
        for (key, expected) in [(true, grants), (false, holds)] {
            for (place, grant) in expected {
                let stands = read(
                    state, key ? .grant(place.device, place.chain) : .hold(place.device, place.chain), as: Grant.self)
                try require(
                    stands?.hash == grant.name && stands?.amount.rawValue == grant.amount
                        && stands?.spent.rawValue == grant.spent && stands?.delivered.rawValue == grant.delivered,
                    "\(key ? "grant" : "hold") at \(place.chain): \(stands as Any), expected \(grant)")
            }
        }
        for (place, list) in reservations {
            let stand = read(state, .reservations(place.device, place.chain), as: Reservations.self)?.list ?? []
            let own = stand.map {
                OracleReservation(
                    name: $0.hash, user: $0.user, from: $0.from.rawValue, until: $0.until.rawValue,
                    deposit: $0.deposit.rawValue, kept: $0.keptUntil.rawValue,
                    cancelled: $0.cancelledUntil.rawValue, hasCome: $0.hasCome)
            }
            try require(own == list, "reservations at \(place.chain): \(own), expected \(list)")
        }
        for (place, session) in sessions {
            let open = read(state, .open(place.device, place.chain), as: OpenSession.self)
            try require(
                open?.session == session.id && open?.energy.rawValue == session.energy
                    && open?.paid.rawValue == session.paid && open?.commission.rawValue == session.commission
                    && open?.funded == session.funded, "session: \(open as Any), expected \(session)")
        }
        for (place, head) in heads {
            let stands = read(state, .head(place.device, place.chain), as: ChainHeadState.self)
            try require(
                stands?.sequence == head.sequence && stands?.hash == head.hash,
                "the head of chain \(place.chain) is \(stands?.sequence ?? 0), expected \(head.sequence)")
        }
        for (place, session) in endings {
            let settlement = read(state, .session(place.device, session.id), as: SessionSettlement.self)
            try require(
                settlement?.paid.rawValue == session.paid && settlement?.commission.rawValue == session.commission
                    && settlement?.energy.rawValue == session.energy,
                "settlement of \(session.id): \(settlement as Any), expected \(session)")
        }
    }

    /// Every deposit went back or was paid out once, or is still in escrow.
    func closeDeposits() throws(SoakBreach) {
        var held: [GrantHash: Int64] = [:]
        for one in reservations.values.joined() { held[one.name] = one.deposit }
        for (name, deposit) in deposits {
            try require(deposit.given == deposit.out + held[name, default: 0], "the deposit of \(name) is lost")
        }
    }

    private func read<Value: StateValue>(_ state: SoakState, _ key: StateKey, as type: Value.Type) -> Value? {
        state.value(of: key).flatMap { try? Value(decoding: $0) }
    }
}
