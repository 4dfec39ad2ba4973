import Logging
import Synchronization

/// The newest log lines, for the technician's shell. Nothing that is logged holds a secret.
final class LogRing: Sendable {
    /// So many are kept.
    static let limit = 500
    private let lines = Mutex<[String]>([])

    func add(_ line: String) {
        lines.withLock { lines in
            lines.append(line)
            if lines.count > Self.limit { lines.removeFirst(lines.count - Self.limit) }
        }
    }

    /// The newest so many, the oldest first.
    func newest(_ count: Int) -> [String] { lines.withLock { Array($0.suffix(count)) } }

    /// The same logger, whose lines are kept here, too.
    func keeping(_ logger: Logger) -> Logger {
        var logger = logger
        logger.handler = KeepingHandler(ring: self, next: logger.handler)
        return logger
    }
}

/// Hands each line on, and keeps it.
private struct KeepingHandler: LogHandler {
    let ring: LogRing
    var next: any LogHandler

    var logLevel: Logger.Level {
        get { next.logLevel }
        set { next.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { next.metadata }
        set { next.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { next[metadataKey: key] }
        set { next[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        let since = SystemClock.sinceBoot()
        ring.add("\(since / 1_000).\(String(1_000 + since % 1_000).dropFirst()) \(event.level): \(event.message)")
        next.log(event: event)
    }
}
