import ChargeControl
import Metering
import Quantities
import Testing

@testable import Firmware

/// The limit by the mains meter against a house and a car.
@Suite("A house, a car and a mains meter")
struct MainsModelTests {
    private static let orders: [PhaseOrder] = [.l1l2l3, .l2l3l1, .l3l2l1, .l2]

    /// A world at random: how fast the car is, how its current is known, which phases it uses.
    private func nature(_ random: inout Draw) -> MainsModel.Nature {
        var nature = MainsModel.Nature()
        nature.order = Self.orders[random.below(Self.orders.count)]
        nature.carPhases = [1, 3][random.below(2)]
        nature.isOwnRead = random.below(2) == 0
        nature.ownPhase = .milliseconds(Int64(random.below(1_000)))
        nature.dead = .milliseconds(Int64(random.below(2_000)))
        nature.rise = Milliamps(Int32(1_000 * (1 + random.below(30))))
        nature.fall = Milliamps(Int32(1_000 * (11 + random.below(20))))
        nature.carLimit = Milliamps(Int32(1_000 * (6 + random.below(27))))
        nature.latency = .milliseconds(Int64(100 + random.below(500)))
        return nature
    }

    /// Whatever the car does when the pilot changes, with a steady house the limit stays what it is.
    @Test("a car that ramps up or down makes no limit swing", arguments: UInt64(1)...60)
    func steady(seed: UInt64) {
        var random = Draw(seed)
        var model = MainsModel(nature(&random))
        let load = Int32(random.below(18_000))
        model.house = [load, load, load]
        var changes = 0
        var last = Milliamps.zero
        var least = Milliamps(.max)
        model.run(.seconds(120)) { model in
            let holds = model.mains.limit.current
            if holds != last { changes += 1 }
            if holds != last, last != .zero { least = min(least, holds) }
            last = holds
        }
        // Once up from the fail-safe, and down by one for the ramp's uncertainty at most.
        #expect(changes <= 2, "\(model.nature): \(changes) changes")
        #expect(last >= model.left - Milliamps(2_000), "\(model.nature): \(last) of \(model.left)")
        #expect(model.left - Milliamps(2_000) <= least, "\(model.nature): fell to \(least) of \(model.left)")
        #expect(!model.isOverloaded)
    }

    /// From the house's step to a current within the fuse: the next reading, and the car's 5 s. Where the car is in the
    /// midst of a change it takes until that is over to tell the two apart, and 5 s again.
    @Test("an overload ends in the time of a reading and a car", arguments: UInt64(1)...120)
    func overload(seed: UInt64) {
        var random = Draw(seed)
        var model = MainsModel(nature(&random))
        let settling = Nanoseconds.seconds(6) + model.delay
        let most = Nanoseconds.milliseconds(1_600) + settling + .seconds(5)
        var since: MonotonicInstant?
        var longest = Nanoseconds.zero
        for _ in 0..<20 {
            let place = random.below(3)
            model.house[place] = Int32(random.below(27_000))
            model.run(.milliseconds(Int64(500 + random.below(12_000)))) { model in
                guard model.isOverloaded, model.current > .zero else {
                    since = nil
                    return
                }
                since = since ?? model.now
                longest = max(longest, model.now - (since ?? model.now))
            }
        }
        #expect(longest <= most, "\(model.nature): \(longest.wholeMilliseconds) ms")
    }

    /// The usual case: the car takes what it is offered when the kettle goes on.
    @Test("with a car at rest an overload lasts a reading and what the car takes to follow", arguments: UInt64(1)...60)
    func overloadAtRest(seed: UInt64) {
        var random = Draw(seed)
        var nature = nature(&random)
        nature.carPhases = nature.order.count
        nature.carLimit = Milliamps(32_000)
        var model = MainsModel(nature)
        let load = Int32(random.below(8_000))
        model.house = [load, load, load]
        model.run(.seconds(90))
        #expect(model.current >= Milliamps(15_000))
        let place = (0..<3).first { nature.order.uses($0) } ?? 0
        model.house[place] += Int32(4_000 + random.below(12_000))
        let begin = model.now
        var end = model.now
        var reading: MonotonicInstant?
        model.run(.seconds(20)) { model in
            if model.isOverloaded { end = model.now }
            if reading == nil, model.offered <= model.left { reading = model.now }
        }
        // A fall to the car's goal takes at most 1.5 s; the pilot changes with the reading.
        #expect(end - begin <= MainsModel.poll + nature.latency + nature.dead + .milliseconds(1_600), "\(nature)")
        #expect((reading ?? end) - begin <= MainsModel.poll + nature.latency + MainsModel.step, "\(nature)")
        #expect(!model.isOverloaded && model.current > .zero || model.left < DutyCode.minimum)
    }

    @Test(
        "whenever it rises, so much was left in truth at every reading since there was room", arguments: UInt64(1)...60)
    func rises(seed: UInt64) {
        var random = Draw(seed)
        var world = nature(&random)
        world.isOwnRead = false
        var model = MainsModel(world)
        var last = Milliamps.zero
        var rises = 0
        for _ in 0..<30 {
            model.house[random.below(3)] = Int32(random.below(24_000))
            model.run(.milliseconds(Int64(2_000 + random.below(20_000)))) { model in
                let holds = model.mains.limit.current
                if holds > last {
                    rises += 1
                    let truths = model.truths.filter { model.now - $0.at <= .seconds(5) }.map(\.left)
                    #expect(truths.allSatisfy { holds <= $0 }, "\(world): \(holds) of \(truths)")
                }
                last = holds
            }
        }
        #expect(rises > 0)
    }

    @Test("lost readings lead to the fail-safe in 5 s, and no more is taken 5 s after that", arguments: UInt64(1)...30)
    func losses(seed: UInt64) {
        var random = Draw(seed)
        var nature = nature(&random)
        nature.failSafe = Milliamps(7_000)
        var model = MainsModel(nature)
        model.house = [5_000, 5_000, 5_000]
        model.run(.seconds(60))
        model.isLost = true
        model.run(.milliseconds(Int64(100 + random.below(900))))
        model.house = [17_000, 17_000, 17_000]
        model.run(.seconds(5) + nature.latency)
        #expect(model.offered <= Milliamps(7_000))
        model.run(.seconds(5))
        #expect(!model.isOverloaded)
        model.isLost = false
        model.house = [2_000, 2_000, 2_000]
        model.run(.seconds(30))
        #expect(model.offered >= Milliamps(21_000), "\(nature): \(model.offered)")
    }
}
