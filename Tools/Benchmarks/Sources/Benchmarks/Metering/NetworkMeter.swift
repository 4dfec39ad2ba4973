import Glibc
import Synchronization
import Threads

/// A meter on Modbus TCP that answers at once, one connection at a time.
final class NetworkMeter: Sendable {
    let port: UInt16
    private let listener: Int32
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<DedicatedThread?>(nil)

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 4) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchmarkFailed("a listening socket: errno \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        let started = try DedicatedThread.start(name: "meter-tcp") { [self] in serve() }
        thread.withLock { $0 = started }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        thread.withLock { $0 }?.join()
        close(listener)
    }

    private func serve() {
        var model = MeterModel()
        while !isStopping.load(ordering: .acquiring) {
            guard Self.waits(listener) else { continue }
            let connection = accept(listener, nil, nil)
            var on: Int32 = 1
            setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            var request = [UInt8](repeating: 0, count: 260)
            while !isStopping.load(ordering: .acquiring) {
                guard Self.waits(connection) else { continue }
                // A request is 12 bytes: transaction, protocol, length, unit, function, address, count.
                guard recv(connection, &request, 12, Int32(MSG_WAITALL)) == 12 else { break }
                let body = [request[6]] + model.answer(request[7..<12])
                let reply = Array(request[..<4]) + [UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
                _ = send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
            }
            close(connection)
        }
    }

    private static func waits(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 50) > 0
    }
}
