import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

@testable import Firmware

@Suite("The bill of a session that runs")
struct SaleBillTests {
    /// Monday, 1 June 2026, 00:00 UTC.
    private static let midnight: Int64 = 1_780_272_000_000

    private static func time(_ minutes: Int64, _ quality: TimeQuality = .synchronised) -> RecordTime {
        RecordTime(
            utc: UTCMilliseconds(midnight + minutes * 60_000), quality: quality, monotonic: 0,
            boot: BootID(exactly: [UInt8](repeating: 1, count: 16)), bootCount: 1)
    }

    /// 0.10 a kWh at night, up to 6:00, else 0.30; without a clock 0.20.
    private static func tariff(hourly: Int64 = 0, session: Int64 = 0) throws -> Tariff {
        try Tariff(
            name: "T", price: .init(300_000),
            windows: [.init(try WeeklyWindow(from: 0, to: 360), price: .init(100_000))],
            hourlyFee: Microunits(hourly), sessionFee: Microunits(session), priceWithoutClock: .init(200_000))
    }

    private static func bill(
        _ tariff: Tariff, _ available: Int64, energy: Int64? = nil, from minutes: Int64
    ) -> SaleBill {
        SaleBill((tariff, Microunits(available), energy.map(MilliwattHours.init)), from: time(minutes))
    }

    private static func tick(_ bill: inout SaleBill, _ energy: Int64, at minutes: Int64) throws {
        let device = DeviceID(hashing: [1])
        let tick = Tick(
            session: SessionID(exactly: [UInt8](repeating: 3, count: 16)), index: UInt32(energy / 1_000_000), count: 1,
            reading: SampleDevice.reading(energy), energy: MilliwattHours(energy), readErrors: 0, status: [])
        bill.take(
            Record(
                device: device, chain: .connector(1), sequence: 2, previous: .zero, keyEpoch: 1, time: time(minutes),
                body: .tick(tick)))
    }

    @Test("the money buys what the hour costs; what went before was bought at its own hour")
    func hours() throws {
        var bill = Self.bill(try Self.tariff(), 600_000, from: 350)
        #expect(bill.limit(at: .zero, time: Self.time(350)) == MilliwattHours(6_000_000))
        #expect(bill.limit(at: .zero, time: Self.time(360)) == MilliwattHours(2_000_000))
        #expect(bill.limit(at: .zero, time: Self.time(360, .informative)) == MilliwattHours(3_000_000))
        try Self.tick(&bill, 3_000_000, at: 359)
        // 0.30 of 0.60 is spent.
        #expect(bill.limit(at: MilliwattHours(3_000_000), time: Self.time(360)) == MilliwattHours(4_000_000))
        // What no record names yet will be priced by the next one's time.
        #expect(bill.limit(at: MilliwattHours(3_500_000), time: Self.time(360)) == MilliwattHours(4_000_000))
        #expect(bill.limit(at: MilliwattHours(3_500_000), time: Self.time(359)) == MilliwattHours(6_000_000))
        // All is spent: it stops where it is.
        #expect(bill.limit(at: MilliwattHours(4_100_000), time: Self.time(361)) == MilliwattHours(4_100_000))
    }

    @Test("fees come first: that of the session before any energy, that of the hours as they pass")
    func fees() throws {
        var bill = Self.bill(try Self.tariff(hourly: 60_000, session: 100_000), 400_000, from: 400)
        #expect(bill.limit(at: .zero, time: Self.time(400)) == MilliwattHours(1_000_000))
        try Self.tick(&bill, 300_000, at: 430)
        // 90 for the energy, 30 for the half hour, 100 for the session: 180 are left.
        #expect(bill.limit(at: MilliwattHours(300_000), time: Self.time(430)) == MilliwattHours(900_000))
        #expect(bill.limit(at: MilliwattHours(300_000), time: Self.time(610)) == MilliwattHours(300_000))
        let poor = Self.bill(try Self.tariff(session: 100_000), 100_000, from: 400)
        #expect(poor.limit(at: .zero, time: Self.time(400)) == .zero)
    }

    @Test("a grant's limit of energy bounds what its money would buy; what is free is bounded, too")
    func bounds() throws {
        let bill = Self.bill(try Self.tariff(), 600_000, energy: 1_500_000, from: 350)
        #expect(bill.limit(at: .zero, time: Self.time(350)) == MilliwattHours(1_500_000))
        let free = Self.bill(try Tariff(name: "Free", price: .zero), 1, from: 350)
        #expect(free.limit(at: .zero, time: Self.time(350)) == SaleBill.unlimitedEnergy)
        #expect(free.limit(at: MilliwattHours(5), time: Self.time(350)) == SaleBill.unlimitedEnergy)
    }
}
