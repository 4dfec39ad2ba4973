import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Connector access")
struct ConnectorAccessTests {
    private static let owner = AccountID(hashing: [1])
    private static let guest = AccountID(hashing: [2])
    private static let other = AccountID(hashing: [3])
    /// Monday, 1 June 2026, 12:00 UTC.
    private static let noon: Int64 = TariffTests.monday + 12 * hour
    private static let hour: Int64 = 3_600_000

    private func at(_ hours: Int64) -> UTCMilliseconds { UTCMilliseconds(Self.noon + hours * Self.hour) }

    private func reservations(hasCome: Bool = false) throws -> Reservations {
        var reservation = Reservation(
            hash: GrantHash(hashing: [1]), user: Self.other, from: at(2), until: at(4), deposit: .zero,
            keptUntil: UTCMilliseconds(at(2).rawValue + 900_000), cancelledUntil: at(2))
        reservation.hasCome = hasCome
        let places = CBOR.array([
            .array([
                .bytes(reservation.hash.bytes), .bytes(reservation.user.bytes), .integer(reservation.from.rawValue),
                .integer(reservation.until.rawValue), .integer(0), .integer(reservation.keptUntil.rawValue),
                .integer(reservation.cancelledUntil.rawValue), .bool(hasCome),
            ])
        ])
        return try Reservations(decoding: places.encode())
    }

    @Test("a charger of which nobody said anything is everyone's, also where nobody knows the time")
    func everyones() {
        let access = ConnectorAccess(owner: Self.owner)
        #expect(access.verdict(for: Self.guest, at: nil) == .allowed(until: nil))
        #expect(access.verdict(for: Self.guest, at: at(0)) == .allowed(until: nil))
    }

    @Test("guests charge in the owner's hours and until these end; the owner always; without a time only the owner")
    func hours() throws {
        let sharing = try Sharing(week: .utc, windows: [try WeeklyWindow(days: 1, from: 720, to: 780)])
        let access = ConnectorAccess(owner: Self.owner, sharing: sharing)
        #expect(access.verdict(for: Self.guest, at: at(0)) == .allowed(until: at(1)))
        #expect(access.verdict(for: Self.guest, at: at(1)) == .refused(.outOfHours))
        #expect(access.verdict(for: Self.guest, at: at(24)) == .refused(.outOfHours))
        #expect(access.verdict(for: Self.guest, at: nil) == .refused(.timeUnknown))
        for moment in [nil, at(5)] { #expect(access.verdict(for: Self.owner, at: moment) == .allowed(until: nil)) }
        let never = ConnectorAccess(owner: Self.owner, sharing: try Sharing(week: .utc, windows: []))
        #expect(never.verdict(for: Self.guest, at: at(0)) == .refused(.outOfHours))
        let always = try Sharing(week: .utc, windows: [try WeeklyWindow(from: 0, to: 1_440)])
        #expect(
            ConnectorAccess(owner: Self.owner, sharing: always).verdict(for: Self.guest, at: at(0))
                == .allowed(until: nil))
    }

    @Test("a claim keeps guests away up to its end")
    func claims() {
        let access = ConnectorAccess(owner: Self.owner, claim: OwnerClaim(until: at(1)))
        #expect(access.verdict(for: Self.guest, at: at(0)) == .refused(.claimed(until: at(1))))
        #expect(access.verdict(for: Self.guest, at: at(1)) == .allowed(until: nil))
        #expect(access.verdict(for: Self.owner, at: at(0)) == .allowed(until: nil))
    }

    @Test("before a reservation others charge up to its begin; in it only who made it, until that one did not come")
    func reserved() throws {
        let access = ConnectorAccess(owner: Self.owner, reservations: try reservations())
        #expect(access.verdict(for: Self.guest, at: at(0)) == .allowed(until: at(2)))
        let kept = UTCMilliseconds(at(2).rawValue + 900_000)
        #expect(access.verdict(for: Self.guest, at: at(2)) == .refused(.reserved(until: kept)))
        #expect(access.verdict(for: Self.other, at: at(2)) == .allowed(until: nil))
        #expect(access.verdict(for: Self.guest, at: kept) == .allowed(until: nil))
        let come = ConnectorAccess(owner: Self.owner, reservations: try reservations(hasCome: true))
        #expect(come.verdict(for: Self.guest, at: kept) == .refused(.reserved(until: at(4))))
        #expect(come.verdict(for: Self.guest, at: at(4)) == .allowed(until: nil))
    }

    @Test("the end is the first of what ends")
    func earliest() throws {
        let sharing = try Sharing(week: .utc, windows: [try WeeklyWindow(from: 0, to: 15 * 60)])
        let access = ConnectorAccess(owner: Self.owner, sharing: sharing, reservations: try reservations())
        #expect(access.verdict(for: Self.guest, at: at(0)) == .allowed(until: at(2)))
        #expect(access.verdict(for: Self.other, at: at(0)) == .allowed(until: at(3)))
    }
}
