import ChargeControl
import Quantities
import Simulator

/// A charger with its surroundings in virtual time: the controller that ships, the plant that it is wired to, a meter that
/// is polled, a store of records that acknowledges. A value: a copy is the same charger in another future.
struct ChargerUnderTest: Sendable {
    let configuration: ControlConfiguration
    var controller: ChargeController
    var plant: Plant
    var input = ControlInput()
    private(set) var output: ControlOutput?
    private(set) var now: MonotonicInstant
    /// When the next period begins, and how late it will be then.
    private var nextPeriod: MonotonicInstant
    private var lateness = Nanoseconds.zero

    /// The store acknowledges begin records.
    var acknowledges = true
    /// The grant's slot; a new number for each grant.
    var slot: UInt32 = 0
    private var begun: UInt32 = 0
    private var polledAt: MonotonicInstant?
    private var readings: UInt64 = 0
    /// The latches that the records hold.
    private var latched: [FaultCode] = []
    /// The records since the event that is watched.
    private var notes: [RecordNote] = []
    private var watched: (trace: Trace, since: MonotonicInstant)?
    /// What a person asks for in the next period.
    var impulses = Impulses()

    /// What is asked for in one period, and not in the next.
    struct Impulses: Sendable {
        var technicianReset: FaultCode?
        var selfTest = false
    }

    static let period = Nanoseconds.milliseconds(5)
    /// From the supply's return to the first period.
    static let start = Nanoseconds.seconds(2)
    static let meterPoll = Nanoseconds.seconds(1)

    /// A charger that was switched on in front of an empty plug.
    init(_ configuration: ControlConfiguration) {
        self.configuration = configuration
        controller = ChargeController(configuration)
        now = MonotonicInstant(nanoseconds: 100_000_000_000)
        nextPeriod = now + Self.period
        let meter = EnergyMeter(model: .sdm630, serial: 1, energy: MilliwattHours(1_000_000))
        plant = Plant(at: now, meter: meter)
        output = nil
        polledAt = nil
        watched = nil
        input.meter = .ok
        input.recordStore = .ok
    }

    // MARK: Time

    /// Lets time pass.
    mutating func run(_ duration: Nanoseconds) {
        let end = now + duration
        while now < end { advance(to: end) }
    }

    /// Goes on to a millisecond after a period: what happens there is seen as late as it can be.
    mutating func runToWorstMoment() {
        repeat { advance(to: now + .milliseconds(1)) } while (nextPeriod - now) != .milliseconds(4)
    }

    /// Stands still from here on: the next period comes this much later than planned.
    mutating func stall(_ duration: Nanoseconds) {
        nextPeriod = nextPeriod + duration
        lateness = lateness + duration
    }

    /// The next millisecond, or as far as nothing is to be seen before. Between two periods only the contacts and the lock
    /// move.
    private mutating func advance(to end: MonotonicInstant) {
        guard let since = watched?.since else {
            now = max(min(end, nextPeriod), now + .milliseconds(1))
            plant.advance(to: now)
            if now >= nextPeriod { step() }
            return
        }
        let (contacts, isLocked) = (plant.contacts, plant.lock.isLocked)
        now = now + .milliseconds(1)
        plant.advance(to: now)
        let isPeriod = now >= nextPeriod
        if isPeriod { step() }
        guard isPeriod || contacts != plant.contacts || isLocked != plant.lock.isLocked else { return }
        let seen = snapshot
        watched?.trace.note(seen, at: (now - since).wholeMilliseconds)
    }

    private mutating func step() {
        plant.senses(into: &input)
        input.lateness = lateness
        pollMeter()
        if acknowledges { input.durableBegin = begun }
        input.technicianReset = impulses.technicianReset
        input.selfTestRequest = impulses.selfTest
        impulses = Impulses()
        let output = controller.step(input, at: now)
        self.output = output
        // The enable before the pulse: a gate that is held never meets an old enable.
        plant.obey(output)
        for position in 0..<output.records.count { note(output.records[position]) }
        nextPeriod = now + Self.period
        lateness = .zero
    }

    private mutating func note(_ intent: RecordIntent) {
        notes.append(RecordNote(intent))
        switch intent {
        case .begin(let mark): begun = mark.session
        case .faultLatched(let code): if !latched.contains(code) { latched.append(code) }
        case .faultCleared(let code, _): latched.removeAll { $0 == code }
        default: break
        }
    }

    private mutating func pollMeter() {
        guard input.meter == .ok else { return }
        if let polledAt, now - polledAt < Self.meterPoll { return }
        polledAt = now
        readings += 1
        input.energy = plant.reading(number: readings)
    }

    /// Loses its supply and comes back with what its records hold. The plant goes on: the gate drops by itself.
    ///
    /// - Parameter hasNewContactor: The contactor was replaced meanwhile: its wear starts anew.
    mutating func cyclePower(hasNewContactor: Bool) {
        plant.loseDrive()
        let wear = hasNewContactor ? nil : output?.display.wear
        controller = ChargeController(configuration)
        for code in latched where code.row(for: configuration).rule.latch.survivesPowerLoss {
            controller.restore(code, afterPowerCycle: true)
        }
        latched = latched.filter { $0.row(for: configuration).rule.latch.survivesPowerLoss }
        if let wear { controller.restore(wear) }
        begun = 0
        input.durableBegin = 0
        output = nil
        nextPeriod = now + Self.start
    }

    // MARK: What is seen

    /// Watches from now on.
    mutating func beginWatch() {
        notes = []
        var trace = Trace()
        trace.note(snapshot, at: 0)
        watched = (trace, now)
    }

    /// What was seen since then.
    mutating func endWatch() -> Trace {
        defer { watched = nil }
        return watched?.trace ?? Trace()
    }

    /// What can be seen now. A charger that has not started shows nothing.
    var snapshot: Snapshot {
        let display = output?.display
        return Snapshot(
            isEnabled: plant.drive.enable, contacts: plant.contacts, pilot: plant.drive.pilot,
            offered: display?.offered ?? .zero, faults: display?.faults ?? FaultSet(), isLocked: plant.lock.isLocked,
            phase: display?.phase ?? .idle, level: display?.level, mode: plant.drive.phases,
            ventilates: plant.drive.ventilation, records: notes)
    }
}
