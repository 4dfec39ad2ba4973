import Glibc
public import Quantities

/// The service shell on connections of a local socket; whose they are decides the role.
public final class SocketShell: Sendable {
    private let desk: any ServiceDesk
    private let gate: any LoginGate
    private let monotonic: @Sendable () -> MonotonicInstant
    private let wake: WakePipe

    public init(
        desk: any ServiceDesk, gate: any LoginGate, monotonic: @escaping @Sendable () -> MonotonicInstant
    ) throws(ServiceShellError) {
        self.desk = desk
        self.gate = gate
        self.monotonic = monotonic
        wake = try WakePipe(for: "shell socket")
    }

    /// Serves one connection until the other end closes it, says nothing for ten minutes, or `stop`. The caller closes it.
    public func serve(_ connection: Int32, as technician: Technician) {
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
        let line = OpenLine(descriptor: connection, path: "shell socket")
        var session = ShellSession(
            desk: desk, gate: gate, fixed: technician, probesTerminal: true, at: monotonic())
        defer { session.end() }
        var lastUsed = monotonic()
        do throws(ServiceShellError) {
            guard try line.write(session.greeting(), orWake: wake.read) else { return }
            while true {
                let event = line.wait(orWake: wake.read, milliseconds: 200)
                if event == .woken { return }
                let bytes = event == .input ? try line.read() : []
                let now = monotonic()
                if !bytes.isEmpty { lastUsed = now }
                // One is served at a time: who says nothing for so long leaves the line to the next.
                guard now - lastUsed < LoginState.longestIdle else { return }
                let output = session.tick(at: now) + session.receive(bytes, at: now)
                // Who does not read what he asked for has gone.
                guard try line.write(output, orWake: wake.read) else { return }
            }
        } catch {
            // The other end has closed.
            return
        }
    }

    /// Ends what is being served, and whatever comes later.
    public func stop() { wake.ring() }
}
