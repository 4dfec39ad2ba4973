import Synchronization

/// What a benchmark could not measure in this run, and why; both reports print it.
final class Omissions: Sendable {
    private let noted = Mutex<[String]>([])

    /// In the order in which they were noted.
    var all: [String] { noted.withLock { $0 } }

    func note(_ what: String, because reason: String) {
        noted.withLock { $0.append("\(what): \(reason)") }
    }
}
