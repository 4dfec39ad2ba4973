public import Ledger
public import Quantities
public import SignedRecords

/// A session that has ended.
public struct PastSession: Sendable {
    /// Where.
    public let device: DeviceID
    /// Which.
    public let session: SessionID
    /// What came of it.
    public let settlement: SessionSettlement
    /// What its owner gave back.
    public let refunded: Microunits
    /// The block time of its end record.
    public let ended: UTCMilliseconds?

    /// Whether an account paid it.
    public func isPaid(by account: AccountID) -> Bool {
        settlement.payer == PayerHash.derive(account: account, session: session)
    }
}

extension Wallet {
    /// Sessions that have ended: of a charger, or of all; that an account paid or was paid for, or of all. By their end.
    public func history(
        of device: DeviceID? = nil, account: AccountID? = nil
    ) async throws(WalletError) -> [PastSession] {
        var sessions: [PastSession] = []
        for key in try await keys("session/" + (device.map { $0.hex + "/" } ?? "")) {
            guard let (device, session) = Self.place(key) else { throw .answer(reason: "key \(key)") }
            guard let past = try await self.session(session, of: device) else { continue }
            if let account, past.settlement.owner != account, !past.isPaid(by: account) { continue }
            sessions.append(past)
        }
        return sessions.sorted {
            ($0.ended?.rawValue ?? 0, $0.session.hex) < ($1.ended?.rawValue ?? 0, $1.session.hex)
        }
    }

    /// A session that has ended; nil where the ledger has no settlement.
    public func session(
        _ session: SessionID, of device: DeviceID
    ) async throws(WalletError) -> PastSession? {
        guard let settlement = try await value(.session(device, session), as: SessionSettlement.self) else {
            return nil
        }
        let record = try await value(
            .record(device, settlement.chain, settlement.endSequence), as: AcceptedRecord.self)
        return PastSession(
            device: device, session: session, settlement: settlement,
            refunded: try await value(.refund(device, session), as: Refund.self)?.total ?? .zero,
            ended: record?.accepted)
    }

    /// The charger and the session that a key `…/<device>/<session>` names.
    static func place(_ key: String) -> (DeviceID, SessionID)? {
        let parts = key.split(separator: "/")
        guard parts.count == 3, let device = try? DeviceID(hex: String(parts[1])),
            let session = try? SessionID(hex: String(parts[2]))
        else { return nil }
        return (device, session)
    }
}
