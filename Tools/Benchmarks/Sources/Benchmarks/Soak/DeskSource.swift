import Dispatch
import Journal
import Ledger
import PlatformLink
import Quantities
import SignedRecords

@testable import Firmware

/// A record desk as the platform link asks it and tells it things, without the record thread between the two.
///
/// The desk is its thread's alone. That thread waits while the link looks at the ledger (`LedgerLink.look`), and the link asks and
/// tells one thing after another: so the two never touch the desk at once.
final class DeskSource: RecordSource, @unchecked Sendable {
    private let desk: RecordDesk
    /// Signalled at the end of each look.
    private let looked = DispatchSemaphore(value: 0)
    /// What is wrong at the ledger, by the newest look.
    private(set) var problem: String?
    /// Sessions whose settlement was proved; their energy, and those with energy that nobody paid for.
    private(set) var settled = (sessions: 0, energy: MilliwattHours.zero, unpaid: 0)

    init(_ desk: RecordDesk) { self.desk = desk }

    /// Waits for the end of the look that is under way.
    func awaitLook(seconds: Int) throws {
        guard looked.wait(timeout: .now() + .seconds(seconds)) == .success else {
            throw BenchmarkFailed("the link's look at the ledger does not end")
        }
        if let problem { throw BenchmarkFailed("the link: \(problem)") }
    }

    /// Takes in what the link has proved.
    func tell(_ event: PlatformEvent) {
        desk.handle(event)
        switch event {
        case .settlement(_, _, let settlement):
            settled.sessions += 1
            settled.energy += settlement.energy
            // Less than a watt-hour may cost nothing.
            if settlement.energy >= MilliwattHours(1_000), settlement.paid == .zero { settled.unpaid += 1 }
        case .refused(let error), .unreachable(let error): problem = "\(error)"
        case .halted(let halt): problem = "\(halt)"
        case .rollbackDetected(let chain, _, _, _): problem = "a rollback of chain \(chain)"
        case .equivocation(let chain, _, _): problem = "an equivocation on chain \(chain)"
        case .status(let link):
            if problem == nil, let error = link.lastError { problem = "\(error)" }
            looked.signal()
        default: break
        }
    }

    func position(of chain: ChainNumber) async throws -> JournalPosition { try desk.position(of: chain) }

    func unacknowledged(_ chain: ChainNumber, limit: Int) async throws -> [SignedRecord] {
        try desk.unacknowledged(of: chain, limit: limit)
    }

    func hash(of chain: ChainNumber, at sequence: UInt64) async throws -> RecordHash? {
        guard sequence < desk.journal.firstHere(of: chain) else {
            return try desk.journal.hash(of: chain, at: sequence)
        }
        // Pruned records are gone, but for genesis.
        return try desk.journal.identityRecords()
            .first { $0.record.chain == chain && $0.record.sequence == sequence }?.hash
    }

    func acknowledge(_ chain: ChainNumber, through sequence: UInt64, hash: RecordHash) async throws {
        try desk.journal.acknowledge(chain: chain, sequence: sequence, hash: hash)
    }

    /// A soak's device is new: asked at the start, there are none.
    func endedSessions(of chain: ChainNumber) async throws -> [EndedSession] { [] }
}
