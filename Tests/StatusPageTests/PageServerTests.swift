import Foundation
import NIOCore
import Testing

@testable import StatusPage

@Suite("The status page's server", .serialized)
struct PageServerTests {
    private let body = "{\"a\":1}"
    private let request = "GET /status.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    /// Runs a server for one test.
    private func serving<Result>(
        _ limits: PageLimits = PageLimits(), big: Int = 0, _ use: (UInt16) throws -> Result
    ) throws -> Result {
        let body = body
        let server = try PageServer.start(at: .anyPort(), limits: limits) { path in
            switch path {
            case "/": StatusPage.answer
            case "/status.json": .json(body)
            case "/big": PageAnswer(contentType: "text/plain", body: [UInt8](repeating: 0x78, count: big))
            default: nil
            }
        }
        defer { server.stop() }
        return try use(server.port)
    }

    private func answer(to text: String, port: UInt16) throws -> RawAnswer? {
        let connection = try RawConnection(port: port)
        connection.send(text)
        return connection.receiveAnswer()
    }

    @Test("a page, and HEAD, with the headers that keep it in its place")
    func get() throws {
        try serving { port in
            let found = try #require(try answer(to: request, port: port))
            #expect(found.status == 200)
            #expect(found.text == body)
            #expect(found.header("content-type") == "application/json")
            #expect(found.header("cache-control") == "no-store")
            #expect(found.header("x-content-type-options") == "nosniff")
            #expect(found.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'")
            #expect(found.header("set-cookie") == nil)
            #expect(found.header("access-control-allow-origin") == nil)

            let connection = try RawConnection(port: port)
            connection.send(
                request.replacingOccurrences(of: "GET", with: "HEAD").replacingOccurrences(
                    of: "\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
            let (text, isClosed) = connection.receiveAll()
            #expect(isClosed)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("Content-Length: \(body.utf8.count)\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"), "HEAD has no body: \(text)")
        }
    }

    @Test("the document lets only its own style and script run")
    func document() throws {
        try serving { port in
            let found = try #require(
                try answer(to: "GET / HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n", port: port))
            #expect(found.header("content-type") == "text/html; charset=utf-8")
            let policy = try #require(found.header("content-security-policy"))
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
            #expect(!policy.contains("unsafe"))
            let text = found.text
            for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
                let parts = text.components(separatedBy: "<\(tag)>")
                #expect(parts.count == 2, "one \(tag)")
                let content = try #require(parts.last?.components(separatedBy: "</\(tag)>").first)
                let hash = try sha256(content)
                #expect(policy.contains("\(directive) '\(hash)'"))
            }
            // Nothing comes from elsewhere, and nothing is written into the document as markup.
            for word in ["http://", "https://", "innerHTML", "<!-- style", "<!-- script", "@import", "url("] {
                let own = text.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
                #expect(!own.contains(word), "\(word)")
            }
        }
    }

