import ChargeControl
import Journal
import Metering
import PlatformLink
import Quantities
import SignedRecords
import Synchronization
import Threads

/// The thread that owns the journal: it signs and writes what the cores ask for, and answers the platform link.
///
/// Other threads post jobs; the control thread uses its queues. The disk may hold this thread up; nothing else waits for
/// it.
final class RecordThread: Sendable {
    typealias Job = @Sendable (RecordDesk) -> Void

    /// One set for each connector.
    private let queues: [ControlQueues]
    private let bell: WakeUp
    private let status: StatusBoard
    private let mailbox = Mutex(Mailbox())
    private let thread = Mutex<DedicatedThread?>(nil)

    private struct Mailbox {
        var jobs: [Job] = []
        var isClosed = false
    }

    init(queues: [ControlQueues], bell: WakeUp, status: StatusBoard) {
        self.queues = queues
        self.bell = bell
        self.status = status
    }

    /// Starts the thread; `open` runs on it first and makes the desk that never leaves it.
    ///
    /// - Returns: what the records say of each connector from before the start.
    /// - Throws: what `open` throws, once it has run.
    func start(
        open: @escaping @Sendable () throws(FirmwareError) -> RecordDesk
    ) throws(FirmwareError) -> [RestoredState] {
        let opened = OpeningResult()
        let thread = try DedicatedThread.started(name: "records") { [self] in
            do throws(FirmwareError) {
                let desk = try open()
                opened.set(.success(try Self.restored(desk)))
                run(desk)
            } catch {
                opened.set(.failure(error))
            }
        }
        self.thread.withLock { $0 = thread }
        return try opened.wait().get()
    }

    private static func restored(_ desk: RecordDesk) throws(FirmwareError) -> [RestoredState] {
        do { return try desk.connectors.map { try $0.restoredState() } } catch {
            throw .room("records", reason: "\(error)")
        }
    }

    /// Runs a job on the thread, after all that were posted before.
    func post(_ job: @escaping Job) {
        mailbox.withLock { if !$0.isClosed { $0.jobs.append(job) } }
        bell.ring()
    }

    /// Runs a job on the thread and answers with its result.
    func perform<Answer: Sendable>(
        _ job: @escaping @Sendable (RecordDesk) throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let isClosed = mailbox.withLock { mailbox in
                if !mailbox.isClosed {
                    mailbox.jobs.append { desk in continuation.resume(with: Result { try job(desk) }) }
                }
                return mailbox.isClosed
            }
            if isClosed {
                continuation.resume(throwing: FirmwareError.room("records", reason: "the daemon is stopping"))
            } else {
                bell.ring()
            }
        }
    }

    /// Runs a job on the thread and waits for its result, for threads that may wait.
    ///
    /// - Throws: what the job throws; `room` where the daemon ends; `late` where the thread does not come round in time. The job
    ///   may be done later then.
    func ask<Answer: Sendable>(
        within patience: Nanoseconds, _ job: @escaping @Sendable (RecordDesk) throws(FirmwareError) -> Answer
    ) throws(FirmwareError) -> Answer {
        let box = AnswerBox<Answer>()
        let bell = try WakeUp()
        let isClosed = mailbox.withLock { mailbox in
            if !mailbox.isClosed {
                mailbox.jobs.append { desk in
                    do throws(FirmwareError) { box.set(.success(try job(desk))) } catch { box.set(.failure(error)) }
                    bell.ring()
                }
            }
            return mailbox.isClosed
        }
        guard !isClosed else { throw .room("records", reason: "the daemon is stopping") }
        self.bell.ring()
        let deadline = SystemClock.now() + patience
        while true {
            if let result = box.result { return try result.get() }
            let rest = deadline - SystemClock.now()
            guard rest > .zero else { throw .late("records", reason: "the disk holds up the record thread") }
            bell.wait(milliseconds: Int32(clamping: max(1, rest.wholeMilliseconds)))
        }
    }

    /// Writes what is still ordered, closes the journal, and ends the thread.
    func stop() {
        mailbox.withLock { $0.isClosed = true }
        bell.ring()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private func run(_ desk: RecordDesk) {
        while true {
            bell.wait(milliseconds: 100)
            let now = SystemClock.now()
            for queues in queues { queues.recordTurn.beat(at: now) }
            desk.turn(at: now)
            let (jobs, isClosed) = mailbox.withLock { mailbox in
                defer { mailbox.jobs = [] }
                return (mailbox.jobs, mailbox.isClosed)
            }
            for job in jobs { job(desk) }
            desk.grouping { for (connector, queues) in zip(desk.connectors, queues) { serve(connector, queues) } }
            desk.rest()
            if isClosed, jobs.isEmpty {
                desk.close()
                return
            }
        }
    }

    private func serve(_ connector: ConnectorDesk, _ queues: ControlQueues) {
        while let order = queues.orders.take() { connector.handle(order) }
        var newest: DisplaySample?
        while let display = queues.displays.take() { newest = display }
        if let newest {
            status.update(connector.chain) { $0.connector.show(newest, control: connector.identity.control) }
        }
    }
}

