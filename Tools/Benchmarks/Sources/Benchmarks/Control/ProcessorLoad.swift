import Glibc
import Synchronization
import Threads

/// What else a machine may have to do: two threads a processor that compute, and one that writes to the disk and waits for it.
final class ProcessorLoad: Sendable {
    private let isStopping = Atomic<Bool>(false)
    private let threads = Mutex<[DedicatedThread]>([])

    /// Begins; `folder` is on the disk that is written.
    init(folder: String) throws {
        for number in 0..<2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
            try start("load-\(number)") { load in
                var value: UInt64 = 88_172_645_463_325_252
                while !load.ends {
                    for _ in 0..<100_000 {
                        value ^= value << 13
                        value ^= value >> 7
                        value ^= value << 17
                    }
                    consume(value)
                }
            }
        }
        try start("load-disk") { load in
            let path = "\(folder)/load-\(getpid())"
            let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
            let bytes = [UInt8](repeating: 0xA5, count: 1 << 20)
            while !load.ends {
                _ = pwrite(descriptor, bytes, bytes.count, 0)
                fsync(descriptor)
            }
            close(descriptor)
            unlink(path)
        }
    }

    /// Ends all of it.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        let started = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in started { thread.join() }
    }

    private var ends: Bool { isStopping.load(ordering: .acquiring) }

    private func start(_ name: String, _ body: @escaping @Sendable (ProcessorLoad) -> Void) throws {
        let thread = try DedicatedThread.start(name: name) { [self] in body(self) }
        threads.withLock { $0.append(thread) }
    }
}
