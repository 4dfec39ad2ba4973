import Glibc

/// A POSIX thread of a driver: made once, joined once.
///
/// A thread of its own and not a task: it blocks in system calls, which the cooperative pool must not.
final class DriverThread: @unchecked Sendable {
    private var handle: pthread_t
    private let body: @Sendable () -> Void

    /// Starts a thread that runs `body` once.
    ///
    /// - Parameter realTimePriority: the SCHED_FIFO priority to ask for, 1 to 99. Where the kernel refuses it the thread
    ///   runs without.
    init(
        name: String, realTimePriority: Int32? = nil, body: @escaping @Sendable () -> Void
    ) throws(BoardError) {
        self.body = {
            nameThisThread(name)
            body()
        }
        handle = pthread_t()
        var code = EPERM
        if let realTimePriority { code = start(priority: realTimePriority) }
        if code != 0 { code = start(priority: nil) }
        if code != 0 { throw .thread(errno: code) }
    }

    private func start(priority: Int32?) -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let priority {
            pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
            pthread_attr_setschedpolicy(&attributes, SCHED_FIFO)
            var parameters = sched_param()
            parameters.sched_priority = priority
            pthread_attr_setschedparam(&attributes, &parameters)
        }
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<DriverThread>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, retained.toOpaque())
        if code != 0 { retained.release() }
        return code
    }

    /// Waits until the body has returned.
    func join() { pthread_join(handle, nil) }
}

/// Names the calling thread for `top` and `ps`; the kernel keeps 15 bytes. Failing is without consequence.
private func nameThisThread(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = write(descriptor, bytes, bytes.count)
    close(descriptor)
}
