import Glibc
import Synchronization

/// The service shell on a serial device, on a thread of its own.
///
/// The thread blocks in `poll`, which a task of the cooperative pool must not. A device that goes away (an unplugged USB
/// cable) ends the session; the line then tries once a second to open it again.
public final class SerialLine: Sendable {
    private let path: String
    private let speed: SerialSpeed
    private let desk: any ServiceDesk
    private let log: @Sendable (String) -> Void
    /// The thread reads from the first and ends when something is there; `stop` writes to the second.
    private let wakePipe: (read: Int32, write: Int32)
    private let thread: Mutex<pthread_t?> = Mutex(nil)

    /// A shell on the device at `path`; nothing is opened yet.
    ///
    /// - Parameter log: Gets one line when the device comes, goes, or cannot be opened.
    public init(
        path: String, speed: SerialSpeed = .usual, desk: any ServiceDesk, log: @escaping @Sendable (String) -> Void
    ) throws(ServiceShellError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .device(path: path, call: "pipe", errno: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakePipe = (ends[0], ends[1])
        self.path = path
        self.speed = speed
        self.desk = desk
        self.log = log
    }

    deinit {
        close(wakePipe.read)
        close(wakePipe.write)
    }

    /// Starts the thread. Once.
    public func start() throws(ServiceShellError) {
        let code = thread.withLock { thread -> Int32 in
            guard thread == nil else { return EALREADY }
            var handle = pthread_t()
            let retained = Unmanaged.passRetained(self)
            let code = pthread_create(&handle, nil, Self.threadBody, retained.toOpaque())
            if code == 0 { thread = handle } else { retained.release() }
            return code
        }
        if code != 0 { throw .thread(errno: code) }
    }

    /// Ends the session and waits for the thread. Idempotent.
    public func stop() {
        var byte: UInt8 = 1
        _ = write(wakePipe.write, &byte, 1)
        let handle = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let handle { pthread_join(handle, nil) }
    }

    private static let threadBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let line = Unmanaged<SerialLine>.fromOpaque(argument).takeRetainedValue()
        line.run()
        return nil
    }

    private func run() {
        var lastComplaint: ServiceShellError?
        repeat {
            do throws(ServiceShellError) {
                let device = try SerialDevice.opened(at: path, speed: speed)
                log("service shell on \(path)")
                lastComplaint = nil
                try serve(device)
            } catch {
                // The same complaint each second would fill the log.
                if error != lastComplaint { log("\(error)") }
                lastComplaint = error
            }
        } while !isStopped(within: 1_000)
    }

    private func serve(_ device: borrowing SerialDevice) throws(ServiceShellError) {
        var session = ShellSession(desk: desk)
        var marks = MarkedLine()
        var isRead = try device.write(session.greeting(), orWake: wakePipe.read)
        while device.waitForInput(orWake: wakePipe.read) {
            let symbols = try device.read().compactMap { marks.receive($0) }
            let wasSent = try device.write(session.receive(symbols), orWake: wakePipe.read)
            if isRead, !wasSent { log("\(path): nobody reads, output dropped") }
            isRead = wasSent
        }
    }

    private func isStopped(within milliseconds: Int32) -> Bool {
        var watched = pollfd(fd: wakePipe.read, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, milliseconds) > 0
    }
}
