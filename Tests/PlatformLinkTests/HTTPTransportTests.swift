import NIOConcurrencyHelpers
import PlatformLink
import Quantities
import Testing

@Suite("The HTTP transport")
struct HTTPTransportTests {
    private func post(
        _ transport: HTTPTransport, _ text: String = "{}", deadline: Nanoseconds = .seconds(60)
    ) async -> Result<String, PlatformLinkError> {
        do throws(PlatformLinkError) {
            let body = try await transport.post(Array(text.utf8), call: "status", deadline: deadline)
            return .success(String(decoding: body, as: UTF8.self))
        } catch {
            return .failure(error)
        }
    }

    @Test("keeps one connection for many calls, and puts chunked bodies together")
    func keepAlive() async throws {
        let seen = NIOLockedValueBox<[Int]>([])
        let server = try await LocalHTTPServer { connection, body in
            seen.withLockedValue { $0.append(connection) }
            return .chunks(body.map { [$0] })
        }
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        for index in 0..<5 { #expect(await post(transport, "call \(index)") == .success("call \(index)")) }
        #expect(seen.withLockedValue { $0 } == [1, 1, 1, 1, 1])
        await transport.close()
        #expect(await post(transport, "after close") == .success("after close"))
        #expect(seen.withLockedValue { $0.last } == 2)
        try await server.stop()
    }

    @Test("makes a new connection when the server said it closes, and when it closed an idle one without saying so")
    func remade() async throws {
        let seen = NIOLockedValueBox<[Int]>([])
        let server = try await LocalHTTPServer { connection, body in
            seen.withLockedValue { $0.append(connection) }
            switch String(decoding: body, as: UTF8.self) {
            case "say": return .bodyThenClose([0x61])
            case "hang up": return .bodyThenHangUp([0x62])
            case "quiet": return connection == 3 ? .hangUp : .body([0x63])
            default: return .body(body)
            }
        }
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        #expect(await post(transport, "say") == .success("a"))
        #expect(await post(transport, "hang up") == .success("b"))
        #expect(await post(transport, "x") == .success("x"))
        // The third connection was used already: the server closes it instead of answering, so a fourth is made.
        #expect(await post(transport, "quiet") == .success("c"))
        #expect(seen.withLockedValue { $0 } == [1, 2, 3, 3, 4])
        try await server.stop()
    }

    @Test("does not repeat a call for ever: a server that only hangs up is unreachable")
    func hangsUp() async throws {
        let calls = NIOLockedValueBox(0)
        let server = try await LocalHTTPServer { _, _ in
            calls.withLockedValue { $0 += 1 }
            return .hangUp
        }
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        guard case .failure(.unreachable(_, let reason)) = await post(transport) else {
            Issue.record("a reply out of nothing")
            return
        }
        #expect(reason.contains("ended before a reply"))
        #expect(calls.withLockedValue { $0 } == 1)
        try await server.stop()
    }

    @Test("refuses half a body, a body over 4 MB, an odd status; and has the next call on a clean connection")
    func badBodies() async throws {
        let server = try await LocalHTTPServer { _, body in
            switch String(decoding: body, as: UTF8.self) {
            case "half": return .halfABody([0x7b])
            case "large": return .body([UInt8](repeating: 0x20, count: HTTPTransport.bodyLimit + 1))
            case "limit": return .body([UInt8](repeating: 0x20, count: HTTPTransport.bodyLimit))
            case "missing": return .status(404, [0x3f])
            case "error": return .status(500, [0x65])
            default: return .body(body)
            }
        }
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        guard case .failure(.unreachable(_, let reason)) = await post(transport, "half") else {
            Issue.record("half a body was taken")
            return
        }
        #expect(reason.contains("ended within a reply"))
        #expect(await post(transport, "next") == .success("next"))
        #expect(
            await post(transport, "large")
                == .failure(
                    .replyTooLarge(
                        call: "status", limit: HTTPTransport.bodyLimit,
                        found: "Content-Length \(HTTPTransport.bodyLimit + 1)")))
        #expect(await post(transport, "next") == .success("next"))
        guard case .success(let text) = await post(transport, "limit") else {
            Issue.record("a body at the limit was refused")
            return
        }
        #expect(text.utf8.count == HTTPTransport.bodyLimit)
        #expect(await post(transport, "missing") == .failure(.httpStatus(call: "status", status: 404)))
        #expect(await post(transport, "error") == .success("e"))
        try await server.stop()
    }

