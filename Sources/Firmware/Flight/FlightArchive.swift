import FlightRecorder
import Glibc
import Logging
import Quantities
import Synchronization
import Threads

/// Writes the flight recordings of all connectors to a folder when the control thread asks for it, on a thread of its own.
///
/// A recording is taken a moment after it was asked for, so that what followed is in it. A fault that flaps wears no disk:
/// between two recordings of a connector lies a minute, and the folder keeps the newest `mostFiles`.
final class FlightArchive: Sendable {
    /// How many recordings the folder keeps.
    static let mostFiles = 16
    /// So much of what follows is in a recording.
    static let aftermath = Nanoseconds.seconds(2)
    /// Between two recordings of one connector.
    static let spacing = Nanoseconds.seconds(60)

    private let rings: [FlightRing]
    private let folder: String
    private let boot: UInt32
    private let logger: Logger
    private let bell: WakeUp
    /// Bit n: connector n + 1 asks for a recording.
    private let wanted = Atomic<UInt64>(0)
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<DedicatedThread?>(nil)

    /// - Parameters:
    ///   - rings: connector 1, connector 2 …
    ///   - boot: the count of this boot; it stands in the files' names, so that they sort by time.
    init(rings: [FlightRing], folder: String, boot: UInt32, logger: Logger) throws(FirmwareError) {
        invariant(rings.count <= 64, "each connector has its bit")
        self.rings = rings
        self.folder = folder
        self.boot = boot
        self.logger = logger
        bell = try WakeUp()
    }

    /// Asks for a recording of the connector at this index. The control thread may: it neither waits, locks nor allocates.
    func ask(connector index: Int) {
        wanted.bitwiseOr(1 << UInt64(index), ordering: .releasing)
        bell.ring()
    }

    /// Starts the thread.
    func start() throws(FirmwareError) {
        let thread = try DedicatedThread.started(name: "flight") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread; a recording that was asked for and is not yet due is written now.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        bell.ring()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private func run() {
        var due = [MonotonicInstant?](repeating: nil, count: rings.count)
        var last = [MonotonicInstant?](repeating: nil, count: rings.count)
        while true {
            let waits = due.contains { $0 != nil }
            bell.wait(milliseconds: waits ? 100 : 10_000)
            let isLast = isStopping.load(ordering: .acquiring)
            let now = SystemClock.now()
            let asked = wanted.exchange(0, ordering: .acquiringAndReleasing)
            for index in rings.indices {
                if asked & (1 << UInt64(index)) != 0, due[index] == nil {
                    let earliest = last[index].map { $0 + Self.spacing } ?? now
                    due[index] = max(now + Self.aftermath, earliest)
                }
                guard let moment = due[index], isLast || now >= moment else { continue }
                due[index] = nil
                last[index] = now
                write(index, at: now)
            }
            if isLast { return }
        }
    }

    private func write(_ index: Int, at now: MonotonicInstant) {
        let name = "\(Self.padded(boot, 6))-\(Self.padded(now.nanoseconds / 1_000_000, 12))-\(index + 1).flight"
        do throws(FirmwareError) {
            try SmallFile.replace("\(folder)/\(name)", with: rings[index].dump())
            logger.notice("connector \(index + 1): flight recording \(name)")
            try removeOldest()
        } catch {
            logger.warning("connector \(index + 1): no flight recording: \(error)")
        }
    }

    private func removeOldest() throws(FirmwareError) {
        let names = try Self.recordings(in: folder)
        for name in names.dropLast(Self.mostFiles) where unlink("\(folder)/\(name)") != 0 {
            throw .system(call: "unlink \(name)", errno: errno)
        }
    }

    /// The recordings in a folder, the oldest first.
    static func recordings(in folder: String) throws(FirmwareError) -> [String] {
        guard let directory = opendir(folder) else { throw .system(call: "opendir \(folder)", errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".flight") { names.append(name) }
        }
        return names.sorted()
    }

    private static func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
