internal import Glibc
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A platform on a socket of the loopback interface that answers as an honest node does, but for the case that it is told to
/// be; and that counts what it was asked and what it could get rid of.
public final class HostileServer: Sendable {
    /// What it counted.
    public struct Count: Sendable, Equatable {
        /// Requests by call.
        public var calls: [String: Int] = [:]
        /// Connections taken.
        public var connections = 0
        /// Bytes that the other side, or its kernel, took.
        public var bytes = 0
        /// Requests that were answered with a lie.
        public var lies = 0

        /// All requests.
        public var requests: Int { calls.values.reduce(0, +) }
    }

    /// Answers a request body as an honest node.
    public typealias Honest = @Sendable ([UInt8]) async throws -> [UInt8]

    private struct State {
        var attack: HostileCase?
        var count = Count()
        var first: [String: [UInt8]] = [:]
        var open: [any Channel] = []
    }

    /// Where it listens.
    public let port: Int
    private let state = NIOLockedValueBox(State())
    private let honest: Honest
    private let channel: any Channel

    /// The platform's address.
    public var address: String { "http://127.0.0.1:\(port)" }

    /// What was counted since the last time that it was told what to be.
    public var count: Count { state.withLockedValue { $0.count } }

    /// Listens on a free port.
    public init(honest: @escaping Honest) async throws {
        self.honest = honest
        let owner = NIOLockedValueBox<Weak>(Weak())
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                owner.withLockedValue { $0.server }?.state.withLockedValue { state in
                    state.count.connections += 1
                    state.open = state.open.filter(\.isActive) + [channel]
                }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(
                        RequestCollector { body in
                            await owner.withLockedValue { $0.server }?.answer(body, on: channel)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        owner.withLockedValue { $0.server = self }
    }

    private struct Weak: Sendable {
        weak var server: HostileServer?
    }

    /// Tells it what to be; nil is honest. Counting begins anew.
    public func be(_ attack: HostileCase?) {
        state.withLockedValue { state in
            state.attack = attack
            state.count = Count()
        }
    }

    /// Stops listening.
    public func stop() async throws {
        try await channel.close()
        for open in state.withLockedValue({ $0.open }) { try? await open.close() }
    }

    private func answer(_ body: [UInt8], on channel: any Channel) async {
        do {
            let (method, id, parameters) = try HostileExchange.request(body)
            let attack = state.withLockedValue { state in
                state.count.calls[method, default: 0] += 1
                return state.attack
            }
            // A transaction that is lied about never reaches the honest node.
            let isSending = method.hasPrefix("broadcast")
            let reply = isSending ? [] : try await honest(body)
            let kind = "\(method) \(parameters["data"] ?? "")"
            let first = state.withLockedValue { state in
                guard let first = state.first[kind] else {
                    state.first[kind] = reply
                    return nil as [UInt8]?
                }
                return first
            }
            let honest = honest
            let exchange = HostileExchange(
                method: method, id: id, parameters: parameters, honest: reply, first: first,
                ask: { try await honest(HostileExchange.text($0, $1)) })
            guard let lie = try await attack?.attack(exchange) else {
                return await send(.body(isSending ? try await honest(body) : reply), on: channel)
            }
            state.withLockedValue { $0.count.lies += 1 }
            await send(lie, on: channel)
        } catch {
            try? await channel.close()
        }
    }

    private func send(_ answer: HostileAnswer, on channel: any Channel) async {
        switch answer {
        case .body(let body):
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
            _ = await write(Array(head.utf8) + body, on: channel)
        case .bytes(let bytes, let ending):
            if !bytes.isEmpty { _ = await write(bytes, on: channel) }
            switch ending {
            case .stays: break
            case .closes: try? await channel.close()
            case .resets:
                // Closing with a linger of zero sends a reset in place of the end.
                try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                try? await channel.close()
            }
        case .endless(let begin, let more):
            guard await write(begin, on: channel) else { return }
            while await write(more, on: channel) {}
        case .drip(let begin):
            guard await write(begin, on: channel) else { return }
            while await write([0x20], on: channel) { try? await Task.sleep(for: .milliseconds(20)) }
        }
    }

    /// Whether the other side's kernel took it.
    private func write(_ bytes: [UInt8], on channel: any Channel) async -> Bool {
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        } catch {
            return false
        }
        state.withLockedValue { $0.count.bytes += bytes.count }
        return true
    }

    /// Collects request bodies.
    private final class RequestCollector: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        private let take: @Sendable ([UInt8]) async -> Void
        private var body: [UInt8] = []

        init(_ take: @escaping @Sendable ([UInt8]) async -> Void) {
            self.take = take
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = []
            case .body(let part): body.append(contentsOf: part.readableBytesView)
            case .end:
                let (take, request) = (take, body)
                Task { await take(request) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
