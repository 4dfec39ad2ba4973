import Ledger
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// What drivers are told of a connector: the first reason for which they could not charge.
@Suite("Connector states")
struct ConnectorStateTests {
    private static let now = UTCMilliseconds(1_795_000_000_000)

    private static func later(_ minutes: Int64) -> UTCMilliseconds { UTCMilliseconds(now.rawValue + minutes * 60_000) }

    private static func charger(bench: Bool = false, frozen: Bool = false) -> ChargerRegistration {
        ChargerRegistration(
            owner: AccountID(hashing: [1]), genesis: RecordHash(hashing: [1]),
            ed25519PublicKey: [UInt8](repeating: 1, count: 32), p256PublicKey: [UInt8](repeating: 4, count: 65),
            tariff: TariffHash(hashing: [1]), connectors: 1, keyEpoch: 1, bench: bench, isFrozen: frozen)
    }

    private static func reservations(from: Int64, hasCome: Bool = false) throws -> Reservations {
        let item = CBOR.array([
            .array([
                .bytes(GrantHash(hashing: [1]).bytes), .bytes(AccountID(hashing: [2]).bytes),
                .integer(later(from).rawValue), .integer(later(from + 60).rawValue), .integer(0),
                .integer(later(from + 15).rawValue), .integer(later(from).rawValue), .bool(hasCome),
            ])
        ])
        return try Reservations(decoding: item.encode())
    }

    private static func availability(_ faults: [UInt16]) throws -> Availability {
        try Availability(
            decoding: CBOR.array([.bool(false), .array(faults.map { .unsigned(UInt64($0)) }), .integer(5)]).encode())
    }

    private static func state(
        _ charger: ChargerRegistration = charger(), faults: [[UInt16]] = [], isOpen: Bool = false,
        claim: Int64? = nil, reservations: Reservations = Reservations(), sharing: Sharing? = nil
    ) throws -> ConnectorState {
        ConnectorState(
            charger: charger, availability: try faults.map(availability), isOpen: isOpen,
            claim: claim.map { OwnerClaim(until: later($0)) }, reservations: reservations, sharing: sharing, at: now)
    }

    @Test("each reason by itself, and what it gives way to")
    func reasons() throws {
        let nobody = try Sharing(week: .utc, windows: [])
        #expect(try Self.state() == .free)
        #expect(try Self.state(sharing: nobody) == .outOfHours)
        // 18 November 2026, 11:06:40 UTC, a Wednesday.
        let open = try Sharing(week: .utc, windows: [WeeklyWindow(days: 0b100, from: 660, to: 720)])
        #expect(try Self.state(sharing: open) == .free)
        let east = try Sharing(week: LocalWeek(offset: 60), windows: [WeeklyWindow(days: 0b100, from: 660, to: 720)])
        #expect(try Self.state(sharing: east) == .outOfHours)
        let reserved = try Self.reservations(from: -10)
        #expect(try Self.state(reservations: reserved, sharing: nobody) == .reserved(until: Self.later(5)))
        #expect(try Self.state(reservations: Self.reservations(from: -20)) == .free, "its user did not come")
        #expect(
            try Self.state(reservations: Self.reservations(from: -20, hasCome: true))
                == .reserved(until: Self.later(40)))
        #expect(try Self.state(reservations: Self.reservations(from: 1)) == .free)
        #expect(try Self.state(claim: 30, reservations: reserved) == .owners(until: Self.later(30)))
        #expect(try Self.state(claim: 0) == .free)
        #expect(try Self.state(isOpen: true, claim: 30) == .occupied)
        #expect(try Self.state(faults: [[], [3, 502], [7, 502]], isOpen: true) == .faulted([3, 7, 502]))
        #expect(try Self.state(Self.charger(frozen: true), faults: [[3]]) == .frozen)
        #expect(try Self.state(Self.charger(bench: true, frozen: true)) == .bench)
    }
}
