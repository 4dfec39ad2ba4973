import Ledger
import LedgerNode
import SignedRecords

/// The first word of a key of the state, and what its values are.
enum StateKind: String, CaseIterable {
    case parameters, governance, account, tariff, charger, site, sharing, equipment, availability, claim, reservations
    case grant, hold, released, allowance, voucher, head, record, open, session, refund, key, moved, equivocation, user
    case firmware, product, votes
    case registeredOperator = "operator"

    /// The whole key.
    func key(_ name: String?) throws -> String {
        switch (self, name) {
        case (.parameters, nil), (.governance, nil): return rawValue
        case (.parameters, _), (.governance, _): throw Failure(line: "\(rawValue): expected no name behind it")
        case (_, nil): throw Failure(line: "\(rawValue): expected a name behind it")
        case (.product, let name?): return StateKey.product(name).text
        case (_, let name?): return "\(rawValue)/\(name.lowercased())"
        }
    }

    /// The value, or nil where it is absent.
    func shown(_ key: String, _ wallet: Wallet) async throws -> Shown? {
        func read<Value: StateValue>(_ type: Value.Type, _ shown: (Value) -> Shown) async throws -> Shown? {
            try await wallet.value(key, as: type).map(shown)
        }
        switch self {
        case .parameters: return try await read(LedgerParameters.self, \.shown)
        case .governance: return try await read(Governance.self, \.shown)
        case .account: return try await read(Account.self, \.shown)
        case .tariff: return try await read(Tariff.self, \.shown)
        case .charger: return try await read(ChargerRegistration.self, \.shown)
        case .site: return try await read(Site.self, \.shown)
        case .sharing: return try await read(Sharing.self, \.shown)
        case .equipment: return try await read(Equipment.self, \.shown)
        case .availability: return try await read(Availability.self, \.shown)
        case .claim: return try await read(OwnerClaim.self) { ["until": .time($0.until)] }
        case .reservations:
            return try await read(Reservations.self) { ["reservations": .list($0.list.map(\.shown))] }
        case .grant, .hold: return try await read(Grant.self, \.shown)
        case .released: return try await read(ReleasedGrant.self, \.shown)
        case .allowance: return try await read(Allowance.self, \.shown)
        case .voucher: return try await read(VoucherUse.self, \.shown)
        case .head:
            return try await read(ChainHeadState.self) {
                ["sequence": .number(Int64(clamping: $0.sequence)), "hash": .id($0.hash)]
            }
        case .record: return try await read(AcceptedRecord.self, \.shown)
        case .open: return try await read(OpenSession.self, \.shown)
        case .session: return try await read(SessionSettlement.self, \.shown)
        case .refund: return try await read(Refund.self, \.shown)
        case .key:
            return try await read(RetiredKey.self) { ["ed25519": .text(Hexadecimal.encode($0.ed25519PublicKey))] }
        case .moved: return try await read(MovedDevice.self, \.shown)
        case .equivocation: return try await read(Equivocation.self, \.shown)
        case .user: return try await read(User.self, \.shown)
        case .firmware: return try await read(FirmwareRelease.self, \.shown)
        case .product: return try await read(ProductFirmware.self, \.shown)
        case .votes: return try await read(Votes.self) { ["members": .list($0.members.map { .id($0) })] }
        case .registeredOperator: return try await read(Operator.self, \.shown)
        }
    }
}

extension AcceptedRecord {
    var shown: Shown {
        [
            "hash": .id(hash), "accepted": .time(accepted), "key_epoch": .number(Int64(keyEpoch)),
            "not_before": .time(notBefore),
        ]
    }
}

extension MovedDevice {
    var shown: Shown {
        [
            "old_ledger": .text(oldLedger.text), "anchor_height": .number(Int64(clamping: anchorHeight)),
            "anchor_hash": .id(anchorHash),
            "open_sequences": .list(openSequences.map { .number(Int64(clamping: $0)) }),
        ]
    }
}

extension Equivocation {
    var shown: Shown {
        [
            "sequence": .number(Int64(clamping: sequence)), "accepted": .id(accepted),
            "other": .text(Hexadecimal.encode(other)),
        ]
    }
}
