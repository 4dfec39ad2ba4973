import Ledger
import Quantities
import ReceiptSamples
import Receipts
import SignedRecords
import Testing

/// Receipts of sessions whose price depends on the hour, with fees, under a share that was changed.
@Suite("Receipts with hours and fees")
struct TimedReceiptTests {
    /// Half an hour a tick; the dear hour begins with the minute in which the second tick is made.
    private static func sample(_ quality: TimeQuality = .synchronised) throws -> SampleReceipt {
        let plain = try SampleReceipt(secondsPerTick: 1_800)
        let second = try #require(plain.records[2].record.time.utc).rawValue / 60_000 % 1_440
        let dear = try WeeklyWindow(from: second, to: min(1_440, second + 45))
        let tariff = try Tariff(
            name: "Hours", price: .init(200_000), windows: [.init(dear, price: .init(500_000))],
            hourlyFee: Microunits(60_000), sessionFee: Microunits(1_000), priceWithoutClock: .init(250_000))
        return try SampleReceipt(secondsPerTick: 1_800, quality: quality, tariff: tariff)
    }

    private func refusal(_ sample: SampleReceipt, _ counted: Consumption) throws -> String? {
        var sample = sample
        let receipt = try sample.receipt(try sample.settlement(counting: counted))
        do {
            _ = try receipt.verify(anchor: nil)
            return nil
        } catch {
            guard case .settlementMismatch(let field, _, _) = error else { return "\(error)" }
            return field
        }
    }

    private func consumption(_ energies: [Int64], _ milliseconds: Int64) -> Consumption {
        Consumption(energies: energies.map(MilliwattHours.init), milliseconds: milliseconds)
    }

    @Test("says what was had at which price, how long it took, and what each part costs")
    func report() throws {
        var sample = try Self.sample()
        let counted = sample.consumption
        #expect(counted.energies.map(\.rawValue) == [1_000_250, 2_299_750, 0])
        let report = try sample.receipt(try sample.settlement()).verify(anchor: nil)
        let time = counted.milliseconds * 60_000 / 3_600_000
        #expect(report.paid == Microunits(200_050 + 1_149_875 + time + 1_000) && report.unpaid == .zero)
        let text = report.plainText
        #expect(text.contains("1.00025 kWh at 0.20 per kWh\n"), "\(text)")
        #expect(text.contains("2.29975 kWh at 0.50 per kWh, ") && text.contains("(UTC)"))
        #expect(text.contains("minutes at 0.06 an hour") && text.contains("0.001 for the session"))
        #expect(!text.contains("tariff        Hours,"))
    }

    @Test("energy whose time the ledger could not vouch for stands at the price without a clock")
    func withoutClock() throws {
        let sample = try Self.sample()
        let milliseconds = sample.consumption.milliseconds
        #expect(try refusal(sample, consumption([1_000_000, 1_300_000, 1_000_000], 0)) == nil)
        #expect(try refusal(sample, consumption([0, 0, 3_300_000], milliseconds)) == nil)
        var poor = try Self.sample(.informative)
        #expect(poor.consumption.energies.map(\.rawValue) == [0, 0, 3_300_000])
        let report = try poor.receipt(try poor.settlement()).verify(anchor: nil)
        #expect(report.plainText.contains("3.300 kWh at 0.25 per kWh, without a clock that counts"))
    }

    @Test("a ledger that counts more at a price than the records show, more time, or more energy is refused")
    func refusals() throws {
        let sample = try Self.sample()
        let milliseconds = sample.consumption.milliseconds
        #expect(
            try refusal(sample, consumption([1_000_249, 2_299_751, 0], milliseconds)) == "energy at price 1 in mWh")
        #expect(
            try refusal(sample, consumption([1_000_251, 2_299_749, 0], milliseconds)) == "energy at price 0 in mWh")
        #expect(try refusal(sample, consumption([1_000_250, 2_299_750, 0], milliseconds + 1)) == "milliseconds")
        #expect(try refusal(sample, consumption([1_000_250, 2_299_750, 1], 0)) == "energy paid for in mWh")
        // Less is a grant's limit of energy.
        #expect(try refusal(sample, consumption([1_000_000, 1_000_000, 0], milliseconds)) == nil)
        let plain = try SampleReceipt()
        #expect(try refusal(plain, consumption([3_300_001], 0)) == "energy paid for in mWh")
        #expect(try refusal(plain, consumption([1_000_000, 2_300_000], 0)) == "prices")
        #expect(try refusal(plain, consumption([3_300_000], 1)) == "milliseconds")
    }

    @Test("the platform's share is that of the begin, by the settlement's word, or the ledger's first")
    func share() throws {
        var sample = try SampleReceipt()
        let other = try sample.receipt(try sample.settlement(rate: BasisPoints(125))).verify(anchor: nil)
        #expect(other.commissionRate == BasisPoints(125) && other.commission == Microunits(14_437))
        // The rules were changed twice since; the settlement was made under the first share.
        let settlement = try sample.settlement()
        sample.parameters = try LedgerParameters(
            commission: BasisPoints(0), minimumGrant: Microunits(1), toleranceMilliseconds: 1_000,
            evidenceWindowSeconds: 1_814_400, platform: AccountID(hashing: [0x50]), revision: 2,
            firstCommission: BasisPoints(300))
        let report = try sample.receipt(settlement).verify(anchor: nil)
        #expect(report.commissionRate == BasisPoints(300) && report.commission == settlement.commission)
    }
}
