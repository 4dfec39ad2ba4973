import Glibc
public import Quantities
import Synchronization

/// The service shell on a serial device, on a thread of its own.
///
/// The thread blocks in `poll`, which a task of the cooperative pool must not. A device that goes away (an unplugged USB
/// cable) ends the session; the line then tries once a second to open it again.
public final class SerialLine: Sendable {
    /// The device, and how it is used.
    public struct Port: Sendable {
        public var path: String
        public var speed: SerialSpeed
        /// Whether the lost carrier of a modem line logs out; only where the cable has that wire.
        public var watchesCarrier: Bool

        public init(path: String, speed: SerialSpeed = .usual, watchesCarrier: Bool = false) {
            self.path = path
            self.speed = speed
            self.watchesCarrier = watchesCarrier
        }
    }

    let port: Port
    private let desk: any ServiceDesk
    private let gate: any LoginGate
    /// nil where no file can come in.
    let receiver: (any FileReceiver)?
    let monotonic: @Sendable () -> MonotonicInstant
    let log: @Sendable (String) -> Void
    let wake: WakePipe
    private let thread: Mutex<pthread_t?> = Mutex(nil)

    /// A shell on a device; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - receiver: takes the files that a person's terminal sends; nil where none can.
    ///   - log: Gets one line when the device comes, goes, or cannot be opened, and when a file came in or did not.
    public init(
        _ port: Port, desk: any ServiceDesk, gate: any LoginGate, receiver: (any FileReceiver)? = nil,
        monotonic: @escaping @Sendable () -> MonotonicInstant, log: @escaping @Sendable (String) -> Void
    ) throws(ServiceShellError) {
        wake = try WakePipe(for: port.path)
        self.port = port
        self.desk = desk
        self.gate = gate
        self.receiver = receiver
        self.monotonic = monotonic
        self.log = log
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
        wake.ring()
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
                let device = try SerialDevice.opened(at: port.path, speed: port.speed)
                log("service shell on \(port.path)")
                lastComplaint = nil
                try serve(device)
            } catch {
                // The same complaint each second would fill the log.
                if error != lastComplaint { log("\(error)") }
                lastComplaint = error
            }
        } while !wake.isRung(within: 1_000)
    }

    private func serve(_ device: borrowing SerialDevice) throws(ServiceShellError) {
        let line = device.line
        var session = ShellSession(
            desk: desk, gate: gate, probesTerminal: true, hasSpeed: true, canHandOver: receiver != nil, at: monotonic())
        var (speed, set) = (LineSpeed(configured: port.speed), port.speed)
        var symbols = SerialSymbols(overruns: device.overruns)
        var isRead = try line.write(session.greeting(), orWake: wake.read)
        defer { session.end() }
        while true {
            let event = line.wait(
                orWake: wake.read,
                milliseconds: session.wantsTicks || port.watchesCarrier || speed.wantsTicks ? 200 : -1)
            if event == .woken { return }
            let bytes = event == .input ? try line.read() : []
            let carrier = port.watchesCarrier ? device.hasCarrier : nil
            let received = symbols.take(bytes, overruns: bytes.isEmpty ? nil : device.overruns, carrier: carrier)
            let now = monotonic()
            // A login that is over has ended before the next line is taken.
            let output = session.tick(at: now) + session.receive(received, at: now)
            let wasSent = try line.write(output, orWake: wake.read)
            if isRead, !wasSent { log("\(port.path): nobody reads, output dropped") }
            isRead = wasSent
            speed.note(received, at: now)
            if session.takeProofOfSpeed() { speed.confirm() }
            if let wish = session.takeWishedSpeed() { speed.change(to: wish, at: monotonic()) }
            speed.tick(at: monotonic())
            if speed.current != set {
                try device.set(speed.current)
                set = speed.current
                log("\(port.path): \(set.baud) baud")
            }
            if session.handover != nil, try !receiveFile(device, &session, &symbols) { return }
        }
    }
}