/// How the record thread's opening ended, handed to the thread that started it.
private final class OpeningResult: Sendable {
    private let state = Mutex<Result<[RestoredState], FirmwareError>?>(nil)
    private let bell = try? WakeUp()

    func set(_ result: Result<[RestoredState], FirmwareError>) {
        state.withLock { $0 = result }
        bell?.ring()
    }

    func wait() -> Result<[RestoredState], FirmwareError> {
        while true {
            if let result = state.withLock({ $0 }) { return result }
            bell?.wait(milliseconds: 1_000)
        }
    }
}

/// What a job answered, handed to the thread that waits for it.
private final class AnswerBox<Answer: Sendable>: Sendable {
    private let state = Mutex<Result<Answer, FirmwareError>?>(nil)

    var result: Result<Answer, FirmwareError>? { state.withLock { $0 } }

    func set(_ result: Result<Answer, FirmwareError>) { state.withLock { $0 = result } }
}

extension RecordThread: RecordSource {
    func position(of chain: ChainNumber) async throws -> JournalPosition {
        try await perform { desk in try desk.position(of: chain) }
    }

    func unacknowledged(_ chain: ChainNumber, limit: Int) async throws -> [SignedRecord] {
        try await perform { desk in try desk.unacknowledged(of: chain, limit: limit) }
    }

    func hash(of chain: ChainNumber, at sequence: UInt64) async throws -> RecordHash? {
        try await perform { desk in
            // Pruned records are gone, but for genesis and its kind. The last of those that a restored image lost is named by
            // the record behind it.
            if sequence < desk.journal.firstHere(of: chain) {
                return try desk.journal.identityRecords()
                    .first { $0.record.chain == chain && $0.record.sequence == sequence }?.hash
            }
            return try desk.journal.hash(of: chain, at: sequence)
        }
    }

    func acknowledge(_ chain: ChainNumber, through sequence: UInt64, hash: RecordHash) async throws {
        try await perform { desk in try desk.journal.acknowledge(chain: chain, sequence: sequence, hash: hash) }
    }

    func vouchersToProve() async throws -> [GrantHash] {
        try await perform { desk in desk.vouchersToProve() }
    }

    func releaseToProve() async throws -> ReleaseQuestion? {
        try await perform { desk in desk.releases?.question }
    }

    func endedSessions(of chain: ChainNumber) async throws -> [EndedSession] {
        try await perform { desk in
            // What ended on an earlier ledger is not settled on this one.
            let elsewhere = desk.path(of: chain).lastElsewhere
            return try desk.journal.recentEnds(of: chain).compactMap { signed in
                guard signed.record.sequence > elsewhere else { return nil }
                guard case .end(let end) = signed.record.body else { return nil }
                return EndedSession(session: end.session, chain: chain, endSequence: signed.record.sequence)
            }
        }
    }
}
