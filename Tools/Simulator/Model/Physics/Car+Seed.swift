import Quantities

extension Car {
    /// Another car: one whose habits are drawn from a seed, the same ones for the same seed. Most cars are decent.
    public init(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        self.init()
        let limits: [Int32] = [6_000, 8_000, 10_000, 13_000, 16_000, 20_000, 32_000]
        limit = Milliamps(limits[Int(numbers.next(in: 0...Int64(limits.count - 1)))])
        phases = numbers.next(in: 0...1) == 0 ? 1 : 3
        requestDelay = .milliseconds(numbers.next(in: 50...3_000))
        rise = Milliamps(Int32(numbers.next(in: 2_000...40_000)))
        fall = Milliamps(Int32(numbers.next(in: 10_000...100_000)))
        wants = numbers.next(in: 0...7) != 0
        isSimplified = numbers.next(in: 0...7) == 0
        switch numbers.next(in: 0...7) {
        case 0: sleep = .untilCut
        case 1: sleep = .untilF
        default: break
        }
        needsVentilation = numbers.next(in: 0...15) == 0
        obeys = numbers.next(in: 0...15) != 0
        hasDiode = numbers.next(in: 0...31) != 0
    }
}

extension Plant {
    /// Plugs in another car, with habits of this seed.
    public mutating func plug(seed: UInt64) {
        guard !car.isPlugged else { return }
        car = Car(seed: seed)
        plug()
    }
}
