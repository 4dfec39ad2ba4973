import Glibc

/// A POSIX thread of a driver: made once, joined once.
///
/// A thread of its own and not a task: it blocks in system calls, which the cooperative pool must not.
final class DriverThread: @unchecked Sendable {
    private var handle: pthread_t
    private let body: @Sendable () -> Void

    /// Starts a thread that runs `body` once.
    init(name: String, body: @escaping @Sendable () -> Void) throws(BoardError) {
        self.body = {
            nameThisThread(name)
            body()
        }
        handle = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<DriverThread>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, retained.toOpaque())
        if code != 0 {
            retained.release()
            throw .thread(errno: code)
        }
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
