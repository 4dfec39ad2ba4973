import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import Quantities

/// Posts bodies to one endpoint over one HTTP/1.1 connection that is kept alive and re-made when it ended.
///
/// A connection that the server closed while it was idle is noticed only when the next request is written to it; such
/// a request, of which no reply byte came, is sent once more on a fresh connection. All calls made here may be
/// repeated without harm.
public actor HTTPTransport: RPCTransport {
    /// Largest reply body that is read: 4 MB (DECISIONS: JSON from outside is bounded).
    public static let bodyLimit = 4 << 20
    /// Most bytes of one reply on the line, with whatever frames its body.
    static let lineLimit = 2 * bodyLimit
    /// Longest wait for TCP and TLS to be set up.
    static let connectLimit = Nanoseconds.seconds(5)

    public nonisolated let endpoint: String
    private let address: RPCEndpoint
    private let group: MultiThreadedEventLoopGroup
    private let tls: NIOSSLContext?
    private var connection: Connection?

    private struct Connection {
        let channel: any Channel
        let progress: ReplyProgress
        let earlyEnd: EarlyEnd
    }

    /// Makes a transport. No connection is opened yet.
    ///
    /// - Parameters:
    ///   - address: Where to post.
    ///   - trustRoots: PEM file with the authorities to believe for https; nil means the system's.
    ///   - identity: The certificate shown to a node that asks for one; nil shows none.
    /// - Throws: `tlsSetup` when the trust roots, or the certificate and its key, cannot be used.
    public init(
        _ address: RPCEndpoint, trustRoots: String? = nil, identity: TLSIdentity? = nil
    ) throws(PlatformLinkError) {
        self.address = address
        endpoint = address.description
        tls = try TLSIdentity.context(for: address, trustRoots: trustRoots, identity: identity)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    deinit {
        group.shutdownGracefully { _ in }
    }

    public func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        invariant(deadline > .zero, "the deadline of a call lies in the future")
        let end = NIODeadline.now() + .nanoseconds(deadline.rawValue)
        var mayRepeat = true
        while true {
            let (connection, isFresh) = try await openConnection(call: call, end: end, deadline: deadline)
            do {
                let reply = try await exchange(body, on: connection, end: end)
                return try Self.body(of: reply, call: call)
            } catch let error as PlatformLinkError {
                throw error
            } catch HTTPExchangeError.connectionEnded(answered: false) where !isFresh && mayRepeat {
                mayRepeat = false
                continue
            } catch let error as IOError where Self.isReset(error) && !isFresh && mayRepeat {
                mayRepeat = false
                continue
            } catch HTTPExchangeError.deadlinePassed {
                throw .deadlinePassed(call: call, after: deadline, received: connection.progress.received)
            } catch HTTPExchangeError.bodyTooLarge(let found) {
                throw .replyTooLarge(call: call, limit: Self.bodyLimit, found: found)
            } catch HTTPExchangeError.lineLimitPassed(let body) {
                throw .replyTooLarge(
                    call: call, limit: Self.lineLimit, found: "so much on the line for \(body) bytes of body")
            } catch {
                throw .unreachable(endpoint: endpoint, reason: "\(call): \(Self.reason(of: error))")
            }
        }
    }

    /// The body of a reply that may be read.
    private static func body(of reply: HTTPReply, call: String) throws(PlatformLinkError) -> [UInt8] {
        // An RPC error may come with HTTP 500 and a JSON body that says more than the status.
        guard reply.status == 200 || (reply.status == 500 && !reply.body.isEmpty) else {
            throw .httpStatus(call: call, status: Int(reply.status))
        }
        if let reason = reply.unreadableReason { throw .replyMalformed(call: call, reason: reason) }
        return reply.body
    }

    public func close() async {
        let open = connection
        connection = nil
        try? await open?.channel.close()
    }

    private func exchange(
        _ body: [UInt8], on connection: Connection, end: NIODeadline
    ) async throws -> HTTPReply {
        let channel = connection.channel
        do {
            return try await exchange(body, channel, earlyEnd: connection.earlyEnd, end: end)
        } catch {
            // Whatever went wrong, what comes on this connection from now on answers nobody.
            if let kept = self.connection, kept.channel === channel { self.connection = nil }
            channel.close(promise: nil)
            throw error
        }
    }

    private func exchange(
        _ body: [UInt8], _ channel: any Channel, earlyEnd: EarlyEnd, end: NIODeadline
    ) async throws -> HTTPReply {
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: address.path)
        head.headers.add(name: "Host", value: address.hostHeader)
        head.headers.add(name: "Content-Type", value: "application/json")
        head.headers.add(name: "Content-Length", value: String(body.count))
        head.headers.add(name: "User-Agent", value: "wattseal")
        let promise = channel.eventLoop.makePromise(of: HTTPReply.self)
        let timer = channel.eventLoop.scheduleTask(deadline: end) {
            // The promise fails before the close, so that the reason is the deadline and not the closed connection.
            promise.fail(HTTPExchangeError.deadlinePassed)
            channel.close(promise: nil)
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        let exchange = HTTPExchange(head: head, body: ByteBuffer(bytes: body), reply: promise)
        // On a channel that closed meanwhile no handler is left to see the exchange: then the write itself fails.
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenFailure { _ in promise.fail(earlyEnd.error) }
        channel.writeAndFlush(exchange, promise: written)
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func openConnection(
        call: String, end: NIODeadline, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> (connection: Connection, isFresh: Bool) {
        if let connection, connection.channel.isActive { return (connection, false) }
        connection = nil
        let left = end - .now()
        guard left > .nanoseconds(0) else { throw .deadlinePassed(call: call, after: deadline, received: 0) }
        let limit = min(left, .nanoseconds(Self.connectLimit.rawValue))
        let tls = self.tls
        let progress = ReplyProgress()
        let earlyEnd = EarlyEnd()
        let serverName = address.serverName
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(limit)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    }
                    try pipeline.addHandler(ReplyByteCounter(limit: Self.lineLimit, progress: progress))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(HTTPExchangeHandler(bodyLimit: Self.bodyLimit, earlyEnd: earlyEnd))
                }
            }
        do {
            let opened = try await bootstrap.connect(host: address.host, port: address.port).get()
            if let raced = connection, raced.channel.isActive {
                // Another call opened one while this one waited: one connection is enough.
                opened.close(promise: nil)
                return (raced, false)
            }
            let fresh = Connection(channel: opened, progress: progress, earlyEnd: earlyEnd)
            connection = fresh
            return (fresh, true)
        } catch {
            throw .unreachable(endpoint: endpoint, reason: Self.reason(of: error))
        }
    }

    private static func isReset(_ error: IOError) -> Bool {
        error.errnoCode == ECONNRESET || error.errnoCode == EPIPE
    }

    /// The library's names for what went wrong, without the places in its sources.
    private static func tlsWords(of error: any Error) -> String {
        let text = "\(error)"
        let names = text.split(separator: "OPENSSL_internal:").dropFirst().map { $0.prefix { $0 != " " && $0 != "]" } }
        return NodeClient.shown(names.isEmpty ? text : names.joined(separator: ", "))
    }

    private static func reason(of error: any Error) -> String {
        switch error {
        case HTTPExchangeError.connectionEnded(let answered):
            return answered ? "the connection ended within a reply" : "the connection ended before a reply"
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(of: first.error) }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name \(error.host) is not known" }
            return "no connection"
        case HTTPParserError.invalidEOFState:
            return "the connection ended within a reply"
        case let error as IOError:
            return error.description
        case NIOSSLError.handshakeFailed(let cause):
            return "TLS handshake: \(tlsWords(of: cause))"
        case let error as ChannelError:
            return "\(error)"
        default:
            return "\(error)"
        }
    }
}
