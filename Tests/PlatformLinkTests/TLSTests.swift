import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import PlatformLink
import Quantities
import Testing

@Suite("TLS to a node")
struct TLSTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Vectors/tls").path

    private static func server(
        _ name: String, answer: @escaping @Sendable ([UInt8]) -> LocalHTTPServer.Answer = { .body($0) }
    ) async throws -> LocalHTTPServer {
        let certificates = try NIOSSLCertificate.fromPEMFile("\(folder)/\(name).pem")
        let key = try NIOSSLPrivateKey(file: "\(folder)/\(name).key", format: .pem)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        return try await LocalHTTPServer(tls: try NIOSSLContext(configuration: configuration)) { _, body in
            answer(body)
        }
    }

    private static func post(_ server: LocalHTTPServer, trusting name: String?) async throws -> PlatformLinkError? {
        let transport = try HTTPTransport(
            RPCEndpoint(server.address), trustRoots: name.map { "\(folder)/\($0).pem" })
        do throws(PlatformLinkError) {
            let reply = try await transport.post(Array("hello".utf8), call: "status", deadline: .seconds(60))
            #expect(reply == Array("hello".utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("reaches a node whose certificate the configured authority made for that address")
    func trusted() async throws {
        let server = try await Self.server("loopback")
        #expect(try await Self.post(server, trusting: "loopback") == nil)
        try await server.stop()
    }

    @Test("refuses a certificate of an unknown authority, and one for another host by a known one")
    func untrusted() async throws {
        let server = try await Self.server("loopback")
        for name in [nil, "elsewhere"] as [String?] {
            guard case .unreachable? = try await Self.post(server, trusting: name) else {
                Issue.record("believed an unknown authority")
                return
            }
        }
        try await server.stop()
        let elsewhere = try await Self.server("elsewhere")
        guard case .unreachable? = try await Self.post(elsewhere, trusting: "elsewhere") else {
            Issue.record("believed a certificate for another host")
            return
        }
        try await elsewhere.stop()
    }

    @Test("says which file it could not read")
    func noRoots() throws {
        #expect(throws: PlatformLinkError.self) {
            try HTTPTransport(RPCEndpoint("https://127.0.0.1"), trustRoots: "\(Self.folder)/missing.pem")
        }
    }

    /// A server that is none: sends these bytes to whoever connects, then ends.
    private static func sham(_ bytes: [UInt8]) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ShamHandler(bytes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private final class ShamHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let bytes: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // Once the device has said hello. Its own end stays open until the device closes: a socket closed over what it
            // has not read resets the connection, and then these bytes never arrive.
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
            context.close(mode: .output, promise: nil)
        }
    }

    @Test("that is no TLS, is cut off in its handshake, or within a reply, is named apart")
    func cut() async throws {
        var lines: [String] = []
        // Plain text; an alert; the first bytes of a handshake record, and no more.
        for bytes in [Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [0x15, 3, 3, 0, 2, 2, 40], [0x16, 3, 3, 0x20]] {
            let server = try await Self.sham(bytes)
            let transport = try HTTPTransport(
                RPCEndpoint("https://127.0.0.1:\(server.localAddress?.port ?? 0)"),
                trustRoots: "\(Self.folder)/loopback.pem")
            do throws(PlatformLinkError) {
                _ = try await transport.post([0x7b], call: "status", deadline: .seconds(60))
                Issue.record("a reply out of nothing")
            } catch {
                guard case .unreachable(_, let reason) = error else {
                    Issue.record("\(error)")
                    continue
                }
                lines.append(reason)
            }
            try await server.close()
        }
        let server = try await Self.server("loopback") { _ in .halfABody([0x7b]) }
        guard case .unreachable(_, let reason)? = try await Self.post(server, trusting: "loopback") else {
            Issue.record("half a body was taken")
            return
        }
        lines.append(reason)
        try await server.stop()
        #expect(Set(lines).count == 4, "\(lines)")
        // Whether the library or the socket notices the end of a cut handshake first is a race; it is named either way.
        let words = ["WRONG_VERSION_NUMBER", "SSLV3_ALERT_HANDSHAKE_FAILURE", "", "within a reply"]
        for (line, words) in zip(lines, words) { #expect(words.isEmpty || line.contains(words), "\(line)") }
        #expect(lines.allSatisfy { !$0.contains("/") }, "no paths of the library's sources: \(lines)")
    }
}
