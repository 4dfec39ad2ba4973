import NIOCore

/// Where a node's RPC is reached: scheme, host, port and path prefix, taken apart once and strictly.
///
/// Only what a node's address needs is read: `http` or `https`, a host name or an IP literal (IPv6 in brackets), a
/// port, a path prefix. User names, queries and fragments are refused, since a secret in an address would reach logs.
public struct RPCEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// True for `https`.
    public let isSecure: Bool
    /// Host name or IP literal without brackets.
    public let host: String
    /// TCP port, 1 to 65535.
    public let port: Int
    /// Path that requests are posted to; begins with `/`.
    public let path: String

    /// Takes an address such as `http://127.0.0.1:26657` or `https://rpc.example.org/chain`.
    ///
    /// - Throws: ``PlatformLinkError/endpointInvalid(_:reason:)`` naming the part that is wrong.
    public init(_ text: String) throws(PlatformLinkError) {
        func refused(_ reason: String) -> PlatformLinkError { .endpointInvalid(text, reason: reason) }

        let bytes = Array(text.utf8)
        guard bytes.count <= 2_048 else { throw .endpointInvalid("…", reason: "longer than 2048 bytes") }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw refused("a byte outside printable ASCII") }
        var rest: ArraySlice<UInt8>
        if text.hasPrefix("http://") {
            isSecure = false
            rest = bytes.dropFirst(7)
        } else if text.hasPrefix("https://") {
            isSecure = true
            rest = bytes.dropFirst(8)
        } else {
            throw refused("the scheme must be http or https")
        }
        let forbidden: [UInt8] = [UInt8(ascii: "@"), UInt8(ascii: "?"), UInt8(ascii: "#")]
        guard !rest.contains(where: forbidden.contains) else {
            throw refused("user names, queries and fragments have no place in a node's address")
        }
        var prefix: ArraySlice<UInt8> = []
        if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            prefix = rest[slash...]
            rest = rest[..<slash]
        }
        path = prefix.isEmpty ? "/" : String(decoding: prefix, as: UTF8.self)

        var portBytes: ArraySlice<UInt8>?
        let hostBytes: ArraySlice<UInt8>
        if rest.first == UInt8(ascii: "[") {
            guard let bracket = rest.firstIndex(of: UInt8(ascii: "]")) else {
                throw refused("no ] after the IPv6 host")
            }
            hostBytes = rest[rest.index(after: rest.startIndex)..<bracket]
            let after = rest[rest.index(after: bracket)...]
            if !after.isEmpty {
                guard after.first == UInt8(ascii: ":") else { throw refused("only a port may follow the ]") }
                portBytes = after.dropFirst()
            }
        } else if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            hostBytes = rest[..<colon]
            portBytes = rest[rest.index(after: colon)...]
            guard portBytes?.contains(UInt8(ascii: ":")) == false else {
                throw refused("an IPv6 host needs brackets")
            }
        } else {
            hostBytes = rest
        }
        guard !hostBytes.isEmpty else { throw refused("the host is empty") }
        host = String(decoding: hostBytes, as: UTF8.self)
        if let portBytes {
            let digits = portBytes.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard digits, let number = UInt16(String(decoding: portBytes, as: UTF8.self)), number > 0 else {
                throw refused("the port must be a number from 1 to 65535")
            }
            port = Int(number)
        } else {
            port = isSecure ? 443 : 80
        }
    }

    /// The address in its one spelling, safe for logs.
    public var description: String { path == "/" ? origin : origin + path }

    /// Scheme, host and port, without the path.
    public var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(shown):\(port)"
    }

    /// The name for TLS: one that is an IP literal is checked against the certificate's addresses and is not sent as SNI.
    var serverName: String? {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }

    /// Value of the HTTP `Host` header.
    var hostHeader: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? shown : "\(shown):\(port)"
    }
}
