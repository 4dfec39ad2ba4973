import Foundation
import NIOConcurrencyHelpers
import NIOSSL
import PlatformLink
import Quantities
import Testing

/// A node that lets only known devices connect: TLS with a certificate on both sides.
@Suite("A client certificate")
struct ClientCertificateTests {
    private static let vectors = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Vectors/tls").path

    /// A copy of a key that its owner alone can read, as a device keeps it.
    private static func key(_ name: String, mode: Int = 0o600) throws -> String {
        let path = NSTemporaryDirectory() + "\(UUID().uuidString).key"
        try FileManager.default.copyItem(atPath: "\(vectors)/\(name).key", toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    private static func identity(
        _ name: String, key: String? = nil, mode: Int = 0o600, otherKeys: [[UInt8]] = []
    ) throws -> TLSIdentity {
        TLSIdentity(
            certificate: "\(vectors)/\(name).pem", key: try Self.key(key ?? name, mode: mode), otherKeys: otherKeys)
    }

    /// A server that asks for a certificate and takes `client` alone.
    private static func server(_ calls: NIOLockedValueBox<Int>) async throws -> LocalHTTPServer {
        let chain = try NIOSSLCertificate.fromPEMFile("\(vectors)/loopback.pem")
        let key = try NIOSSLPrivateKey(file: "\(vectors)/loopback.key", format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .file("\(vectors)/client.pem")
        return try await LocalHTTPServer(tls: try NIOSSLContext(configuration: configuration)) { _, body in
            calls.withLockedValue { $0 += 1 }
            return .body(body)
        }
    }

    private static func post(_ server: LocalHTTPServer, _ identity: TLSIdentity?) async throws -> PlatformLinkError? {
        do throws(PlatformLinkError) {
            let transport = try HTTPTransport(
                RPCEndpoint(server.address), trustRoots: "\(vectors)/loopback.pem", identity: identity)
            let reply = try await transport.post(Array("hello".utf8), call: "status", deadline: .seconds(60))
            #expect(reply == Array("hello".utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("is shown to a node that asks for one, which then answers; without it, or with another, nothing is answered")
    func shown() async throws {
        let calls = NIOLockedValueBox(0)
        let server = try await Self.server(calls)
        #expect(try await Self.post(server, Self.identity("client")) == nil)
        #expect(calls.withLockedValue { $0 } == 1)
        for identity in [nil, try Self.identity("loopback")] {
            guard case .unreachable? = try await Self.post(server, identity) else {
                Issue.record("a device without the certificate was answered")
                return
            }
        }
        #expect(calls.withLockedValue { $0 } == 1)
        try await server.stop()
    }

    @Test(
        "over another kind of key, a key that signs records, a key that others can read, a key of another certificate")
    func refused() async throws {
        let address = try RPCEndpoint("https://127.0.0.1:1")
        let der = try NIOSSLCertificate.fromPEMFile("\(Self.vectors)/client.pem")[0].extractPublicKey().toSPKIBytes()
        let point = Array(der.suffix(65))
        let cases: [(TLSIdentity, String)] = [
            (try Self.identity("client-rsa"), "expected P-256"),
            (try Self.identity("client", otherKeys: [[4], point]), "a key that signs records"),
            (try Self.identity("client", mode: 0o640), "mode 640, expected 600"),
            (try Self.identity("client", key: "loopback"), "https://127.0.0.1:1"),
            (TLSIdentity(certificate: "\(Self.vectors)/client.pem", key: "/nonexistent"), "cannot be read"),
        ]
        for (identity, words) in cases {
            do throws(PlatformLinkError) {
                _ = try HTTPTransport(address, identity: identity)
                Issue.record("taken: \(words)")
            } catch {
                #expect("\(error)".contains(words), "\(error)")
            }
        }
        // Plain HTTP shows nothing, so there is nothing to check.
        _ = try HTTPTransport(RPCEndpoint("http://127.0.0.1:1"), identity: cases[0].0)
    }
}
