internal import Glibc

/// A node's folder, made where it does not exist, and the lock in it that one process holds.
final class HomeFolder {
    /// What a home is for; each kind keeps its own database in it, and refuses the other's home.
    enum Kind: String, CaseIterable {
        /// A chain of its own: blocks and state.
        case standalone
        /// The application behind CometBFT: state alone.
        case abci

        fileprivate var database: String {
            switch self {
            case .standalone: "ledger.sqlite"
            case .abci: "state.sqlite"
            }
        }
    }

    let path: String
    let databasePath: String
    /// Of snapshots, in a home of kind `abci`.
    var snapshotsPath: String { "\(path)/snapshots.sqlite" }
    /// Held open for the lock; -1 once released.
    private var lock: Int32

    init(_ path: String, of kind: Kind) throws(LedgerNodeError) {
        self.path = path
        databasePath = "\(path)/\(kind.database)"
        try Self.makeDirectories(path)
        lock = try Self.takeLock(path)
        for other in Kind.allCases where other != kind && SecretFile.exists("\(path)/\(other.database)") {
            release()
            throw .homeMismatch(what: "kind", expected: kind.rawValue, found: other.rawValue)
        }
    }

    deinit { release() }

    /// Lets another process have the home.
    func release() {
        guard lock >= 0 else { return }
        // Closing would not do where a child that is just being started still has the descriptor.
        flock(lock, LOCK_UN)
        close(lock)
        lock = -1
    }

    private static func makeDirectories(_ path: String) throws(LedgerNodeError) {
        let components = path.split(separator: "/")
        var partial = path.hasPrefix("/") ? "" : "."
        for (index, component) in components.enumerated() {
            partial += "/" + component
            // Parents get the usual mode; the home itself holds keys.
            let mode: UInt32 = index == components.count - 1 ? 0o700 : 0o755
            if mkdir(partial, mode) != 0, errno != EEXIST { throw SecretFile.failure("mkdir", partial) }
        }
    }

    private static func takeLock(_ path: String) throws(LedgerNodeError) -> Int32 {
        let lockPath = path + "/lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SecretFile.failure("open", lockPath) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error = SecretFile.failure("flock", lockPath)
            close(descriptor)
            throw isHeld ? .homeInUse(path: path) : error
        }
        return descriptor
    }
}