    /// By another implementation.
    private func sha256(_ text: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "sha256sum | cut -c1-64 | xxd -r -p 2>/dev/null | base64"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return "sha256-" + String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("a request cut at every place, and a byte at a time, is the same request")
    func chunkings() throws {
        let bytes = Array(request.utf8)
        try serving { port in
            let whole = try #require(try answer(to: request, port: port))
            let connection = try RawConnection(port: port)
            for cut in 1..<bytes.count {
                connection.send(Array(bytes[..<cut]))
                usleep(300)
                connection.send(Array(bytes[cut...]))
                #expect(connection.receiveAnswer() == whole, "cut at \(cut)")
            }
            for byte in bytes {
                connection.send([byte])
                usleep(300)
            }
            #expect(connection.receiveAnswer() == whole)
            // Several at once are answered in order, each whole.
            connection.send(request + request.replacingOccurrences(of: "GET", with: "HEAD") + request)
            #expect(connection.receiveAnswer() == whole)
            let text = whole.head
            var head = [UInt8](repeating: 0, count: text.utf8.count)
            #expect(recv(connection.descriptor, &head, head.count, Int32(MSG_WAITALL)) == head.count)
            #expect(String(decoding: head, as: UTF8.self) == text)
            #expect(connection.receiveAnswer() == whole)
        }
    }

    static let refused: [(name: String, request: String, status: Int)] = [
        ("another site's name", "GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n", 421),
        ("an address of the network", "GET / HTTP/1.1\r\nHost: 192.168.1.7:8080\r\n\r\n", 421),
        ("a name that begins like ours", "GET / HTTP/1.1\r\nHost: localhost.attacker.example\r\n\r\n", 421),
        ("a name that ends like ours", "GET / HTTP/1.1\r\nHost: 127.0.0.1.attacker.example:80\r\n\r\n", 421),
        ("a port that is none", "GET / HTTP/1.1\r\nHost: localhost:http\r\n\r\n", 421),
        ("no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 400),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        ("POST", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 405),
        ("PUT", "PUT /status.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab", 405),
        ("DELETE", "DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("a body", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 413),
        ("a chunked body", "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413),
        ("an unknown path", "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("a path upwards", "GET /../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("a proxy's request", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("no HTTP", "hello\r\n\r\n", 400),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ]

    @Test("what is refused is told so, and the connection ends", arguments: refused)
    func refusals(name: String, request: String, status: Int) throws {
        try serving { port in
            let connection = try RawConnection(port: port)
            connection.send(request)
            let (text, isClosed) = connection.receiveAll()
            #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(text)")
            #expect(isClosed, "\(name)")
            #expect(!text.contains(body) && !text.contains("<html"))
            #expect(text.contains("Connection: close\r\n"))
            if status == 405 { #expect(text.contains("Allow: GET, HEAD\r\n")) }
            // The next one is answered as ever.
            #expect(try answer(to: self.request, port: port)?.status == 200)
        }
    }

    @Test(
        "every name of this machine, with the port of a tunnel too",
        arguments: ["localhost", "LOCALHOST:9000", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3:1", "[::1]", "[::1]:8080"])
    func names(host: String) throws {
        try serving { port in
            let found = try answer(to: "GET /status.json HTTP/1.1\r\nHost: \(host)\r\n\r\n", port: port)
            #expect(found?.status == 200)
        }
    }

    @Test("a head that is too long is refused before its end, in any pieces")
    func oversize() throws {
        try serving { port in
            for piece in [1_000, 9_000, 100_000] {
                let connection = try RawConnection(port: port)
                connection.send("GET /status.json HTTP/1.1\r\nHost: localhost\r\nX: ")
                var sent = 0
                while sent < 9_000 {
                    connection.send([UInt8](repeating: 0x61, count: piece))
                    sent += piece
                }
                let (text, isClosed) = connection.receiveAll()
                #expect(text.hasPrefix("HTTP/1.1 431 ") || text.isEmpty, "\(piece): \(text)")
                #expect(isClosed)
            }
            // One byte too many, and nothing behind it that the closing could cut off: this answer always comes.
            let connection = try RawConnection(port: port)
            let start = "GET /status.json HTTP/1.1\r\nHost: localhost\r\nX: "
            connection.send(start + String(repeating: "a", count: 8_193 - start.utf8.count))
            #expect(connection.receiveAll().0.hasPrefix("HTTP/1.1 431 "))
            // Just within the limit it is a request like any other.
            let rest = String(repeating: "a", count: 8_192 - request.utf8.count - 5)
            let long = request.replacingOccurrences(of: "\r\n\r\n", with: "\r\nX: \(rest)\r\n\r\n")
            #expect(long.utf8.count == 8_192)
            #expect(try answer(to: long, port: port)?.status == 200)
        }
    }

    @Test("no more connections than are allowed, and a place again when one ends")
    func connections() throws {
        var limits = PageLimits()
        limits.connections = 3
        try serving(limits) { port in
            var held: [RawConnection] = []
            for _ in 0..<3 {
                let connection = try RawConnection(port: port)
                connection.send(request)
                #expect(connection.receiveAnswer()?.status == 200)
                held.append(connection)
            }
            let another = try RawConnection(port: port)
            another.send(request)
            #expect(another.receiveAll() == ("", true))
            // The others are served on.
            held[2].send(request)
            #expect(held[2].receiveAnswer()?.status == 200)
            held.removeFirst()
            var isServed = false
            for _ in 0..<50 where !isServed {
                usleep(20_000)
                isServed = try answer(to: request, port: port)?.status == 200
            }
            #expect(isServed)
        }
    }

    @Test("who sends slowly, and who reads nothing, is let go")
    func slow() throws {
        var limits = PageLimits()
        limits.request = .milliseconds(300)
        limits.answer = .milliseconds(300)
        try serving(limits, big: 32 << 20) { port in
            // A byte now and then does not put it off.
            let dripping = try RawConnection(port: port)
            let began = ContinuousClock.now
            for byte in Array(request.utf8).prefix(12) {
                dripping.send([byte])
                usleep(50_000)
            }
            let (text, isClosed) = dripping.receiveAll()
            #expect(isClosed)
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 408 "), "\(text)")
            #expect(ContinuousClock.now - began < .seconds(4))

            // One that never asks goes without a word.
            #expect(try RawConnection(port: port).receiveAll() == ("", true))

            let deaf = try RawConnection(port: port, receiveBuffer: 4_096)
            deaf.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n")
            usleep(1_000_000)
            // Others are answered meanwhile, and the deaf one's rest is gone.
            #expect(try answer(to: request, port: port)?.status == 200)
            let (part, _) = deaf.receiveAll()
            #expect(part.utf8.count < 32 << 20)
        }
    }

    @Test("HTTP/1.0 gets its answer and the end, or stays where it asks to")
    func oldVersion() throws {
        try serving { port in
            let once = try RawConnection(port: port)
            once.send("GET /status.json HTTP/1.0\r\nHost: localhost\r\n\r\n")
            let (text, isClosed) = once.receiveAll()
            #expect(text.hasSuffix(body) && isClosed)
            let kept = try RawConnection(port: port)
            for _ in 0..<2 {
                kept.send("GET /status.json HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
                #expect(kept.receiveAnswer()?.text == body)
            }
        }
    }

    @Test("who closes his side behind a request still gets the answer")
    func halfClosed() throws {
        try serving { port in
            let connection = try RawConnection(port: port)
            connection.send(request)
            connection.endSending()
            let (text, isClosed) = connection.receiveAll()
            #expect(text.hasSuffix(body))
            #expect(isClosed)
        }
    }

    @Test("a port that is taken is named, and a stopped server is gone")
    func port() throws {
        let server = try PageServer.start(at: .anyPort()) { _ in nil }
        let taken = try LoopbackAddress("127.0.0.1:\(server.port)")
        let error = #expect(throws: StatusPageError.self) { try PageServer.start(at: taken) { _ in nil } }
        #expect("\(try #require(error))".contains("127.0.0.1:\(server.port)"))
        server.stop()
        #expect(throws: POSIXError.self) { try RawConnection(port: server.port) }
    }
}
