import Dispatch
import Journal
import Ledger
import PlatformLink
import Quantities
import SignedRecords

@testable import Firmware

/// A record desk as the platform link asks it and tells it things, without the record thread between the two.
///
/// The desk is its thread's alone. The link begins no look before that thread asks for one, and that thread waits until the look is
/// over; the link asks and tells one thing after another: so the two never touch the desk at once.
final class DeskSource: RecordSource, @unchecked Sendable {
    private let desk: RecordDesk
    /// Signalled when a look may begin, and when it is over.
    private let wanted = DispatchSemaphore(value: 0)
    private let looked = DispatchSemaphore(value: 0)
    /// A look is under way; the link's alone.
    private var isLooking = false
    /// Set before the link's last turn.
    private var hasLeft = false
    /// What is wrong at the ledger, by the newest look.
    private(set) var problem: String?
    /// Sessions whose settlement was proved; their energy, and those with energy that nobody paid for.
    private(set) var settled = (sessions: 0, energy: MilliwattHours.zero, unpaid: 0)

    init(_ desk: RecordDesk) { self.desk = desk }

    /// The link asks for the time before anything else in a look, and often in it: here it waits for its turn.
    func awaitTurn() {
        guard !isLooking else { return }
        wanted.wait()
        isLooking = true
    }

    /// Has the link look once, and waits for the end of that.
    func look(seconds: Int) throws {
        wanted.signal()
        guard looked.wait(timeout: .now() + .seconds(seconds)) == .success else {
            throw BenchmarkFailed("the link's look at the ledger does not end")
        }
        if let problem { throw BenchmarkFailed("the link: \(problem)") }
    }

    /// Lets the link go, whose task has been cancelled: it tells nothing any more.
    func leave() {
        hasLeft = true
        wanted.signal()
    }

    /// Takes in what the link has proved.
    func tell(_ event: PlatformEvent) {
        guard !hasLeft else { return }
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
            isLooking = false
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
