import Glibc
public import Quantities
import Synchronization

/// One reader on a thread of its own. What it brings goes to a handler, which answers through `decide` from wherever it
/// likes; a reader that is unplugged, silent, noisy or endless costs this thread and nothing else.
public final class ReaderLink: Sendable {
    /// What is known of the reader.
    public struct Standing: Equatable, Sendable {
        /// As it names itself; empty before it did.
        public var name = ""
        /// Why it cannot be used now; empty where it can.
        public var problem = "not heard yet"
        /// Lines that were understood, and what was none, since it was opened last.
        public var lines: UInt64 = 0
        public var noise: UInt64 = 0
        /// How often it was opened.
        public var openings: UInt64 = 0
    }

    /// What it brings.
    public enum Event: Equatable, Sendable {
        case card(UInt16, PresentedCard)
        case signature(UInt16, [UInt8])
        /// The card is gone: what was asked of it is not answered any more.
        case gone(UInt16)
        case standing(Standing)
    }

    private struct Shared {
        var decisions: [(UInt16, CardDecision)] = []
        var isStopping = false
        var thread: pthread_t?
    }

    private let address: ReaderAddress
    private let handler: @Sendable (Event) -> Void
    private let monotonic: @Sendable () -> MonotonicInstant
    private let shared = Mutex(Shared())
    /// The thread reads from the first; `decide` and `stop` write to the second.
    private let wakePipe: (read: Int32, write: Int32)

    /// Between two attempts to open: twice as long each time.
    static let leastRetry: Int32 = 500
    static let mostRetry: Int32 = 30_000
    /// After each read: a reader that floods is read so often and no more.
    private static let restMilliseconds: Int32 = 10

    /// A link that is not started.
    public init(
        _ address: ReaderAddress, monotonic: @escaping @Sendable () -> MonotonicInstant,
        handler: @escaping @Sendable (Event) -> Void
    ) throws(ReaderPortError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .system(path: "\(address)", call: "pipe", errno: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakePipe = (ends[0], ends[1])
        self.address = address
        self.monotonic = monotonic
        self.handler = handler
    }

    deinit {
        close(wakePipe.read)
        close(wakePipe.write)
    }

    /// Starts the thread. Once.
    public func start() throws(ReaderPortError) {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let link = Unmanaged<ReaderLink>.fromOpaque(argument).takeRetainedValue()
                link.run()
                return nil
            }, retained.toOpaque())
        guard code == 0 else {
            retained.release()
            throw .system(path: "\(address)", call: "pthread_create", errno: code)
        }
        shared.withLock { $0.thread = thread }
    }

    /// Ends the thread and waits for it.
    public func stop() {
        let thread = shared.withLock { shared in
            shared.isStopping = true
            defer { shared.thread = nil }
            return shared.thread
        }
        wake()
        if let thread { pthread_join(thread, nil) }
    }

    /// Says what becomes of a card; from any thread.
    public func decide(_ card: UInt16, _ decision: CardDecision) {
        shared.withLock { $0.decisions.append((card, decision)) }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 1
        _ = write(wakePipe.write, &byte, 1)
    }

    // MARK: The thread

    private var isStopping: Bool { shared.withLock { $0.isStopping } }

    private func run() {
        var standing = Standing()
        var retry = Self.leastRetry
        while !isStopping {
            do throws(ReaderPortError) {
                let port = try ReaderPort.opened(address)
                standing.openings += 1
                try serve(port, &standing, &retry)
            } catch {
                tell(&standing, problem: "\(error)")
            }
            rest(retry)
            retry = min(retry * 2, Self.mostRetry)
        }
    }

    private func serve(
        _ port: borrowing ReaderPort, _ standing: inout Standing, _ retry: inout Int32
    ) throws(ReaderPortError) {
        var session = ReaderSession(at: monotonic())
        perform(session.greeting(), port)
        while !isStopping {
            var watched = [
                pollfd(fd: port.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakePipe.read, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&watched, 2, 200)
            drain()
            let now = monotonic()
            if watched[0].revents != 0 { perform(session.receive(try port.read(), at: now), port) }
            let decisions = shared.withLock { shared in
                defer { shared.decisions = [] }
                return shared.decisions
            }
            for (card, decision) in decisions { perform(session.decide(card, decision, at: now), port) }
            perform(session.tick(at: now), port)
            if session.name != nil { retry = Self.leastRetry }
            standing.lines = session.lines
            standing.noise = session.noise
            standing.name = session.name ?? ""
            tell(&standing, problem: Self.problem(of: session, at: now))
            if watched[0].revents != 0 { usleep(UInt32(Self.restMilliseconds) * 1_000) }
        }
    }

    private static func problem(of session: ReaderSession, at now: MonotonicInstant) -> String {
        if let version = session.otherVersion {
            return "expected a reader of version \(ReaderSession.version), got \(version)"
        }
        if session.isSilent(at: now) { return "silent" }
        return session.name == nil ? "not heard yet" : ""
    }

    private func perform(_ outputs: [ReaderSession.Output], _ port: borrowing ReaderPort) {
        for output in outputs {
            switch output {
            case .send(let bytes): port.write(bytes)
            case .card(let number, let card): handler(.card(number, card))
            case .signature(let number, let bytes): handler(.signature(number, bytes))
            case .gone(let number): handler(.gone(number))
            }
        }
    }

    /// Tells what has changed; counts alone are no news.
    private func tell(_ standing: inout Standing, problem: String) {
        let isNews = standing.problem != problem || standing.openings == 0
        standing.problem = problem
        if isNews { handler(.standing(standing)) }
    }

    private func rest(_ milliseconds: Int32) {
        var watched = pollfd(fd: wakePipe.read, events: Int16(POLLIN), revents: 0)
        // A decision for a card that went with its reader must not cut the wait short.
        let until = monotonic() + .milliseconds(Int64(milliseconds))
        while !isStopping {
            let left = (until - monotonic()).wholeMilliseconds
            guard left > 0 else { return }
            _ = poll(&watched, 1, Int32(left))
            drain()
        }
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(wakePipe.read, &bytes, bytes.count) > 0 {}
    }
}
