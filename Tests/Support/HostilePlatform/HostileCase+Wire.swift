extension HostileCase {
    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    private static let block = [UInt8](repeating: UInt8(ascii: " "), count: 65_536)

    /// What goes wrong below JSON.
    static let wires: [HostileCase] = [
        HostileCase("a redirect", on: "status", says: ["HTTP status 302: a redirect"]) { _ in
            .http("302 Found", ["Location: http://127.0.0.1:9/"])
        },
        HostileCase("a gateway's error page", on: "status", says: ["HTTP status 502, expected 200"]) { _ in
            .http("502 Bad Gateway", ["Content-Type: text/html"], text("<html>no</html>"))
        },
        HostileCase("a page of hypertext", on: "status", says: ["Content-Type text/html"]) { exchange in
            .http("200 OK", ["Content-Type: text/html"], exchange.honest)
        },
        HostileCase("a compressed body", on: "status", says: ["Content-Encoding gzip"]) { _ in
            .http(
                "200 OK", ["Content-Type: application/json", "Content-Encoding: gzip"], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
        },
        HostileCase("4 GB promised", on: "status", says: ["Content-Length 4294967296"]) { _ in
            .endless(text(head + "Content-Length: 4294967296\r\n\r\n"), then: block)
        },
        HostileCase("a length that is no number", on: "status", says: ["status: invalid character in content-length"]) {
            _ in
            .bytes(text(head + "Content-Length: many\r\n\r\n{}"), then: .stays)
        },
        HostileCase("chunks without an end", on: "status", says: ["chunks without an end"]) { _ in
            .endless(
                text(head + "Transfer-Encoding: chunked\r\n\r\n"), then: text("10000\r\n") + block + text("\r\n"))
        },
        HostileCase(
            "chunks of one byte without an end", on: "commit",
            says: ["commit: the reply passes", "so much on the line"]
        ) { _ in
            var chunks: [UInt8] = []
            for _ in 0..<10_000 { chunks += text("1\r\n \r\n") }
            return .endless(text(head + "Transfer-Encoding: chunked\r\n\r\n"), then: chunks)
        },
        HostileCase("a body without an end", on: "status", says: ["a body without an end"]) { _ in
            .endless(text(head + "Connection: close\r\n\r\n"), then: block)
        },
        HostileCase("interim replies without an end", on: "status", says: ["on the line for 0 bytes of body"]) { _ in
            var interim: [UInt8] = []
            for _ in 0..<2_000 { interim += text("HTTP/1.1 102 Processing\r\n\r\n") }
            return .endless([], then: interim)
        },
        HostileCase("a header line without an end", on: "status", says: ["too many header bytes"]) { _ in
            .endless(text(head + "X: "), then: [UInt8](repeating: UInt8(ascii: "a"), count: 65_536))
        },
        HostileCase("no HTTP", on: "status", says: ["status: invalid constant"]) { _ in
            .bytes(text("SSH-2.0-OpenSSH_9.2\r\n"), then: .stays)
        },
        HostileCase("a connection that is reset", on: "status", says: ["Connection reset"]) { _ in
            .bytes([], then: .resets)
        },
        HostileCase("a connection that is closed", on: "status", says: ["ended before a reply"]) { _ in
            .bytes([], then: .closes)
        },
        HostileCase("a body that breaks off", on: "status", says: ["ended within a reply"]) { _ in
            .bytes(text(head + "Content-Length: 50\r\n\r\n{"), then: .closes)
        },
        HostileCase(
            "answers withheld", on: "status", says: ["status: no whole reply within", ", 0 bytes"], isSlow: true
        ) {
            _ in .bytes([], then: .stays)
        },
        HostileCase("a body drop by drop", on: "commit", says: ["commit: no whole reply within"], isSlow: true) { _ in
            .drip(text(head + "Content-Length: 100000\r\n\r\n"))
        },
        HostileCase("headers drop by drop", on: "abci_query", says: ["abci_query: no whole reply within"], isSlow: true)
        {
            _ in .drip(text("HTTP/1.1 200 OK\r\nX:"))
        },
    ]
}
