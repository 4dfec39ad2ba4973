import Foundation
import Glibc
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import service_station

/// Nobody logs in: who is there is fixed.
private struct NoLogins: LoginGate, TechnicianTrust {
    let identity = LoginIdentity(device: DeviceID(hashing: [1]), boot: .zero, serial: "1")
    var trust: any TechnicianTrust { self }
    var phoneKey: [UInt8]? { nil }
    var epoch: UInt32 { 0 }
    func authority(_ keyID: [UInt8]) -> [UInt8]? { nil }
    func isDenied(serial: UInt64) -> Bool { false }
    func provenTime() -> UInt32 { 1_800_000_000 }
    func failures() -> UInt8 { 0 }
    func setFailures(_ count: UInt8) throws(ServiceShellError) {}
    func randomBytes() -> [UInt8] { [UInt8](repeating: 1, count: 32) }
}

/// A cable between a technician's device and the charger's shell. It may be cut, or change a bit now and then.
final class Cable: Sendable {
    let path: String

    init(to desk: any ServiceDesk, cutAfter: Int = .max, flippingEvery period: Int = .max) throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        // TIOCSPTLCK and TIOCGPTN, ioctl_tty(2).
        var (locked, number): (Int32, Int32) = (0, 0)
        try #require(ioctl(master, 0x4004_5431 as UInt, &locked) == 0)
        try #require(ioctl(master, 0x8004_5430 as UInt, &number) == 0)
        path = "/dev/pts/\(number)"
        Thread.detachNewThread { Self.serve(master, desk, cutAfter, period) }
    }

    private static func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: ProgressBar.now() * 1_000_000) }

    private static func serve(_ master: Int32, _ desk: any ServiceDesk, _ cutAfter: Int, _ period: Int) {
        var session = ShellSession(
            desk: desk, gate: NoLogins(),
            fixed: Technician(hash: .zero, name: "tester", role: .service), at: now())
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 512)
        // The cut comes at its very byte.
        while total < cutAfter {
            let count = read(master, &buffer, min(buffer.count, cutAfter - total))
            guard count > 0 else { break }
            var bytes = Array(buffer.prefix(count))
            for index in bytes.indices where (total + index) % period == period - 1 { bytes[index] ^= 1 }
            total += count
            var output = session.receive(bytes, at: now())[...]
            while !output.isEmpty {
                let written = output.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
                guard written > 0 else { break }
                output = output.dropFirst(written)
            }
        }
        close(master)
    }
}
