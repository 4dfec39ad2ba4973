internal import FirmwareUpdate
internal import Glibc
internal import Logging
internal import Quantities
internal import Synchronization
internal import Threads

/// The daemon's part in updates: the way to the updater, and, where this process is a slot on trial, the gate that it has to
/// pass. A thread of its own looks once a second.
final class FirmwareUpdates: Sendable {
    /// A look answers within this time, so that two of them are never further apart than the gate allows.
    static let patience = Nanoseconds.seconds(2)
    /// The installer of an operating system may keep the updater waiting, some seconds for each question.
    static let patienceForInstaller = Nanoseconds.seconds(12)
    /// Longer than a slot takes to be unpacked and read back, shorter than a stop may take.
    static let patienceForStaging = Nanoseconds.seconds(45)
    /// The keys are asked for a signature no more often.
    private static let probePeriod = Nanoseconds.seconds(10)
    /// A period of the loop later than 2^15 µs, 33 ms, counts as late: the histogram has no boundary at 40 ms.
    private static let firstLateBucket = 16
    /// So far back a late period counts against a switch.
    private static let punctuality = Nanoseconds.seconds(60)

    /// What the shell shows of a trial.
    struct Standing: Equatable {
        var held: Nanoseconds?
        var needed: Nanoseconds
        var failing: ConfirmConditions
    }

    private struct State {
        var standing: Standing?
        var hasPassed = false
        var latePeriods: UInt64 = 0
        var lastLate: MonotonicInstant?
    }

    let client: UpdaterClient
    /// The slot that this process runs from; nil where it was started without the launcher.
    let slot: Slot?
    private let board: StatusBoard
    let logger: Logger
    private let bell: WakeUp
    private let isStopping = Atomic<Bool>(false)
    private let state = Mutex(State())
    private let thread = Mutex<DedicatedThread?>(nil)

    /// - Parameter slot: `a` or `b`, as the launcher says in the environment.
    init(socket: String, slot: String?, board: StatusBoard, logger: Logger) throws(FirmwareError) {
        client = UpdaterClient(path: socket)
        self.slot = Slot.allCases.first { $0.name == slot }
        self.board = board
        self.logger = logger
        bell = try WakeUp()
    }

