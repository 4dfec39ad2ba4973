import ChargeControl
public import Quantities

/// The plant: car, cable, contactors, coil gate, residual current, mains and meter, as a value that steps through time.
///
/// It advances in whole steps of the monotonic clock, real or virtual. Within a step every quantity is constant,
/// so the energy is the exact sum of power × time. It takes nothing but what a charger's board drives and what a script
/// changes, and it outlives whoever drives it: without pulses the gate drops, the contactor opens, and the meter counts
/// until then.
public struct Plant: Sendable {
    /// One step: 1 ms, or longer for runs that need no finer time.
    public let step: Nanoseconds
    /// How many events are kept.
    public static let eventLimit = 256

    /// The moment up to which the plant has been stepped.
    public private(set) var now: MonotonicInstant
    public private(set) var drive = PlantDrive()
    public internal(set) var gate = GateOneShot()
    /// Switches L1 and N.
    public internal(set) var contactor = PowerContactor()
    /// Switches L2 and L3.
    public internal(set) var secondContactor = PowerContactor()
    public internal(set) var residual = ResidualCurrentMonitor()
    public internal(set) var mains = Mains()
    public internal(set) var lock = PlugLockMotor()
    public internal(set) var fan = VentilationFan()
    public internal(set) var car = Car()
    public internal(set) var sensing = PlantSensing()
    public internal(set) var meter: EnergyMeter
    /// What others take behind the same grid connection, from each phase.
    public internal(set) var house = ThreePhases(all: Milliamps.zero)
    /// The meter of the grid connection; `nil` where there is none.
    public internal(set) var mainsMeter: EnergyMeter?
    /// The energy that went to the car, counted `energyFactor` times: the oracle.
    public private(set) var trueImport: EnergyCounter
    /// The true register when the plug went in.
    public private(set) var importAtPlug: MilliwattHours
    /// How many times each milliwatt-hour is counted, for runs that are faster than life.
    public let energyFactor: Int64
    public private(set) var events: [PlantEvent] = []
    /// The last sample of a sampler that stands still.
    private(set) var stoppedSample: PilotSample?
    private var shown = Shown()

    private struct Shown: Equatable {
        var level = PilotLevel.a
        var gate = false
        var coil = false
        var residual = false
    }

    /// A plant at rest: nothing plugged in, contactor open. A step is a whole number of milliseconds.
    public init(
        at now: MonotonicInstant, meter: EnergyMeter, energyFactor: Int64 = 1, step: Nanoseconds = .milliseconds(1)
    ) {
        invariant(
            step > .zero && step.rawValue % 1_000_000 == 0, "a step of the plant is a whole number of milliseconds")
        self.step = step
        self.now = now
        self.meter = meter
        self.energyFactor = energyFactor
        trueImport = EnergyCounter(meter.energy.total)
        importAtPlug = meter.energy.total
        stoppedSample = nil
        events.reserveCapacity(Self.eventLimit)
    }

    /// Sets what the board drives from now on.
    public mutating func drive(_ next: PlantDrive) {
        if next.enable != drive.enable { note(.enable, next.enable ? "on" : "off") }
        if next.pilot != drive.pilot { note(.pilotOutput, Self.words(next.pilot)) }
        drive = next
    }

    /// An edge on the gate's pulse line, now.
    public mutating func pulseGate() { gate.pulse(at: now) }

    /// Steps to the last whole step up to this moment. An earlier moment than `now` changes nothing.
    public mutating func advance(to instant: MonotonicInstant) {
        while instant - now >= step { stepOnce() }
    }

    /// Plugs the car in.
    public mutating func plug() {
        guard !car.isPlugged else { return }
        car.plug()
        importAtPlug = trueImport.total
        note(.plugged, "")
        noteChanges()
    }

    /// Pulls the plug, under load if need be.
    public mutating func unplug() {
        guard car.isPlugged else { return }
        car.unplug()
        note(.unplugged, "")
        noteChanges()
    }

    /// Presses or releases the emergency stop.
    public mutating func setEmergencyStop(_ pressed: Bool) {
        sensing.emergencyStop = pressed
        note(.emergencyStop, pressed ? "on" : "off")
    }

