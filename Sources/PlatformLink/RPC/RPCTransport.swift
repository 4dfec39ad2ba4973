public import Quantities

/// One way to carry a request body to a node and bring its reply body back.
///
/// The light client's side sees only this, so that a test can stand in for a node without a socket.
public protocol RPCTransport: Sendable {
    /// Address for logs and errors.
    var endpoint: String { get }

    /// Sends one body and gives the whole reply body.
    ///
    /// - Parameters:
    ///   - body: JSON text.
    ///   - call: Name of the call, for errors.
    ///   - deadline: Longest time from now until the whole reply is here; connecting is included.
    /// - Throws: `unreachable`, `deadlinePassed`, `replyTooLarge`, `httpStatus`.
    func post(_ body: [UInt8], call: String, deadline: Nanoseconds) async throws(PlatformLinkError) -> [UInt8]

    /// Closes what is open. Calls still in flight fail as unreachable; a later call opens anew.
    func close() async
}
