import ChargeControl
public import Quantities

/// The two contactors: L1 and N, and, where the phase relay lets it close along, L2 and L3.
///
/// What a step asks for is inlined: a call would copy the whole plant first, and runs in virtual time live on these steps.
extension Plant {
    /// Whether this pole conducts.
    public func isClosed(_ pole: ContactorPole) -> Bool {
        switch pole {
        case .first: contactor.first.isClosed
        case .neutral: contactor.second.isClosed
        case .second: secondContactor.first.isClosed
        case .third: secondContactor.second.isClosed
        }
    }

    /// Whether any pole connects a phase to the car.
    public var isAnyPhaseClosed: Bool { contactor.first.isClosed || secondContactor.isClosed }

    /// Whether there is voltage behind the contactor on the phase at this place, 0 to 2.
    @inline(__always)
    public func isLoadLive(_ place: Int) -> Bool {
        let pole =
            place == 0
            ? contactor.first.isClosed : place == 1 ? secondContactor.first.isClosed : secondContactor.second.isClosed
        return pole && mains.isLive(place)
    }

    /// The current of each phase: what the car draws from those that reach it, with N for the way back.
    @inline(__always)
    public var currents: ThreePhases<Milliamps> {
        guard contactor.second.isClosed, car.current > .zero else { return ThreePhases(all: .zero) }
        let one = isLoadLive(0) ? car.current : .zero
        guard car.phases > 1 else { return ThreePhases(one, .zero, .zero) }
        return ThreePhases(one, isLoadLive(1) ? car.current : .zero, isLoadLive(2) ? car.current : .zero)
    }

    /// The active power that flows to the car; the car's power factor is 1.
    @inline(__always)
    public var power: Milliwatts {
        let currents = currents
        var sum = Int64(mains.voltage.first.rawValue) * Int64(currents.first.rawValue) / 1_000
        sum += Int64(mains.voltage.second.rawValue) * Int64(currents.second.rawValue) / 1_000
        sum += Int64(mains.voltage.third.rawValue) * Int64(currents.third.rawValue) / 1_000
        return Milliwatts(sum)
    }

    /// The series connection of both coils: enable AND gate AND emergency stop AND residual-current monitor, fed by L1.
    @inline(__always)
    public var isCoilEnergised: Bool {
        guard drive.enable, gate.isHeld(at: now), !sensing.emergencyStop, mains.isLive(0) else { return false }
        let trips = residual.trips(at: now)
        return !trips.direct && !trips.alternating
    }

    /// The second coil has the phase relay in series, too.
    @inline(__always)
    public var isSecondCoilEnergised: Bool { drive.phases == .three && isCoilEnergised }

    /// Changes one pole.
    mutating func change(_ pole: ContactorPole, _ body: (inout PowerContactor.Pole) -> Void) {
        switch pole {
        case .first: body(&contactor.first)
        case .neutral: body(&contactor.second)
        case .second: body(&secondContactor.first)
        case .third: body(&secondContactor.second)
        }
    }
}
