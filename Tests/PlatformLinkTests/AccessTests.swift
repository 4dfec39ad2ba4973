import Ledger
import LedgerSamples
import Quantities
import RecordSamples
import SignedRecords
import Testing

@testable import PlatformLink

/// Who may charge: read by proofs, where the registration says that it changed.
@Suite("Access, as the link tells it")
struct AccessTests {
    private func change(_ bench: Bench, _ revision: UInt64, _ sharing: Sharing?, _ claim: OwnerClaim?) throws {
        let device = bench.device.device
        try bench.node.change { state in
            var registration = ChargerRegistration(
                owner: bench.device.owner, genesis: bench.device.genesis.hash,
                ed25519PublicKey: bench.device.publicKeys.ed25519, p256PublicKey: bench.device.publicKeys.p256,
                tariff: bench.tariff.hash, connectors: 1, keyEpoch: 1, bench: false)
            registration.accessRevision = revision
            state[StateKey.charger(device).bytes] = registration.encoded()
            state[StateKey.sharing(device).bytes] = sharing?.encoded()
            state[StateKey.claim(device, Bench.connector).bytes] = claim?.encoded()
        }
    }

    private func access(_ told: [PlatformEvent]) -> [ConnectorAccess] {
        told.compactMap { event in
            guard case .access(let chain, let access) = event, chain == Bench.connector else { return nil }
            return access
        }
    }

    private func queries(_ bench: Bench) -> Int { bench.node.with { $0.calls["abci_query"] ?? 0 } }

    @Test("a charger of which nobody said anything costs no request; a change is read once, and told before grants")
    func revisions() async throws {
        let bench = try Bench()
        #expect(access(await bench.turn()) == [ConnectorAccess(owner: bench.device.owner)])
        let before = queries(bench)
        try bench.node.change { $0[StateKey.account(AccountID(hashing: [1])).bytes] = [0x82, 9, 0] }
        #expect(access(await bench.turn()).isEmpty)
        let usual = queries(bench) - before
        let sharing = try Sharing(week: .utc, windows: [try WeeklyWindow(from: 60, to: 120)])
        let claim = OwnerClaim(until: UTCMilliseconds(1_795_000_000_000))
        try change(bench, 1, sharing, nil)
        let told = await bench.turn()
        #expect(access(told) == [ConnectorAccess(owner: bench.device.owner, sharing: sharing)])
        #expect(queries(bench) - before - usual == usual + 3)
        try change(bench, 2, sharing, claim)
        #expect(
            access(await bench.turn()) == [ConnectorAccess(owner: bench.device.owner, sharing: sharing, claim: claim)])
        try change(bench, 3, nil, nil)
        #expect(access(await bench.turn()) == [ConnectorAccess(owner: bench.device.owner)])
        #expect(bench.status?.isReachable == true)
    }
}