    @Test("gives up at the deadline, and never takes the late answer for the next one's")
    func deadline() async throws {
        let server = try await LocalHTTPServer { connection, body in
            guard connection == 1 else { return .body(body) }
            return .nothing
        }
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        #expect(
            await post(transport, "slow", deadline: .milliseconds(100))
                == .failure(.deadlinePassed(call: "status", after: .milliseconds(100), received: 0)))
        #expect(await post(transport, "next") == .success("next"))
        try await server.stop()
    }

    @Test("names the reason when nobody listens, and reaches a server that came back")
    func noServer() async throws {
        let server = try await LocalHTTPServer { _, body in .body(body) }
        let port = server.port
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        #expect(await post(transport, "a") == .success("a"))
        try await server.stop()
        guard case .failure(.unreachable(let endpoint, let reason)) = await post(transport) else {
            Issue.record("nobody answered")
            return
        }
        #expect(endpoint == "http://127.0.0.1:\(port)")
        #expect(reason.lowercased().contains("refused"))
        let again = try await LocalHTTPServer(port: port) { _, body in .body(body) }
        #expect(await post(transport, "b") == .success("b"))
        try await again.stop()
    }

    @Test("lets go when its task is cancelled")
    func cancelled() async throws {
        let server = try await LocalHTTPServer { _, _ in .nothing }
        let transport = try HTTPTransport(RPCEndpoint(server.address))
        let task = Task { await post(transport, deadline: .seconds(600)) }
        task.cancel()
        guard case .failure(.unreachable) = await task.value else {
            Issue.record("a cancelled call succeeded")
            return
        }
        try await server.stop()
    }

    @Test("refuses to speak TLS with a server that does not, within the deadline")
    func notTLS() async throws {
        let server = try await LocalHTTPServer { _, body in .body(body) }
        let transport = try HTTPTransport(RPCEndpoint("https://127.0.0.1:\(server.port)"))
        let answer = await post(transport, deadline: .seconds(60))
        guard case .failure(.unreachable) = answer else {
            Issue.record("\(answer)")
            return
        }
        try await server.stop()
    }
}

@Suite("A node's address")
struct RPCEndpointTests {
    @Test(
        "is taken apart",
        arguments: [
            ("http://127.0.0.1:26657", "http://127.0.0.1:26657", "127.0.0.1", 26_657),
            ("https://rpc.example.org", "https://rpc.example.org:443", "rpc.example.org", 443),
            ("http://[::1]:80/", "http://[::1]:80", "::1", 80),
            ("https://host/chain/v1", "https://host:443/chain/v1", "host", 443),
        ])
    func good(_ text: String, _ shown: String, _ host: String, _ port: Int) throws {
        let endpoint = try RPCEndpoint(text)
        #expect(endpoint.description == shown)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
    }

    @Test(
        "is refused",
        arguments: [
            "", "127.0.0.1:26657", "ftp://host", "http://", "http://:80", "http://host:", "http://host:0",
            "http://host:65536", "http://host:8x", "http://user:secret@host", "http://host/?a=b", "http://host/#a",
            "http://::1:80", "http://[::1", "http://[::1]x", "http://ho st", "http://host\n", "http://hôst",
            "http://" + String(repeating: "a", count: 2_048),
        ])
    func bad(_ text: String) {
        #expect(throws: PlatformLinkError.self) { try RPCEndpoint(text) }
    }
}
