import Foundation
import NIOSSL
import PlatformLink
import Quantities
import Testing

@Suite("TLS to a node")
struct TLSTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Vectors/tls").path

    private static func server(_ name: String) async throws -> LocalHTTPServer {
        let certificates = try NIOSSLCertificate.fromPEMFile("\(folder)/\(name).pem")
        let key = try NIOSSLPrivateKey(file: "\(folder)/\(name).key", format: .pem)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        return try await LocalHTTPServer(tls: try NIOSSLContext(configuration: configuration)) { _, body in .body(body)
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
}