    /// Stops or starts the pilot's sampler; a stopped one leaves its last sample to age.
    public mutating func setSampler(runs: Bool) {
        stoppedSample = runs ? nil : pilotSample
    }

    /// Forgets events and counts, not states or registers.
    public mutating func resetCounts() {
        contactor.resetCounts()
        secondContactor.resetCounts()
        events = []
    }

    private mutating func stepOnce() {
        residual.step(test: drive.residualTest, at: now)
        lock.step(wanted: drive.lock, at: now)
        fan.step(wanted: drive.ventilation, at: now)
        sensing.noise.step()
        moveContactors()
        car.step(
            pilot: drive.pilot, isLive: contactor.second.isClosed && isLoadLive(0), register: trueImport.total, at: now,
            over: step)
        let (power, currents) = (power, currents)
        trueImport.add(power, over: step, permille: energyFactor * 1_000)
        now = now + step
        meter.step(power, currents, mains, energyFactor: energyFactor, over: step, to: now)
        if mainsMeter != nil { stepMainsMeter() }
        if let glitch = sensing.glitch, now >= glitch.until { sensing.glitch = nil }
        noteChanges()
    }

    private mutating func moveContactors() {
        let before = currents
        let coils = (isCoilEnergised, isSecondCoilEnergised)
        switch contactor.step(coil: coils.0, current: before.greatest, at: now) {
        case .none: break
        case .closed: note(.contactorClosed, "")
        case .opened: note(.contactorOpened, "\(before.greatest.rawValue)")
        }
        let others = max(before.second, before.third)
        switch secondContactor.step(coil: coils.1, current: others, at: now) {
        case .none: break
        case .closed: note(.secondContactorClosed, "")
        case .opened: note(.secondContactorOpened, "\(others.rawValue)")
        }
    }

    private mutating func noteChanges() {
        let trips = residual.trips(at: now)
        let next = Shown(
            level: car.level, gate: gate.isHeld(at: now), coil: isCoilEnergised,
            residual: trips.direct || trips.alternating)
        guard next != shown else { return }
        if next.level != shown.level { note(.pilotLevel, Self.letter(next.level)) }
        if next.gate != shown.gate { note(.gate, next.gate ? "on" : "off") }
        if next.coil != shown.coil { note(.coil, next.coil ? "on" : "off") }
        if next.residual != shown.residual { note(.residual, next.residual ? "on" : "off") }
        shown = next
    }

    private mutating func note(_ kind: PlantEvent.Kind, _ value: String) {
        if events.count == Self.eventLimit { events.removeFirst() }
        events.append(PlantEvent(at: now, kind: kind, value: value))
    }
}

extension Plant {
    /// Sets the phases that the car uses: 1 or 3.
    public mutating func setCarPhases(_ phases: Int) {
        invariant(phases == 1 || phases == 3, "a car uses 1 or 3 phases")
        car.phases = phases
    }

    /// Lets the bus read the meter, which counts the replies that its faults hit.
    public mutating func serveMeter(_ body: (inout EnergyMeter) -> Void) { body(&meter) }

    /// Puts a meter in front of everything that hangs on the grid connection.
    public mutating func fit(mainsMeter: EnergyMeter) { self.mainsMeter = mainsMeter }

    /// Lets the bus read the meter of the grid connection.
    public mutating func serveMainsMeter(_ body: (inout EnergyMeter) -> Void) {
        guard var fitted = mainsMeter else { return }
        body(&fitted)
        mainsMeter = fitted
    }

    /// What flows through the grid connection.
    public var mainsCurrents: ThreePhases<Milliamps> {
        guard mains.isLive else { return ThreePhases(all: .zero) }
        var flows = currents
        for place in 0..<3 { flows[place] += house[place] }
        return flows
    }

    private mutating func stepMainsMeter() {
        let flows = mainsCurrents
        var power: Int64 = 0
        for place in 0..<3 { power += Int64(mains.voltage[place].rawValue) * Int64(flows[place].rawValue) / 1_000 }
        mainsMeter?.step(Milliwatts(power), flows, mains, energyFactor: energyFactor, over: step, to: now)
    }
}
