import CLinux
import Glibc

/// A POSIX thread that runs one function to its end.
///
/// Used where Swift's cooperative pool must not be: the control loop and a board's drivers (real-time priority), the journal and
/// the sockets (blocking calls).
public final class DedicatedThread: @unchecked Sendable {
    private let thread: pthread_t

    /// Whether the kernel granted the real-time priority that was asked for; true where none was.
    public let isRealTime: Bool

    private init(thread: pthread_t, isRealTime: Bool) {
        self.thread = thread
        self.isRealTime = isRealTime
    }

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: at most 15 bytes, as the kernel keeps it; a longer one it refuses, and the thread has none.
    ///   - realTimePriority: the SCHED_FIFO priority to ask for (1 to 99). Where the kernel refuses, the thread runs
    ///     without, and `isRealTime` says so.
    /// - Throws: `ThreadError` where no thread can be made.
    public static func start(
        name: String, realTimePriority: Int32? = nil, body: @escaping @Sendable () -> Void
    ) throws(ThreadError) -> DedicatedThread {
        if let priority = realTimePriority, let thread = try? create(name: name, priority: priority, body: body) {
            return DedicatedThread(thread: thread, isRealTime: true)
        }
        let thread = try create(name: name, priority: nil, body: body)
        return DedicatedThread(thread: thread, isRealTime: realTimePriority == nil)
    }

    /// Waits until the thread's function has returned.
    public func join() { pthread_join(thread, nil) }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func create(
        name: String, priority: Int32?, body: @escaping @Sendable () -> Void
    ) throws(ThreadError) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 1 << 20)
        if let priority {
            pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
            pthread_attr_setschedpolicy(&attributes, SCHED_FIFO)
            var parameters = sched_param()
            parameters.sched_priority = priority
            pthread_attr_setschedparam(&attributes, &parameters)
        }
        let context = Unmanaged.passRetained(
            Body {
                _ = clinux_name_this_thread(name)
                body()
            })
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw ThreadError(name: name, errno: failure)
        }
        return thread
    }
}
