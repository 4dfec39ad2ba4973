import Quantities
import Testing

@Suite("Conversions between units")
struct ConversionTests {
    @Test(
        "power times time is energy, rounded towards zero",
        arguments: [
            (22_080_000, 3_600_000_000_000, 22_080_000),
            (1, 3_599_999_999_999, 0),
            (1, 3_600_000_000_000, 1),
            (-1, 3_599_999_999_999, 0),
            (-7_200, 1_000_000_000, -2),
            (3_599, 1_000_000_000, 0),
        ] as [(Int64, Int64, Int64)])
    func energy(power: Int64, time: Int64, energy: Int64) {
        #expect(Milliwatts(power).energyIfFits(over: Nanoseconds(time)) == MilliwattHours(energy))
    }

    @Test("an energy beyond 64 bits is refused on both sides")
    func energyBeyondRange() {
        #expect(Milliwatts(.max).energyIfFits(over: Nanoseconds(.max)) == nil)
        #expect(Milliwatts(.min).energyIfFits(over: Nanoseconds(.max)) == nil)
        #expect(Milliwatts(.max).energyIfFits(over: Nanoseconds(3_600_000_000_000)) == MilliwattHours(.max))
    }

    @Test(
        "a price rounds down to the microunit",
        arguments: [
            (300_000, 1_000_000, 300_000), (300_000, 999_999, 299_999), (1, 999_999, 0), (0, 5, 0),
        ] as [(Int64, Int64, Int64)])
    func cost(price: Int64, energy: Int64, cost: Int64) {
        #expect(PricePerKilowattHour(price).costIfFits(of: MilliwattHours(energy)) == Microunits(cost))
    }

    @Test("no price and no energy below zero has a cost")
    func negativeCost() {
        #expect(PricePerKilowattHour(-1).costIfFits(of: MilliwattHours(1)) == nil)
        #expect(PricePerKilowattHour(1).costIfFits(of: MilliwattHours(-1)) == nil)
        #expect(PricePerKilowattHour(.max).costIfFits(of: MilliwattHours(.max)) == nil)
    }

    @Test("the energy for an amount never costs more than the amount", arguments: 1...50 as ClosedRange<Int64>)
    func affordable(seed: Int64) throws {
        let price = PricePerKilowattHour(seed * 7_919)
        let amount = Microunits(seed * seed * 104_729)
        let energy = try #require(price.energyIfFits(for: amount))
        let cost = try #require(price.costIfFits(of: energy))
        let more = try #require(price.costIfFits(of: energy + MilliwattHours(1_000_000)))
        #expect(cost <= amount)
        #expect(more > amount)
    }

    @Test("a share lies between nothing and the whole")
    func share() {
        #expect(BasisPoints(250).shareIfValid(of: Microunits(1_000_001)) == Microunits(25_000))
        #expect(BasisPoints.whole.shareIfValid(of: Microunits(.max)) == Microunits(.max))
        #expect(BasisPoints(10_001).shareIfValid(of: Microunits(1)) == nil)
        #expect(BasisPoints(-1).shareIfValid(of: Microunits(1)) == nil)
        #expect(BasisPoints(1).shareIfValid(of: Microunits(-1)) == nil)
    }
}
