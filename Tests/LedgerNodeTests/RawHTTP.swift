import Foundation
import Glibc
import LightClient

/// A bare HTTP client over a blocking socket: sends exactly what a test says.
struct RawHTTP {
    let port: Int

    struct Answer {
        let status: Int
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    func get(_ target: String) async throws -> Answer {
        try await exchange(Array("GET \(target) HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".utf8))
    }

    func post(_ body: String, to target: String = "/") async throws -> Answer {
        try await post(Array(body.utf8), to: target)
    }

    func post(_ body: [UInt8], to target: String = "/") async throws -> Answer {
        let head =
            "POST \(target) HTTP/1.1\r\nhost: localhost\r\ncontent-length: \(body.count)\r\nconnection: close\r\n\r\n"
        return try await exchange(Array(head.utf8) + body)
    }

    /// The result of a GET in CometBFT's envelope.
    func result<Value: Decodable & Sendable>(_ target: String, as type: Value.Type) async throws -> Value {
        let answer = try await get(target)
        switch try RPCJSON.decode(RPCReply<Value>.self, from: answer.body).outcome {
        case .result(let value): return value
        case .failure(let failure): throw Failed(description: "\(target.prefix(100)): \(failure)")
        }
    }

    /// The error of a GET, which comes with HTTP 500.
    func failure(_ target: String) async throws -> RPCFailure {
        let answer = try await get(target)
        guard answer.status == 500 else { throw Failed(description: "\(target.prefix(100)): HTTP \(answer.status)") }
        return try Self.failure(in: answer)
    }

    static func failure(in answer: Answer) throws -> RPCFailure {
        struct Nothing: Decodable, Sendable {}
        switch try RPCJSON.decode(RPCReply<Nothing>.self, from: answer.body).outcome {
        case .failure(let failure): return failure
        case .result: throw Failed(description: "a result: \(answer.text.prefix(200))")
        }
    }

    /// Sends bytes and reads until the peer closes, on a thread of its own: the node under test needs the shared ones.
    func exchange(_ bytes: [UInt8]) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try blockingExchange(bytes) }) }.start()
        }
    }

    private func blockingExchange(_ bytes: [UInt8]) throws -> Answer {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failed(description: "socket: \(errno)") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed(description: "connect: \(errno)") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses a long body closes before it has all of it.
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received += buffer[..<count]
        }
        let blank = Array("\r\n\r\n".utf8)
        let head = String(decoding: received.prefix(12), as: UTF8.self)
        guard head.hasPrefix("HTTP/1.1 "), let status = Int(head.dropFirst(9)),
            let end = received.indices.first(where: { received[$0...].starts(with: blank) })
        else { throw Failed(description: "no HTTP answer: \(head)") }
        return Answer(status: status, body: Array(received[(end + 4)...]))
    }
}
