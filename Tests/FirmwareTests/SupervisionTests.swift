import Foundation
import Glibc
import Quantities
import Testing

@testable import Firmware

@Suite("Under a service supervisor")
struct SupervisionTests {
    /// The supervisor's socket, in the file system or in the abstract namespace.
    private final class Supervisor {
        let name: String
        private let descriptor: Int32

        init(abstract: Bool) throws {
            let place = "\(NSTemporaryDirectory())notify-\(UInt32.random(in: 0 ... .max))"
            name = abstract ? "@\(place)" : place
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array((abstract ? "\0\(place)" : place).utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(2 + bytes.count + (abstract ? 0 : 1))
            let answer = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(answer == 0, "bind: \(errno)")
        }

        deinit { close(descriptor) }

        /// Every message that has come; none is ever waited for, since a datagram is there once it is sent.
        var messages: [String] {
            var found: [String] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
                found.append(String(decoding: buffer[..<count], as: UTF8.self))
            }
            return found
        }
    }

    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test("says that it is ready, lives and stops, by a path and by an abstract name", arguments: [false, true])
    func life(abstract: Bool) throws {
        let supervisor = try Supervisor(abstract: abstract)
        var supervision = ServiceSupervision(
            socket: supervisor.name, watchdogMicroseconds: "4000000", watchdogProcess: "77", process: 77)
        supervision.ready()
        #expect(supervisor.messages == ["READY=1"])
        supervision.keepAlive(progress: 1, at: start)
        #expect(supervisor.messages == ["WATCHDOG=1"])
        supervision.stopping()
        supervision.stopping()
        supervision.keepAlive(progress: 2, at: start + .seconds(1))
        #expect(supervisor.messages == ["STOPPING=1", "WATCHDOG=1"])
        supervision.loopEnded()
        #expect(supervisor.messages == ["WATCHDOG_USEC=60000000"])
        supervision.keepAlive(progress: 3, at: start + .seconds(9))
        #expect(supervisor.messages.isEmpty)
    }

    @Test("an end that nobody asked for is told, too")
    func endByItself() throws {
        let supervisor = try Supervisor(abstract: false)
        var supervision = ServiceSupervision(
            socket: supervisor.name, watchdogMicroseconds: nil, watchdogProcess: nil, process: 1)
        supervision.loopEnded()
        #expect(supervisor.messages == ["STOPPING=1"])
    }

    @Test("a loop that stands still is not kept alive, however often the rest comes round")
    func standstill() throws {
        let supervisor = try Supervisor(abstract: false)
        var supervision = ServiceSupervision(
            socket: supervisor.name, watchdogMicroseconds: "10000000", watchdogProcess: nil, process: 1)
        var now = start
        for round in 0..<300 {
            // 200 ms a round, as the daemon's main thread: 40 periods of the loop in each, up to the 100th.
            supervision.keepAlive(progress: UInt64(min(round, 100)) * 40, at: now)
            now = now + .milliseconds(200)
        }
        // A quarter of 10 s is 13 rounds: fed in rounds 0, 13 … 91, and in 104 for what came since. Then silence.
        #expect(supervisor.messages.count == 9)
        supervision.keepAlive(progress: 4_001, at: now)
        #expect(supervisor.messages == ["WATCHDOG=1"])
    }

    @Test("the watchdog of another process, or none that can be read, is not fed")
    func othersWatchdog() throws {
        let supervisor = try Supervisor(abstract: false)
        for (period, process) in [("4000000", "2"), ("0", nil), ("-5", nil), ("soon", nil), ("", nil), (nil, nil)]
            as [(String?, String?)]
        {
            var supervision = ServiceSupervision(
                socket: supervisor.name, watchdogMicroseconds: period, watchdogProcess: process, process: 1)
            supervision.keepAlive(progress: 1, at: start)
            supervision.loopEnded()
            #expect(supervisor.messages == ["STOPPING=1"])
        }
    }

    @Test("without a supervisor nothing is said, and nothing breaks")
    func alone() {
        for name in [nil, "", "relative", "@", "/" + String(repeating: "x", count: 108), "/nobody/listens"] as [String?]
        {
            var supervision = ServiceSupervision(
                socket: name, watchdogMicroseconds: "1000", watchdogProcess: nil, process: 1)
            supervision.ready()
            supervision.keepAlive(progress: 1, at: start)
            supervision.loopEnded()
        }
    }

    @Test("what the supervisor left in the environment is gone for children")
    func environment() {
        setenv("NOTIFY_SOCKET", "/nobody/listens", 1)
        setenv("WATCHDOG_USEC", "1000000", 1)
        setenv("WATCHDOG_PID", "\(getpid())", 1)
        _ = ServiceSupervision()
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { #expect(getenv(name) == nil) }
    }
}
