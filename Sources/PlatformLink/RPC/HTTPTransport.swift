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
    /// Longest wait for TCP and TLS to be set up.
    static let connectLimit = Nanoseconds.seconds(5)

    public nonisolated let endpoint: String
    private let address: RPCEndpoint
    private let group: MultiThreadedEventLoopGroup
    private let tls: NIOSSLContext?
    private var connection: (any Channel)?

    /// Makes a transport. No connection is opened yet.
    ///
    /// - Parameters:
    ///   - address: Where to post.
    ///   - trustRoots: PEM file with the authorities to believe for https; nil means the system's.
    /// - Throws: `tlsSetup` when the trust roots cannot be read.
    public init(_ address: RPCEndpoint, trustRoots: String? = nil) throws(PlatformLinkError) {
        self.address = address
        endpoint = address.description
        if address.isSecure {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            if let trustRoots { configuration.trustRoots = .file(trustRoots) }
            do {
                tls = try NIOSSLContext(configuration: configuration)
            } catch {
                throw .tlsSetup(endpoint: address.description, reason: String(describing: error))
            }
        } else {
            tls = nil
        }
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
            let (channel, isFresh) = try await openConnection(call: call, end: end, deadline: deadline)
            do {
                let reply: HTTPReply
                do {
                    reply = try await exchange(body, on: channel, end: end)
                } catch {
                    // Whatever went wrong, what comes on this connection from now on answers nobody.
                    if let connection, connection === channel { self.connection = nil }
                    channel.close(promise: nil)
                    throw error
                }
                guard reply.status == 200 || !reply.body.isEmpty else {
                    throw PlatformLinkError.httpStatus(call: call, status: Int(reply.status))
                }
                // An RPC error may come with HTTP 500 and a JSON body that says more than the status.
                guard reply.status == 200 || reply.status == 500 else {
                    throw PlatformLinkError.httpStatus(call: call, status: Int(reply.status))
                }
                return reply.body
            } catch let error as PlatformLinkError {
                throw error
            } catch HTTPExchangeError.connectionEnded(answered: false) where !isFresh && mayRepeat {
                mayRepeat = false
                continue
            } catch let error as IOError where Self.isReset(error) && !isFresh && mayRepeat {
                mayRepeat = false
                continue
            } catch HTTPExchangeError.deadlinePassed {
                throw .deadlinePassed(call: call, after: deadline)
            } catch HTTPExchangeError.bodyTooLarge {
                throw .replyTooLarge(call: call, limit: Self.bodyLimit)
            } catch {
                throw .unreachable(endpoint: endpoint, reason: "\(call): \(Self.reason(of: error))")
            }
        }
    }

    public func close() async {
        let open = connection
        connection = nil
        try? await open?.close()
    }

    private func exchange(_ body: [UInt8], on channel: any Channel, end: NIODeadline) async throws -> HTTPReply {
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
        written.futureResult.whenFailure { _ in promise.fail(HTTPExchangeError.connectionEnded(answered: false)) }
        channel.writeAndFlush(exchange, promise: written)
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func openConnection(
        call: String, end: NIODeadline, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> (channel: any Channel, isFresh: Bool) {
        if let connection, connection.isActive { return (connection, false) }
        connection = nil
        let left = end - .now()
        guard left > .nanoseconds(0) else { throw .deadlinePassed(call: call, after: deadline) }
        let limit = min(left, .nanoseconds(Self.connectLimit.rawValue))
        let tls = self.tls
        // A name that is an IP literal is checked against the certificate's addresses and is not sent as SNI.
        let serverName = (try? SocketAddress(ipAddress: address.host, port: address.port)) == nil ? address.host : nil
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(limit)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(HTTPExchangeHandler(bodyLimit: Self.bodyLimit))
                }
            }
        do {
            let opened = try await bootstrap.connect(host: address.host, port: address.port).get()
            if let raced = connection, raced.isActive {
                // Another call opened one while this one waited: one connection is enough.
                opened.close(promise: nil)
                return (raced, false)
            }
            connection = opened
            return (opened, true)
        } catch {
            throw .unreachable(endpoint: endpoint, reason: Self.reason(of: error))
        }
    }

    private static func isReset(_ error: IOError) -> Bool {
        error.errnoCode == ECONNRESET || error.errnoCode == EPIPE
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
        case let error as ChannelError:
            return "\(error)"
        default:
            return "\(error)"
        }
    }
}
