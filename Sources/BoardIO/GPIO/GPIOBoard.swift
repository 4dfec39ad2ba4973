import Quantities
import Synchronization
import Threads

/// A board of GPIO lines, a kernel PWM, and one of the sources of the pilot's peaks.
///
/// The control thread writes the phase relay, the enable and the gate line itself, one system call each. Everything that can take longer
/// (converters, PWM, lock, inputs that may sit behind a slow bus) belongs to the board's own thread, which takes the
/// inputs each `sample_interval_ms`, publishes them with their moments, and follows the wanted pilot, lock and test
/// levels.
public final class GPIOBoard: Board {
    public let profile: BoardProfile
    let wiring: GPIOWiring
    let lines: WatchedLines
    let sysfsRoot: String
    let deviceRoot: String
    private let latest = LatestValue(BoardSample.none)
    private let wanted = LatestValue<BoardOutputs?>(nil)
    private let devices = Mutex<BoardDevices?>(nil)
    private let contactor = Atomic<UInt>(0)
    private let stopping = Atomic<Bool>(false)
    private let started = Atomic<Bool>(false)
    private let controlFaults = ControlFaults()
    private let counts = BoardCounts()
    private let thread = Mutex<DedicatedThread?>(nil)
    private let startThread: ThreadStart

    /// Starts the board's thread with this body; the seam where a test makes it fail.
    typealias ThreadStart =
        @Sendable (_ body: @escaping @Sendable () -> Void) throws(BoardError) -> DedicatedThread

    /// Below the control thread (80), above everything that sells and records: a pilot older than 15 ms opens the
    /// contactor, so a busy processor is not to keep the samples waiting.
    static let samplingPriority: Int32 = 70

    /// A board of this profile. Nothing is opened before `start`.
    ///
    /// - Parameter calibration: what channels are scaled by in place of the profile's numbers.
    public convenience init(
        profile: BoardProfile, lines: any GPIOLines = CharacterDeviceLines(), sysfsRoot: String = "/sys",
        deviceRoot: String = "/dev", calibration: [ConverterRole: ConverterScale] = [:]
    ) throws(BoardError) {
        try self.init(
            profile: profile, lines: lines, sysfsRoot: sysfsRoot, deviceRoot: deviceRoot, calibration: calibration
        ) { (body) throws(BoardError) in
            try DedicatedThread.driver("board", priority: Self.samplingPriority, body: body)
        }
    }

    init(
        profile: BoardProfile, lines: any GPIOLines, sysfsRoot: String, deviceRoot: String = "/dev",
        calibration: [ConverterRole: ConverterScale] = [:], startThread: @escaping ThreadStart
    ) throws(BoardError) {
        guard profile.kind == .gpio, let wiring = profile.wiring else {
            throw .wrongKind(expected: .gpio, found: profile.kind)
        }
        self.profile = profile
        self.wiring = wiring.calibrated(calibration)
        self.lines = WatchedLines(lines)
        self.sysfsRoot = sysfsRoot
        self.deviceRoot = deviceRoot
        self.startThread = startThread
    }

    deinit { stop() }

    public func start() throws(BoardError) {
        guard !started.exchange(true, ordering: .acquiringAndReleasing) else { throw .alreadyStarted }
        if profile.isEmulated {
            // A line without a chip might be on any: refused, too.
            try SimulatedChip.require(wiring.lines.values.map { $0.chip ?? "(none is named)" }, sysfsRoot: sysfsRoot)
        }
        do throws(BoardError) {
            // The lines first: the enable is low before anything else moves.
            let boardLines = try BoardLines(wiring, lines)
            let opened = try BoardDevices(
                wiring, boardLines, over: lines, counts: counts, sysfsRoot: sysfsRoot, deviceRoot: deviceRoot)
            devices.withLock { $0 = opened }
            publishContactor(boardLines)
            let interval = wiring.sampleInterval
            let worker = BoardWorker(
                devices: opened, wanted: wanted, latest: latest, counts: counts, controlFaults: controlFaults,
                interval: interval)
            let running = try startThread { [unowned self] in worker.run(until: self.stopping) }
            thread.withLock { $0 = running }
        } catch {
            withdrawContactor()
            // Their threads use the lines.
            devices.withLock { $0.take() }?.release()
            lines.releaseAll()
            throw error
        }
    }

    public func sample() -> BoardSample { latest.read() }

    public func apply(_ outputs: BoardOutputs) {
        withContactor { contactor in
            // The phases first: an enable never meets a relay that stands otherwise than was asked.
            let phasesHold = contactor.write(phases: outputs.phases)
            note(contactor.write(enable: outputs.contactorEnable && phasesHold) && phasesHold, controlFaults.enable)
            wanted.publish(outputs)
        }
    }

    public func pulseGate() {
        // An enable that could not be written may be high: then the gate is what is left to open the contactor.
        if controlFaults.enable.load(ordering: .relaxed) { return }
        withContactor { note($0.pulse(), controlFaults.gate) }
    }

    public func openContactor() {
        withContactor { _ = $0.write(enable: false) }
    }

    public func report() -> BoardReport {
        var report = counts.report(connected: contactor.load(ordering: .acquiring) != 0)
        devices.withLock { devices in
            report.refused = devices?.sampler.refused ?? 0
            report.pilotTiming = devices?.generator.timing
        }
        return report
    }

    public func lineStates() -> [BoardLine] {
        LineRole.allCases.compactMap { role in
            guard let line = wiring.lines[role], let request = lines.request(of: line) else { return nil }
            return BoardLine(
                role: role.rawValue, name: line.text, place: request.place, isOutput: request.isOutput,
                isActive: request.tally.isActive,
                changes: line.keepsEdges ? request.tally.edges.load(ordering: .relaxed) : request.tally.changesSeen,
                keepsEdges: line.keepsEdges)
        }
    }

    public func converterReading(_ role: ConverterRole) -> ConverterReading? {
        devices.withLock { devices in
            role == .proximity ? devices?.proximity?.newest : devices?.sampler.newestReading(of: role)
        }
    }

    public func stop() {
        guard started.load(ordering: .acquiring), !stopping.exchange(true, ordering: .acquiringAndReleasing) else {
            return
        }
        openContactor()
        thread.withLock { $0.take() }?.join()
        withdrawContactor()
        devices.withLock { $0.take() }?.release()
        lines.releaseAll()
    }

    private func note(_ written: Bool, _ fault: borrowing Atomic<Bool>) {
        fault.store(!written, ordering: .relaxed)
        if !written { counts.writeFailures.add(1, ordering: .relaxed) }
    }
}

// MARK: - The lines, for threads that may take no lock

extension GPIOBoard {
    /// Makes the lines reachable for the control thread and for a dying process: `devices` keeps them alive.
    private func publishContactor(_ lines: BoardLines) {
        contactor.store(UInt(bitPattern: Unmanaged.passUnretained(lines).toOpaque()), ordering: .releasing)
    }

    private func withdrawContactor() { contactor.store(0, ordering: .releasing) }

    @inline(__always)
    private func withContactor(_ body: (BoardLines) -> Void) {
        guard let address = UnsafeRawPointer(bitPattern: contactor.load(ordering: .acquiring)) else { return }
        Unmanaged<BoardLines>.fromOpaque(address)._withUnsafeGuaranteedRef { body($0) }
    }
}
