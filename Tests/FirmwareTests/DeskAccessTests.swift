import ChargeControl
import Ledger
import PlatformLink
import Quantities
import SignedRecords
import Synchronization
import Testing

@testable import Firmware

/// Who may charge, as the control core is told: hours, claims and reservations against grants that stand.
@Suite("Access at a connector")
struct DeskAccessTests {
    private static let one = DeskRig.connector
    private static let hour: Int64 = 3_600_000

    /// A rig whose clock a test sets.
    private final class Clock: Sendable {
        let utc = Atomic<Int64>(SystemClock.utcMilliseconds())
        let isSynchronised = Atomic<Bool>(true)

        var reading: ClockReading {
            ClockReading(
                utc: utc.load(ordering: .relaxed), sinceBoot: SystemClock.sinceBoot(),
                kernel: isSynchronised.load(ordering: .relaxed) ? .disciplined(maximumError: 1_000) : .free)
        }
    }

    private func rig(_ clock: Clock = Clock()) throws -> DeskRig {
        let rig = try DeskRig()
        rig.clock = { clock.reading }
        try rig.restart()
        try rig.bringUp()
        return rig
    }

    /// Everyday hours around now, from so many minutes ago for so many minutes.
    private static func sharing(from ago: Int64, lasting: Int64) throws -> Sharing {
        let minute = SystemClock.utcMilliseconds() / 60_000 - ago
        let from = minute % 1_440
        let to = from + lasting
        let windows =
            to <= 1_440
            ? [try WeeklyWindow(from: from, to: to)]
            : [try WeeklyWindow(from: from, to: 1_440), try WeeklyWindow(from: 0, to: to - 1_440)]
        return try Sharing(week: .utc, windows: windows)
    }

    private static func seconds(until deadline: MonotonicInstant?) -> Int64? {
        deadline.map { ($0 - SystemClock.now()).rawValue / 1_000_000_000 }
    }

    private func begin(_ rig: DeskRig) throws -> UInt32 {
        let slot = try #require(rig.first.offered).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(rig.first.sale != nil)
        return slot
    }

    @Test("a grant is offered in the owner's hours alone, until they end, and the session then ends by schedule")
    func hours() throws {
        let rig = try rig()
        rig.desk.handle(
            .access(Self.one, ConnectorAccess(owner: rig.owner, sharing: try Self.sharing(from: 120, lasting: 60))))
        rig.desk.handle(.grant(Self.one, try rig.grant(5_000_000)))
        try rig.look()
        #expect(rig.first.offered == nil && rig.first.refusedAccess == .outOfHours)
        rig.desk.handle(
            .access(Self.one, ConnectorAccess(owner: rig.owner, sharing: try Self.sharing(from: 20, lasting: 30))))
        try rig.look()
        let offered = try #require(rig.first.offered)
        let left = try #require(Self.seconds(until: offered.deadline))
        #expect((8 * 60...10 * 60).contains(left) && offered.deadlineCause == .driver)
        #expect(rig.first.refusedAccess == nil)
        // The same look again is no other grant.
        try rig.look()
        #expect(rig.first.offered == offered)
    }

    @Test("the owner's own grant is offered at any hour, also under a claim")
    func owner() throws {
        let rig = try rig()
        rig.desk.handle(
            .access(
                Self.one,
                ConnectorAccess(
                    owner: rig.payer, sharing: try Self.sharing(from: 120, lasting: 60),
                    claim: OwnerClaim(until: UTCMilliseconds(SystemClock.utcMilliseconds() + Self.hour)))))
        rig.desk.handle(.grant(Self.one, try rig.grant(5_000_000)))
        try rig.look()
        #expect(rig.first.offered?.deadlineCause == .grant)
    }

    @Test("a claim in a session ends it at once; taken back before the core has, the session goes on to its own end")
    func claim() throws {
        let rig = try rig()
        rig.desk.handle(.grant(Self.one, try rig.grant(5_000_000)))
        try rig.look()
        let slot = try begin(rig)
        _ = rig.told()
        let claimed = ConnectorAccess(
            owner: rig.owner, claim: OwnerClaim(until: UTCMilliseconds(SystemClock.utcMilliseconds() + Self.hour)))
        rig.desk.handle(.access(Self.one, claimed))
        let now = SystemClock.now() + .seconds(2)
        rig.first.keepBounds(at: now)
        guard case .authorization(let told)? = rig.told().last else {
            Issue.record("the core was not told")
            return
        }
        #expect(told.slot == slot && told.deadline == now && told.deadlineCause == .driver)
        rig.first.keepBounds(at: now + .seconds(2))
        #expect(rig.told().isEmpty)
        rig.desk.handle(.access(Self.one, ConnectorAccess(owner: rig.owner)))
        rig.first.keepBounds(at: now + .seconds(4))
        #expect(rig.first.offered?.deadlineCause == .grant)
        #expect(try #require(Self.seconds(until: rig.first.offered?.deadline)) > 3_000)
    }

    @Test("where the time is not known, nothing that depends on it is offered, and a session keeps the end it had")
    func unknownTime() throws {
        let clock = Clock()
        clock.isSynchronised.store(false, ordering: .relaxed)
        let rig = try rig(clock)
        let shared = ConnectorAccess(owner: rig.owner, sharing: try Self.sharing(from: 20, lasting: 60))
        rig.desk.handle(.access(Self.one, shared))
        rig.desk.handle(.grant(Self.one, try rig.grant(5_000_000)))
        // The newest block tells the time as long as the ledger is in reach.
        try rig.look()
        let end = try #require(rig.first.offered?.deadline)
        _ = try begin(rig)
        rig.desk.isLedgerReachable = false
        #expect(rig.first.verdict(for: rig.payer) == .refused(.timeUnknown))
        rig.first.keepBounds(at: SystemClock.now() + .seconds(2))
        #expect(rig.first.offered?.deadline == end)
    }

    @Test("before the ledger has said who may charge, nobody may")
    func beforeTheFirstProof() throws {
        let rig = try rig()
        rig.first.access = nil
        rig.desk.handle(.grant(Self.one, try rig.grant(5_000_000)))
        try rig.look()
        #expect(rig.first.offered == nil)
    }
}
