internal import PacketSockets
public import Quantities
internal import Synchronization

/// Why a request has no answer.
public enum UpdaterFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// It did not reach the updater.
    case unreachable(String)
    /// It went out, and whether it was done is not known.
    case unanswered(String)

    public var description: String {
        switch self {
        case .unreachable(let reason): "the updater cannot be reached: \(reason)"
        case .unanswered(let reason): "the updater did not answer: \(reason)"
        }
    }
}

/// The daemon's side of the updater's socket. One request at a time; a connection that is gone is made anew.
public final class UpdaterClient: Sendable {
    private let path: String
    private let connection = Mutex<PacketSocket?>(nil)

    public init(path: String) { self.path = path }

    /// Asks, and waits for the answer.
    public func ask(_ request: UpdaterRequest, within patience: Nanoseconds) throws(UpdaterFault) -> UpdaterReply {
        let packet = request.encoded()
        let result = connection.withLock { held -> Result<UpdaterReply, UpdaterFault> in
            let deadline = Monotonic.nanoseconds() + patience.rawValue
            do throws(UpdaterFault) {
                let socket = try sent(packet, over: held, before: deadline)
                // After whatever goes wrong from here on, an answer may still come: nobody is to take it for another's.
                held = nil
                let reply = try Self.received(from: socket, before: deadline)
                held = socket
                return .success(reply)
            } catch {
                held = nil
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Sends over the connection that is there, or, where the updater has been started anew since, over a new one.
    private func sent(
        _ packet: [UInt8], over held: PacketSocket?, before deadline: Int64
    ) throws(UpdaterFault) -> PacketSocket {
        if let held, (try? held.send(packet, before: deadline)) != nil { return held }
        do throws(PacketSocket.Fault) {
            let new = try PacketSocket(connectingTo: path)
            try new.send(packet, before: deadline)
            return new
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private static func received(
        from socket: PacketSocket, before deadline: Int64
    ) throws(UpdaterFault) -> UpdaterReply {
        let packet: [UInt8]
        do throws(PacketSocket.Fault) {
            packet = try socket.receive(maximum: UpdaterWire.mostReply, before: deadline)
        } catch {
            throw .unanswered("\(error)")
        }
        do { return try UpdaterReply(decoding: packet) } catch { throw .unanswered("\(error)") }
    }
}
