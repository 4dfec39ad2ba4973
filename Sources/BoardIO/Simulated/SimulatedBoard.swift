import Glibc
import Quantities
import Synchronization
import Threads

/// The board of the plant: outputs and gate pulses go over its socket, samples come back.
///
/// A lost plant is a lost board: at once nothing is known any more (`BoardSample.none` with the moments of the last
/// sample), no pulse is sent, and the driver's thread connects again every 200 ms. The first frame on every connection
/// wants the enable low, so no pulse of this program meets an enable of the one before it.
///
/// The control thread sends on a descriptor number that stays the same from `start` to `stop`: a new connection is
/// moved onto it with `dup2`, and a lost one is shut down but not closed. So a send can never reach a stranger's
/// descriptor.
public final class SimulatedBoard: Board {
    public let profile: BoardProfile
    private let socketPath: String
    private let latest = LatestValue(BoardSample.none)
    private let link = Atomic<Int32>(-1)
    private let connected = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let samples = Atomic<UInt64>(0)
    private let refused = Atomic<UInt64>(0)
    private let writeFailures = Atomic<UInt64>(0)
    /// The last outputs did not go out: the plant may have an enable that is not wanted any more.
    private let outputsAreOld = Atomic<Bool>(false)
    private let losses = Atomic<UInt64>(0)
    private let thread = Mutex<DedicatedThread?>(nil)
    private let lastError = Mutex<BoardError?>(nil)

    /// How long a plant may take to send its first sample.
    static let firstSampleMilliseconds: Int32 = 1_000
    /// How long the driver waits between two attempts to reach a lost plant.
    static let reconnectMilliseconds: Int64 = 200

    /// A board behind this socket of the plant.
    public init(profile: BoardProfile, socketPath: String) throws(BoardError) {
        guard profile.kind == .simulated else { throw .wrongKind(expected: .simulated, found: profile.kind) }
        self.profile = profile
        self.socketPath = socketPath
    }

    deinit { stop() }

    public func start() throws(BoardError) {
        guard link.load(ordering: .acquiring) < 0, !stopping.load(ordering: .acquiring) else { throw .alreadyStarted }
        let (descriptor, first) = try openLink()
        publish(first)
        link.store(descriptor, ordering: .releasing)
        outputsAreOld.store(false, ordering: .relaxed)
        connected.store(true, ordering: .releasing)
        do {
            let started = try DedicatedThread.driver("plant-reader") { [unowned self] in self.readUntilStopped() }
            thread.withLock { $0 = started }
        } catch {
            connected.store(false, ordering: .releasing)
            link.store(-1, ordering: .releasing)
            close(descriptor)
            throw error
        }
    }

    public func sample() -> BoardSample { latest.read() }

    public func apply(_ outputs: BoardOutputs) {
        outputsAreOld.store(!send(.outputs(outputs, at: monotonicNow())), ordering: .relaxed)
    }

    public func pulseGate() {
        if outputsAreOld.load(ordering: .relaxed) { return }
        _ = send(.pulse(at: monotonicNow()))
    }

    public func openContactor() {
        let descriptor = link.load(ordering: .relaxed)
        if descriptor >= 0 { _ = PlantSocket.send(.outputs(.safe, at: monotonicNow()), on: descriptor) }
    }

    public func report() -> BoardReport {
        var report = BoardReport()
        report.samples = samples.load(ordering: .relaxed)
        report.refused = refused.load(ordering: .relaxed)
        report.writeFailures = writeFailures.load(ordering: .relaxed)
        report.losses = losses.load(ordering: .relaxed)
        report.connected = connected.load(ordering: .relaxed)
        report.lastError = lastError.withLock { $0?.description }
        return report
    }

    public func stop() {
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        openContactor()
        connected.store(false, ordering: .releasing)
        thread.withLock { $0.take() }?.join()
        let descriptor = link.exchange(-1, ordering: .acquiringAndReleasing)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether it went out.
    private func send(_ frame: PlantFrame) -> Bool {
        guard connected.load(ordering: .acquiring) else { return false }
        let isSent = PlantSocket.send(frame, on: link.load(ordering: .relaxed))
        if !isSent { writeFailures.add(1, ordering: .relaxed) }
        return isSent
    }
}

// MARK: - The driver's thread

extension SimulatedBoard {
    /// Connects, sends the enable low, and waits for the plant's first sample.
    private func openLink() throws(BoardError) -> (descriptor: Int32, first: BoardSample) {
        let descriptor = try PlantSocket.connect(path: socketPath)
        do throws(BoardError) {
            guard PlantSocket.send(.outputs(.safe, at: monotonicNow()), on: descriptor) else {
                throw .plantRefused(path: socketPath)
            }
            switch PlantSocket.receive(on: descriptor, waiting: Self.firstSampleMilliseconds) {
            case .frame(.sample(let sample)): return (descriptor, sample)
            case .frame: throw .frame(offset: 4, expected: "a sample", found: "another kind")
            case .malformed(let error): throw error
            case .closed: throw .plantRefused(path: socketPath)
            case .nothing:
                throw .plantSilent(path: socketPath, milliseconds: Int(Self.firstSampleMilliseconds))
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func readUntilStopped() {
        while !stopping.load(ordering: .acquiring) {
            if connected.load(ordering: .relaxed) {
                readOne()
            } else {
                sleep(until: monotonicNow() + .milliseconds(Self.reconnectMilliseconds))
                reconnect()
            }
        }
    }

    private func readOne() {
        switch PlantSocket.receive(on: link.load(ordering: .relaxed), waiting: 50) {
        case .frame(.sample(let sample)): publish(sample)
        case .nothing: break
        case .closed: lose(.plantRefused(path: socketPath))
        case .malformed(let error):
            refused.add(1, ordering: .relaxed)
            lose(error)
        case .frame:
            refused.add(1, ordering: .relaxed)
            lose(.frame(offset: 4, expected: "a sample", found: "another kind"))
        }
    }

    /// Publishes a sample of the plant. Its moments are never later than now: a plant cannot make a sample look
    /// fresher.
    private func publish(_ received: BoardSample) {
        let now = monotonicNow()
        let previous = latest.read()
        guard received.at >= previous.at || received.at > now else {
            refused.add(1, ordering: .relaxed)
            return
        }
        var sample = received
        sample.at = min(received.at, now)
        sample.pilotAt = min(received.pilotAt, now)
        sample.number = samples.add(1, ordering: .relaxed).newValue
        latest.publish(sample)
    }

    private func lose(_ error: BoardError) {
        connected.store(false, ordering: .releasing)
        losses.add(1, ordering: .relaxed)
        lastError.withLock { $0 = error }
        shutdown(link.load(ordering: .relaxed), Int32(SHUT_RDWR))
        let last = latest.read()
        var unknown = BoardSample.none
        unknown.at = last.at
        unknown.pilotAt = last.pilotAt
        unknown.number = samples.add(1, ordering: .relaxed).newValue
        latest.publish(unknown)
    }

    private func reconnect() {
        do throws(BoardError) {
            let (descriptor, first) = try openLink()
            let moved = dup2(descriptor, link.load(ordering: .relaxed))
            let failure = errno
            if moved >= 0 { _ = fcntl(moved, F_SETFD, FD_CLOEXEC) }
            close(descriptor)
            guard moved >= 0 else { throw .plantUnreachable(path: socketPath, call: "dup2", errno: failure) }
            publish(first)
            // The connection began with the enable low.
            outputsAreOld.store(false, ordering: .relaxed)
            connected.store(true, ordering: .releasing)
        } catch {
            lastError.withLock { $0 = error }
        }
    }
}
