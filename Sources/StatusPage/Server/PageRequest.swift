internal import NIOHTTP1

/// The rules that a request's head has to keep, without the network.
struct PageRequest: Equatable {
    let path: String
    /// HEAD: the answer's head alone.
    let isHead: Bool
    let isKeptAlive: Bool

    /// Takes a head apart; `refusal` says which rule it broke first.
    static func judge(_ head: HTTPRequestHead) -> Result<PageRequest, Refused> {
        func refused(_ reason: PageRefusal) -> Result<PageRequest, Refused> { .failure(Refused(reason: reason)) }

        guard head.version.major == 1, head.version.minor <= 1 else { return refused(.version) }
        let hosts = head.headers["host"]
        guard hosts.count == 1, let host = hosts.first else { return refused(.malformed) }
        guard isOwn(host) else { return refused(.foreignHost) }
        guard head.method == .GET || head.method == .HEAD else { return refused(.method) }
        let lengths = head.headers["content-length"]
        guard !head.headers.contains(name: "transfer-encoding"), lengths.allSatisfy({ $0 == "0" }) else {
            return refused(.hasBody)
        }
        guard head.uri.hasPrefix("/") else { return refused(.malformed) }
        return .success(
            PageRequest(path: head.uri, isHead: head.method == .HEAD, isKeptAlive: head.isKeepAlive))
    }

    struct Refused: Error, Equatable {
        let reason: PageRefusal
    }

    /// Whether Host names this machine by a name that nobody else can give it. Any port: a tunnel has one of its own.
    static func isOwn(_ host: String) -> Bool {
        var name = host[...]
        if let colon = host.utf8.lastIndex(of: UInt8(ascii: ":")), !host.hasSuffix("]") {
            let port = host[host.index(after: colon)...]
            guard UInt16(port) != nil, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
            name = host[..<colon]
        }
        return name.lowercased() == "localhost" || name == "[::1]" || LoopbackAddress.isLoopback(name)
    }
}
