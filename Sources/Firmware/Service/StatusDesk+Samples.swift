internal import ChargeControl
internal import FlightRecorder
internal import Quantities
internal import ServiceShell

// What a core was last told, out of the flight recorder: no driver is asked, and the control thread notices nothing.
extension StatusDesk {
    /// So far back the extremes go.
    private static let window = Nanoseconds.seconds(60)

    func samples() throws(ServiceShellError) -> [ConnectorSample] {
        let (now, report) = (reach.now(), board.current)
        var samples: [ConnectorSample] = []
        for (ring, outlet) in zip(reach.rings, report.connectors) {
            var minute = PilotMinute()
            ring.forEachInput(since: now - Self.window) { minute.take($0, at: $1) }
            guard let last = minute.last else {
                throw .unavailable("connector \(outlet.number): nothing is recorded yet")
            }
            samples.append(sample(minute, last, of: outlet, at: now))
        }
        return samples
    }

    /// What the charger makes to offer a current: IEC 61851-1, Annex A.
    private static func duty(of offered: Milliamps) -> BasisPoints? {
        guard case .pwm(let high)? = try? DutyCode.encode(offered) else { return nil }
        return BasisPoints(Int32(high.rawValue * 10_000 / DutyCode.period.rawValue))
    }

    private func sample(
        _ minute: PilotMinute, _ last: (input: ControlInput, at: MonotonicInstant), of outlet: StatusReport.Outlet,
        at now: MonotonicInstant
    ) -> ConnectorSample {
        let (input, connector) = (last.input, outlet.connector)
        let offered = Milliamps(connector.offeredMA)
        let isPowered = connector.state.hasSuffix("2")
        var sample = ConnectorSample(
            number: outlet.number, age: now - last.at,
            pilot: ConnectorSample.Pilot(
                state: Self.pilot(connector.state), high: input.pilot?.high, low: input.pilot?.low,
                highs: minute.highs, lows: minute.lows, window: minute.span, offered: offered,
                duty: isPowered ? Self.duty(of: offered) : nil,
                // IEC 61851-1, table A.2: the negative half wave of a car with its diode stands at −12 V, ±1 V.
                isDiodeSeen: isPowered ? input.pilot.map { $0.low <= Millivolts(-11_000) } : nil),
            contactor: ConnectorSample.Contactor(
                isEnabled: connector.isEnabled, mirror: .init(input.contactor.mirror),
                secondMirror: .init(input.contactor.secondMirror),
                loads: [input.contactor.firstLoad, input.contactor.secondLoad, input.contactor.thirdLoad]
                    .map { ConnectorStatus.Contact($0) },
                operations: connector.operations))
        sample.proximity = input.proximity
        sample.cableRating = input.proximity.flatMap { ProximityClass($0).rating() }
        sample.residualDirectTripped = input.residualDirect
        sample.residualAlternatingTripped = input.residualAlternating
        sample.residualTrips = minute.trips
        sample.earthPresent = input.earthPresent
        sample.boardTemperature = input.boardTemperature
        sample.plugTemperature = input.plugTemperature
        sample.lock = .init(input.lock)
        sample.isSupplyLow = input.supplyLow
        sample.isGateHeld = input.gateHeld
        sample.isEmergencyStop = input.emergencyStop
        sample.isEnclosureOpen = input.enclosureOpen
        sample.voltages = [input.mains.first, input.mains.second, input.mains.third].prefix { $0 != nil }.compactMap(
            \.self)
        sample.frequency = input.mains.frequency
        sample.currents = [input.currents.first, input.currents.second, input.currents.third].prefix { $0 != nil }
            .compactMap(\.self)
        sample.limits = LimitSource.allCases.compactMap { source in
            input.limits[source].map {
                let standing = $0.standing(at: now)
                return ConnectorSample.Limit(
                    source: "\(source.words)", current: standing.current, reason: "\(standing.reason.words)")
            }
        }
        sample.binding = connector.limit
        return sample
    }
}

/// The inputs of a minute, in passing.
private struct PilotMinute {
    private(set) var last: (input: ControlInput, at: MonotonicInstant)?
    private(set) var highs: ClosedRange<Millivolts>?
    private(set) var lows: ClosedRange<Millivolts>?
    /// Trips of the residual-current monitor that began.
    private(set) var trips: UInt32 = 0
    private var first: MonotonicInstant?

    var span: Nanoseconds {
        guard let first, let last else { return .zero }
        return last.at - first
    }

    mutating func take(_ input: ControlInput, at moment: MonotonicInstant) {
        if let before = last?.input {
            if input.residualDirect, !before.residualDirect { trips += 1 }
            if input.residualAlternating, !before.residualAlternating { trips += 1 }
        }
        if let pilot = input.pilot {
            highs = Self.widened(highs, pilot.high)
            lows = Self.widened(lows, pilot.low)
        }
        first = first ?? moment
        last = (input, moment)
    }

    private static func widened(_ range: ClosedRange<Millivolts>?, _ value: Millivolts) -> ClosedRange<Millivolts> {
        guard let range else { return value...value }
        return min(range.lowerBound, value)...max(range.upperBound, value)
    }
}

extension ConnectorStatus.Contact {
    init(_ feedback: ContactFeedback) {
        self =
            switch feedback {
            case .open: .open
            case .closed: .closed
            case .unknown: .unknown
            }
    }
}

extension ConnectorSample.Lock {
    init(_ feedback: LockFeedback) {
        self =
            switch feedback {
            case .locked: .locked
            case .unlocked: .unlocked
            case .unknown: .unknown
            }
    }
}
