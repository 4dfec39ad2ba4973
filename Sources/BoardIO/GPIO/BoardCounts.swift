import Synchronization

/// What a driver's threads count, for `BoardReport`.
final class BoardCounts: Sendable {
    let samples = Atomic<UInt64>(0)
    let readFailures = Atomic<UInt64>(0)
    let writeFailures = Atomic<UInt64>(0)
    let lastError = Mutex<BoardError?>(nil)

    func note(read error: BoardError) {
        readFailures.add(1, ordering: .relaxed)
        lastError.withLock { $0 = error }
    }

    func note(write error: BoardError) {
        writeFailures.add(1, ordering: .relaxed)
        lastError.withLock { $0 = error }
    }

    func report(connected: Bool) -> BoardReport {
        var report = BoardReport()
        report.samples = samples.load(ordering: .relaxed)
        report.readFailures = readFailures.load(ordering: .relaxed)
        report.writeFailures = writeFailures.load(ordering: .relaxed)
        report.connected = connected
        report.lastError = lastError.withLock { $0?.description }
        return report
    }
}
