internal import Glibc
internal import Quantities

/// This process under a service supervisor such as systemd (`Type=notify`, `WatchdogSec=`); without one it does nothing.
///
/// The watchdog is fed by the progress of the one loop that matters, never by a timer: a process that is there but stands
/// still is ended and started again. It is for availability; the coil gate has opened the contactor long before.
public struct ServiceSupervision {
    /// How long the end may take once the outputs are safe: the last records, the meter's last call.
    static let stopPatience = Nanoseconds.seconds(60)

    private let notifier: ServiceNotifier?
    private var feed: WatchdogFeed?
    private var isStopping = false

    /// Takes what the supervisor left in the environment, and removes it, so that no child speaks for this process.
    ///
    /// Call it before any thread is there.
    public init() {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        self.init(
            socket: variable("NOTIFY_SOCKET"), watchdogMicroseconds: variable("WATCHDOG_USEC"),
            watchdogProcess: variable("WATCHDOG_PID"), process: getpid())
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { unsetenv(name) }
    }

    /// - Parameters: the three variables of sd_notify(3) and sd_watchdog_enabled(3), and this process's id.
    init(socket: String?, watchdogMicroseconds: String?, watchdogProcess: String?, process: Int32) {
        notifier = socket.flatMap { ServiceNotifier(socket: $0) }
        guard let period = watchdogMicroseconds.flatMap({ Int64($0) }), (1...Int64.max / 1_000).contains(period),
            watchdogProcess == nil || watchdogProcess == "\(process)"
        else { return }
        feed = WatchdogFeed(period: Nanoseconds(period * 1_000))
    }

    /// Whether a supervisor is there, which starts the firmware again when it has ended.
    public var isSupervised: Bool { notifier != nil }

    /// The start is over; the watchdog counts from now.
    public func ready() { notifier?.send("READY=1") }

    /// Feeds the watchdog where it is time and `progress` has changed since it was fed last. Call it a few times a second.
    public mutating func keepAlive(progress: UInt64) { keepAlive(progress: progress, at: SystemClock.now()) }

    mutating func keepAlive(progress: UInt64, at now: MonotonicInstant) {
        guard feed?.isDue(progress: progress, at: now) == true else { return }
        notifier?.send("WATCHDOG=1")
    }

    /// The end has begun, asked for from outside or not. Said once, however often it is called.
    public mutating func stopping() {
        if isStopping { return }
        isStopping = true
        notifier?.send("STOPPING=1")
    }

    /// The watched loop has ended as it should; nothing feeds the watchdog any more, which gives the rest of the end its time.
    public mutating func loopEnded() {
        stopping()
        if feed != nil { notifier?.send("WATCHDOG_USEC=\(Self.stopPatience.wholeMicroseconds)") }
        feed = nil
    }
}