    /// Starts the thread.
    func start(_ desk: StatusDesk) throws(FirmwareError) {
        let thread = try DedicatedThread.started(name: "updates") { [self] in run(desk) }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        bell.ring()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    /// How the trial stands; nil where this process is none.
    var standing: Standing? { state.withLock { $0.standing } }

    /// Whether the gate was passed.
    var hasPassed: Bool { state.withLock { $0.hasPassed } }

    /// Whether the loop was punctual for the last minute, or since the start.
    var isPunctual: Bool {
        let last = state.withLock { $0.lastLate }
        return last.map { SystemClock.now() - $0 >= Self.punctuality } ?? true
    }

    /// Confirms the trial that this process is.
    func confirm(_ slot: Slot) throws(UpdaterFault) -> UpdaterReply {
        try client.ask(.confirm(slot), within: Self.patience)
    }

    private func run(_ desk: StatusDesk) {
        var trial = Trial()
        var system = SystemWatch()
        while !isStopping.load(ordering: .acquiring) {
            let isLate = noteLateness()
            if let slot, !trial.isOver { look(desk, slot, isLate: isLate, &trial) }
            lookAtSystem(desk, isLate: isLate, isKeyUsable: { trial.isKeyUsable(desk) }, &system)
            desk.reach.trust?.look(at: SystemClock.now())
            bell.wait(milliseconds: 1_000)
        }
    }

    /// What the thread knows of the trial that it watches.
    private struct Trial {
        var gate: ConfirmGate?
        var isOver = false
        /// Whether there is a slot to go back to; none behind a fall-back to an image that was never confirmed.
        var hasWayBack = true
        /// Whether a trial that has no way back was told to be out of time.
        var isStuckTold = false
        private var keyProbe: (isUsable: Bool, at: MonotonicInstant)?

        /// Whether the keys have signed the last probe.
        mutating func isKeyUsable(_ desk: StatusDesk) -> Bool {
            let moment = SystemClock.now()
            if let keyProbe, moment - keyProbe.at < FirmwareUpdates.probePeriod { return keyProbe.isUsable }
            let isUsable = desk.isKeyUsable
            keyProbe = (isUsable, moment)
            return isUsable
        }
    }

    /// Whether a period was late since the last look.
    private func noteLateness() -> Bool {
        let late = board.current.timing.lateness.dropFirst(Self.firstLateBucket).reduce(0, +)
        return state.withLock { state in
            defer { state.latePeriods = late }
            guard late > state.latePeriods else { return false }
            state.lastLate = SystemClock.now()
            return true
        }
    }

    private func look(_ desk: StatusDesk, _ slot: Slot, isLate: Bool, _ trial: inout Trial) {
        guard var gate = trial.gate else {
            // An updater that is not there yet is asked again.
            guard case .status(let status)? = try? client.ask(.status, within: Self.patience) else { return }
            guard status.record.trial == slot, let seconds = status.confirmSeconds else {
                trial.isOver = true
                return
            }
            if case .bootable = status.record[status.record.active] {} else { trial.hasWayBack = false }
            logger.notice("slot \(slot.name) is on trial")
            trial.gate = ConfirmGate(
                seconds: seconds, excused: status.record.excused, countsLateness: desk.countsLateness, at: now)
            return
        }
        let holding = desk.conditions(isKeyUsable: trial.isKeyUsable(desk), isPunctual: !isLate)
        let verdict = gate.look(holding, isInUse: desk.isInUse, at: now)
        trial.gate = gate
        switch verdict {
        case .waiting(let held, let failing):
            show(Standing(held: held, needed: gate.duration, failing: failing), hasPassed: false)
        case .passed(let reported):
            show(Standing(held: gate.duration, needed: gate.duration, failing: reported), hasPassed: true)
            trial.isOver = finish(slot, reported: reported)
        case .outOfTime(let failing):
            show(Standing(held: nil, needed: gate.duration, failing: failing), hasPassed: false)
            giveUp(slot, failing: failing, &trial)
        }
    }

    private var now: Nanoseconds { Nanoseconds(SystemClock.now().nanoseconds) }

    func show(_ standing: Standing?, hasPassed: Bool) {
        state.withLock { state in
            state.standing = standing
            state.hasPassed = state.hasPassed || hasPassed
        }
    }

    /// Whether the trial is confirmed; where the updater cannot be reached now, the next look asks again.
    private func finish(_ slot: Slot, reported: ConfirmConditions) -> Bool {
        switch try? confirm(slot) {
        case .status:
            state.withLock { $0.standing = nil }
            let names =
                reported.isEmpty ? "" : "; not asked for, and failing: \(reported.names.joined(separator: ", "))"
            logger.notice("slot \(slot.name) has passed its trial and is confirmed\(names)")
            return true
        case .refused(let refusal):
            logger.error("slot \(slot.name) has passed its trial and is not confirmed: \(refusal)")
            // Behind an answer that was lost, or a technician who was quicker, there is no trial any more.
            guard case .status(let status)? = try? client.ask(.status, within: Self.patience),
                status.record.trial != slot
            else { return false }
            state.withLock { $0.standing = nil }
            logger.notice("slot \(slot.name) is on trial no more, slot \(status.record.active.name) is the active one")
            return true
        case .transfer, nil: return false
        }
    }

    /// Gives the trial up and ends this process, so that the slot before starts. Where there is none, ending would only spend the tries
    /// until nothing starts: it goes on, and may still pass.
    private func giveUp(_ slot: Slot, failing: ConfirmConditions, _ trial: inout Trial) {
        let names = failing.names.joined(separator: ", ")
        guard trial.hasWayBack else {
            if !trial.isStuckTold {
                logger.critical("slot \(slot.name) is out of time, and there is none to go back to; failing: \(names)")
            }
            trial.isStuckTold = true
            return
        }
        logger.critical("slot \(slot.name) is given up, its time is over; failing: \(names)")
        // Where the updater is out of reach, the tries end the trial.
        if case .refused(let refusal)? = try? client.ask(.abandon, within: Self.patience) {
            logger.error("the trial is not ended: \(refusal)")
        }
        kill(getpid(), SIGTERM)
        trial.isOver = true
    }
}
