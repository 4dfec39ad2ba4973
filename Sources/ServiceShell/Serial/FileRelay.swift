import Glibc
import Quantities

/// Carries a transfer's bytes between a line and the receiver's process, and carries out what `FileReception` decides.
struct FileRelay {
    /// What may wait for the receiver; with more, the line is left to its own flow control.
    private static let mostPending = 65_536

    let line: OpenLine
    let wake: Int32
    let receiver: any FileReceiver
    /// To the receiver; nil before it is started, and after it has closed its end.
    private var descriptor: Int32?
    private var pending: [UInt8] = []

    init(line: OpenLine, wake: Int32, receiver: any FileReceiver) {
        self.line = line
        self.wake = wake
        self.receiver = receiver
    }

    /// Waits until there is something to carry.
    func wait(milliseconds: Int32) -> (hasInput: Bool, isWoken: Bool) {
        let isFull = pending.count >= Self.mostPending
        // poll(2) leaves a negative descriptor out.
        var watched = [
            pollfd(fd: isFull ? -1 : line.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor ?? -1, events: Int16(POLLIN | (pending.isEmpty ? 0 : POLLOUT)), revents: 0),
        ]
        guard poll(&watched, 3, milliseconds) > 0 else { return (false, false) }
        return (watched[0].revents != 0, watched[1].revents != 0)
    }

    mutating func carryOut(_ effects: [FileReception.Effect]) throws(ServiceShellError) {
        for effect in effects {
            switch effect {
            case .start: descriptor = try receiver.start()
            case .toLine(let bytes): _ = try line.write(bytes, orWake: wake)
            case .toReceiver(let bytes): pending += bytes
            }
        }
    }

    /// Passes on what waits in either direction, and notices the receiver's end.
    mutating func pass(_ reception: inout FileReception, at now: MonotonicInstant) throws(ServiceShellError) {
        // Asked first: what an ended receiver said last is still read then.
        let ending = receiver.ending()
        feed()
        while let said = read() { try carryOut(reception.said(said, at: now)) }
        guard let ending else { return }
        try carryOut(reception.ended(ending, content: receiver.content()))
    }

    private mutating func feed() {
        while !pending.isEmpty, let descriptor {
            // Without a signal where the receiver has gone.
            let count = pending.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            // Nobody will read the rest.
            pending.removeFirst(count > 0 ? count : pending.count)
        }
        if descriptor == nil { pending = [] }
    }

    /// What the receiver says; nil where it says nothing now.
    private mutating func read() -> [UInt8]? {
        guard let open = descriptor else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        var count = Glibc.read(open, &buffer, buffer.count)
        while count < 0, errno == EINTR { count = Glibc.read(open, &buffer, buffer.count) }
        if count > 0 { return Array(buffer.prefix(count)) }
        // Its end is closed: it is not asked again, or `poll` would not wait any more.
        if count == 0 || errno != EAGAIN { descriptor = nil }
        return nil
    }
}
