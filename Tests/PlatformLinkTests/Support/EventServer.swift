import Crypto
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A WebSocket server on the loopback interface, written by hand, whose every byte after the handshake a test decides.
final class EventServer: Sendable {
    /// What it does once a connection is taken over.
    enum Mood: Sendable {
        /// The same bytes over and over, until the other side closes.
        case flood([UInt8])
        /// These bytes; then it hangs up.
        case bytes([UInt8])
        /// It declines the upgrade.
        case declines
        /// It accepts with a key that is not the answer to ours.
        case wrongKey
    }

    /// What it counted.
    struct Count: Equatable, Sendable {
        var connections = 0
        /// Pieces that the other side, or its kernel, took.
        var sent = 0
        /// What the other side's first frame says.
        var subscription = ""
    }

    let port: Int
    private let channel: any Channel
    private let state = NIOLockedValueBox(Count())

    var count: Count { state.withLockedValue { $0 } }
    var address: String { "http://127.0.0.1:\(port)" }

    /// A text frame as a server sends it; at most 65 535 bytes.
    static func frame(_ text: String) -> [UInt8] {
        let body = Array(text.utf8)
        let length = body.count < 126 ? [UInt8(body.count)] : [126, UInt8(body.count >> 8), UInt8(body.count & 255)]
        return [0x81] + length + body
    }

    init(_ mood: Mood) async throws {
        let state = state
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                state.withLockedValue { $0.connections += 1 }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handshake(mood: mood, state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }

    private final class Handshake: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let mood: Mood
        private let state: NIOLockedValueBox<Count>
        private var received: [UInt8] = []
        private var isUpgraded = false

        init(mood: Mood, state: NIOLockedValueBox<Count>) {
            self.mood = mood
            self.state = state
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += unwrapInboundIn(data).readableBytesView
            if isUpgraded { return subscribed(context) }
            let text = String(decoding: received, as: UTF8.self)
            guard text.hasSuffix("\r\n\r\n") else { return }
            received = []
            let key = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }
                .map { $0.dropFirst(18).trimmingCharacters(in: .whitespaces) }
            guard let key, text.hasPrefix("GET /websocket "), !isDeclining else {
                return write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", context)
            }
            isUpgraded = true
            let answered = isWrong ? "wrong" : key
            let hash = Insecure.SHA1.hash(data: Data("\(answered)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
            write(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: \(Data(hash).base64EncodedString())\r\n\r\n", context)
        }

        private var isDeclining: Bool { if case .declines = mood { true } else { false } }
        private var isWrong: Bool { if case .wrongKey = mood { true } else { false } }

        /// The first frame is here: a short header, the mask, the masked text.
        private func subscribed(_ context: ChannelHandlerContext) {
            guard received.count > 6, state.withLockedValue({ $0.subscription }).isEmpty else { return }
            let length = Int(received[1] & 0x7f)
            guard length < 126, received.count >= 6 + length else { return }
            let mask = received[2..<6]
            let text = (0..<length).map { received[6 + $0] ^ mask[2 + $0 % 4] }
            state.withLockedValue { $0.subscription = String(decoding: text, as: UTF8.self) }
            let (mood, state, channel) = (mood, state, context.channel)
            Task {
                func send(_ bytes: [UInt8]) async -> Bool {
                    guard (try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))) != nil else { return false }
                    state.withLockedValue { $0.sent += 1 }
                    return true
                }
                switch mood {
                case .flood(let bytes): while await send(bytes) {}
                case .bytes(let bytes):
                    _ = await send(bytes)
                    try? await channel.close()
                case .declines, .wrongKey: break
                }
            }
        }

        private func write(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
        }
    }
}
