import ChargeControl
import Quantities
import Testing

@testable import Firmware

/// What a connector is known to take, for whoever guards the supply.
@Suite("What a connector takes")
struct ConnectorDrawTests {
    private static let meterDelay = Nanoseconds.milliseconds(1_500)

    private func draw(
        _ amperes: [Int32?], isClosed: Bool = true, meter: MeterState = .ok, byBoard: Bool = false
    ) throws -> ConnectorDraw {
        var core = ChargeController(
            try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1)))
        var input = ControlInput()
        var output = core.step(input, at: MonotonicInstant(nanoseconds: 1_000_000_000))
        output.contactorEnable = isClosed
        output.demand = SupplyShare.Demand(wants: true, most: Milliamps(32_000), inUse: Milliamps(16_000))
        let currents = amperes.map { $0.map { Milliamps($0 * 1_000) } }
        input.currents = PhaseCurrents(first: currents[0], second: currents[1], third: currents[2])
        input.meter = meter
        return ConnectorDraw(input, output, isMeasuredByBoard: byBoard, meterDelay: Self.meterDelay)
    }

    private func amperes(_ phases: InlineArray<3, Milliamps>) -> [Int32] {
        [phases[0], phases[1], phases[2]].map { $0.rawValue / 1_000 }
    }

    @Test("what is measured is taken, whoever measures it")
    func measured() throws {
        for byBoard in [true, false] {
            let taken = try draw([10, 9, 0], byBoard: byBoard)
            #expect(amperes(taken.range.least) == [10, 9, 0])
            #expect(amperes(taken.range.most) == [10, 9, 0])
            #expect(taken.delay == (byBoard ? .zero : Self.meterDelay))
        }
    }

    @Test("what is not measured is nothing for certain, and as much as was promised")
    func unmeasured() throws {
        let taken = try draw([10, nil, nil])
        #expect(amperes(taken.range.least) == [10, 0, 0])
        #expect(amperes(taken.range.most) == [10, 16, 16])
    }

    @Test("a meter that is not believed measures nothing; a board does not depend on it")
    func unbelieved() throws {
        for state in [MeterState.lost, .refused, .distrusted] {
            let taken = try draw([10, 10, 10], meter: state)
            #expect(amperes(taken.range.least) == [0, 0, 0])
            #expect(amperes(taken.range.most) == [16, 16, 16])
            #expect(amperes(try draw([10, 10, 10], meter: state, byBoard: true).range.least) == [10, 10, 10])
        }
    }

    @Test("with the contactor told to open nothing is certain, whatever a meter still says")
    func opened() throws {
        for byBoard in [true, false] {
            let taken = try draw([10, 10, 10], isClosed: false, byBoard: byBoard)
            #expect(amperes(taken.range.least) == [0, 0, 0])
            #expect(taken.delay == .zero)
        }
    }

    @Test("a current that flows back takes nothing, and a number gone wrong not more than 10 kA")
    func strange() throws {
        #expect(amperes(try draw([-10, 10, 10]).range.least) == [0, 10, 10])
        #expect(amperes(try draw([2_000_000, 10, 10]).range.most) == [10_000, 10, 10])
    }
}
