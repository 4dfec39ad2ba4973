import Foundation
import Glibc
import LightClient
import NIOCore
import Testing

@testable import LedgerNode

/// One connection as a node opens it: a bare blocking socket that sends exactly what a test says. The waiting is done on a
/// queue of its own: the server under test needs the shared threads.
final class ABCIDialer: @unchecked Sendable {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "dialer")
    private var reader = ABCIFrameReader()

    init(_ address: ABCIAddress) throws {
        switch address {
        case .tcp(_, let port):
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(port).bigEndian
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            try Self.connect(descriptor, &name)
        case .unix(let path):
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            try Self.connect(descriptor, &name)
        }
        // A test that waits in vain fails, it does not hang.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    private static func connect<Name>(_ descriptor: Int32, _ name: inout Name) throws {
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Name>.size))
            }
        }
        guard result == 0 else { throw Failed(description: "connect: \(errno)") }
    }

    private func elsewhere<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }

    /// Sends bytes; returns how many went where the peer takes no more (`isPatient` false) or hangs up.
    @discardableResult
    func send(_ bytes: [UInt8], isPatient: Bool = true) async throws -> Int {
        try await elsewhere { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let flags = Int32(MSG_NOSIGNAL) | (isPatient ? 0 : Int32(MSG_DONTWAIT))
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, flags)
                }
                guard count > 0 else { break }
                sent += count
            }
            return sent
        }
    }

    func send(_ requests: [ABCI.Request]) async throws {
        try await send(requests.flatMap { ABCIFrameReader.frame($0) })
    }

    /// The next frames; fewer where the peer hangs up first.
    func frames(_ count: Int) async throws -> [[UInt8]] {
        try await elsewhere { [self] in
            var frames: [[UInt8]] = []
            while frames.count < count {
                if let frame = try reader.next() {
                    frames.append(frame)
                    continue
                }
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let received = recv(descriptor, &buffer, buffer.count, 0)
                guard received >= 0 else { throw Failed(description: "recv: \(errno)") }
                guard received > 0 else { break }
                var bytes = ByteBuffer(bytes: buffer[..<received])
                reader.append(&bytes)
            }
            return frames
        }
    }

    func responses(_ count: Int) async throws -> [ABCI.Response] {
        try await frames(count).map { try ABCI.Response(frame: $0) }
    }

    /// A synchronous call as a node makes it: the request, a flush, and both answers.
    func call(_ request: ABCI.Request) async throws -> ABCI.Response {
        try await send([request, .flush])
        let answers = try await responses(2)
        guard answers.count == 2, answers[1] == .flush else {
            throw Failed(description: "\(request): answered \(answers)")
        }
        return answers[0]
    }

    /// The last words of a peer that hangs up.
    func exception() async throws -> String? {
        let answers = try await responses(2)
        guard answers.count == 1, case .exception(let text) = answers[0] else { return nil }
        return text
    }
}
