import Quantities
import Testing

@testable import ChargeControl

/// What is measured in three phases, phase by phase, with what is not read and what flows the other way.
@Suite struct MeasuredPhasesTests {
    private func currents(_ first: Int32?, _ second: Int32?, _ third: Int32?) -> PhaseCurrents {
        PhaseCurrents(
            first: first.map { Milliamps($0) }, second: second.map { Milliamps($0) }, third: third.map { Milliamps($0) }
        )
    }

    private func voltages(_ first: Int32?, _ second: Int32?, _ third: Int32?, _ frequency: Int32? = 50_000)
        -> MainsVoltages
    {
        MainsVoltages(
            first: first.map { Millivolts($0) }, second: second.map { Millivolts($0) },
            third: third.map { Millivolts($0) },
            frequency: frequency.map { Millihertz($0) })
    }

    @Test func greatestAndTotal() {
        for (measured, greatest, total) in [
            (currents(nil, nil, nil), nil, Int32(0)), (currents(1, 2, 3), Int32(3), 6), (currents(3, 2, 1), 3, 6),
            (currents(1, 3, 2), 3, 6), (currents(-5, 2, 1), 5, 8), (currents(1, -5, 2), 5, 8),
            (currents(1, 2, -5), 5, 8),
            (currents(nil, 2, nil), 2, 2), (currents(nil, nil, 3), 3, 3), (currents(0, 0, 0), 0, 0),
            (currents(.min, 0, 0), .max, .max), (currents(.max, .max, .max), .max, .max),
        ] as [(PhaseCurrents, Int32?, Int32)] {
            #expect(measured.greatest() == greatest.map { Milliamps($0) }, "\(measured)")
            #expect(measured.total() == Milliamps(total), "\(measured)")
        }
    }

    @Test func aboveAndBelow() {
        let limit = Milliamps(500)
        #expect(!currents(500, -500, 500).isAnyAbove(limit) && !currents(nil, nil, nil).isAnyAbove(limit))
        for position in 0..<3 {
            for value in [Int32(501), -501] {
                var measured: [Int32?] = [0, 0, 0]
                measured[position] = value
                #expect(currents(measured[0], measured[1], measured[2]).isAnyAbove(limit))
            }
            for value in [Int32(500), -500, nil] {
                var measured: [Int32?] = [499, -499, 0]
                measured[position] = value
                let seen = currents(measured[0], measured[1], measured[2])
                #expect(!seen.areAllBelow(limit, phases: 3), "\(seen)")
                #expect(seen.areAllBelow(limit, phases: 1) == (position != 0), "\(seen)")
            }
        }
        #expect(currents(499, -499, 0).areAllBelow(limit, phases: 3))
        #expect(currents(-499, 0, 499).areAllBelow(limit, phases: 3))
    }

    @Test func known() {
        for mask in 0..<8 {
            let values = (0..<3).map { mask & (1 << $0) != 0 ? Int32(1) : nil }
            let all = mask == 7
            let first = mask & 1 != 0
            #expect(currents(values[0], values[1], values[2]).areKnown(phases: 3) == all)
            #expect(currents(values[0], values[1], values[2]).areKnown(phases: 1) == first)
            #expect(voltages(values[0], values[1], values[2]).areKnown(phases: 3) == all)
            #expect(voltages(values[0], values[1], values[2]).areKnown(phases: 1) == first)
        }
    }

    @Test func lowestAndHighest() {
        for (measured, phases, lowest, highest) in [
            (voltages(1, 2, 3), UInt8(3), Int32(1), Int32(3)), (voltages(3, 2, 1), 3, 1, 3),
            (voltages(2, 1, 3), 3, 1, 3), (voltages(2, 3, 1), 3, 1, 3), (voltages(2, 1, 3), 1, 2, 2),
            (voltages(nil, 4, nil), 3, 4, 4), (voltages(nil, nil, 5), 3, 5, 5), (voltages(nil, 4, 5), 1, nil, nil),
            (voltages(nil, nil, nil), 3, nil, nil),
        ] as [(MainsVoltages, UInt8, Int32?, Int32?)] {
            #expect(measured.lowest(phases: phases) == lowest.map { Millivolts($0) }, "\(measured)")
            #expect(measured.highest(phases: phases) == highest.map { Millivolts($0) }, "\(measured)")
        }
    }

    @Test func equalInEachPart() {
        let all = voltages(1, 2, 3, 4)
        #expect(all == voltages(1, 2, 3, 4))
        for other in [voltages(0, 2, 3, 4), voltages(1, 0, 3, 4), voltages(1, 2, 0, 4), voltages(1, 2, 3, 0), .unknown]
        {
            #expect(all != other)
        }
        let carried = currents(1, 2, 3)
        #expect(carried == currents(1, 2, 3))
        for other in [currents(0, 2, 3), currents(1, 0, 3), currents(1, 2, 0)] { #expect(carried != other) }
    }
}
