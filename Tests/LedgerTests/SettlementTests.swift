import Ledger
import Quantities
import RecordSamples
import Testing

@Suite("Settlement")
struct SettlementTests {
    private func settle(
        _ energy: Int64, price: Int64 = 300_000, available: Int64 = 10_000_000, commission: Int32 = 250
    ) throws -> Settlement {
        try Settlement(
            Consumption(energies: [MilliwattHours(energy)], milliseconds: 0),
            under: try Tariff(name: "Day", price: PricePerKilowattHour(price)), available: Microunits(available),
            commission: BasisPoints(commission))
    }

    @Test("one kilowatt-hour costs the price; the platform has its share, the owner the rest")
    func example() throws {
        let due = try settle(1_000_000)
        #expect(due.paid == Microunits(300_000))
        #expect(due.commission == Microunits(7_500))
        #expect(due.owner == Microunits(292_500))
    }

    @Test("both divisions round down")
    func rounding() throws {
        // 3 mWh × 333 333 / 10^6 = 0.999999
        #expect(try settle(3, price: 333_333).paid == .zero)
        // 0.9999 of a microunit of commission
        let due = try settle(1_000_000, price: 39, commission: 250)
        #expect(due.paid == Microunits(39) && due.commission == .zero && due.owner == Microunits(39))
        #expect(try settle(1_000_000, price: 40, commission: 250).commission == Microunits(1))
    }

    @Test("a grant pays no more than it holds, also where the cost does not fit 64 bits")
    func bounded() throws {
        #expect(try settle(50_000_000, available: 1_000_000).paid == Microunits(1_000_000))
        #expect(try settle(.max, price: 1_000_000_000_000, available: .max).paid == Microunits(.max))
        #expect(try settle(1, price: 0).paid == .zero)
        #expect(try settle(1_000_000, commission: 10_000).owner == .zero)
        #expect(throws: LedgerError.self) { try settle(-1) }
        #expect(throws: LedgerError.self) { try settle(1, available: -1) }
        #expect(throws: LedgerError.self) { try settle(1_000_000, commission: 10_001) }
    }

    @Test("agrees with 128-bit arithmetic, and never goes back as energy rises")
    func property() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        print("settlement property seed \(seed)")
        for _ in 0..<2_000 {
            let price = Int64(random.next() % 1_000_000_000_001)
            let available = Int64(random.next() >> (1 + random.next() % 62))
            let basisPoints = Int32(random.next() % 10_001)
            var before: Settlement?
            var energy: Int64 = 0
            for _ in 0..<6 {
                energy = energy.addingReportingOverflow(Int64(random.next() >> (14 + random.next() % 49))).partialValue
                guard energy >= 0 else { break }
                let due = try settle(energy, price: price, available: available, commission: basisPoints)
                let cost = UInt128(energy) * UInt128(price) / 1_000_000
                let paid = min(UInt128(available), cost)
                #expect(UInt128(due.paid.rawValue) == paid, "seed \(seed)")
                #expect(UInt128(due.commission.rawValue) == paid * UInt128(basisPoints) / 10_000, "seed \(seed)")
                if let before {
                    #expect(due.paid >= before.paid && due.commission >= before.commission, "seed \(seed)")
                    #expect(due.owner >= before.owner, "seed \(seed)")
                }
                before = due
            }
        }
    }
}
