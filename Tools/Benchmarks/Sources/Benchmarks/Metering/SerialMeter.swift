import CBaselines
import Glibc
import Metering
import Quantities
import Simulator
import Synchronization
import Threads

/// A meter behind a pseudo-terminal that takes as long as a line does: a reply is there when request and reply would have
/// passed, and not before.
final class SerialMeter: Sendable {
    let path: String
    private let master: Int32
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<DedicatedThread?>(nil)

    init(line: SerialLine) throws {
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchmarkFailed("/dev/ptmx: errno \(errno)") }
        var name = [CChar](repeating: 0, count: 128)
        let result = baselines_other_end(descriptor, &name, name.count)
        guard result == 0, baselines_make_raw(descriptor) == 0 else {
            throw BenchmarkFailed("a pseudo-terminal: errno \(-result)")
        }
        master = descriptor
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The line is as punctual as it can be: it stands for hardware.
        let started = try DedicatedThread.start(name: "meter", realTimePriority: 90) { [self] in serve(line) }
        thread.withLock { $0 = started }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        thread.withLock { $0 }?.join()
        close(master)
    }

    private func serve(_ line: SerialLine) {
        var model = MeterModel()
        var pending: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 256)
        while !isStopping.load(ordering: .acquiring) {
            var entry = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 50) > 0, entry.revents & Int16(POLLIN) != 0 else {
                // Nobody has the other end open.
                if entry.revents & Int16(POLLHUP) != 0 { usleep(1_000) }
                continue
            }
            let begun = Stopwatch.wall.now()
            let count = read(master, &part, part.count)
            guard count > 0 else { continue }
            pending += part[..<count]
            guard pending.count >= 8 else { continue }
            let request = pending[..<8]
            pending = []
            let body = [request[0]] + model.answer(request[1..<6])
            let check = ModbusChecksum.crc16(body)
            let reply = body + [UInt8(check & 0xFF), UInt8(check >> 8)]
            Self.sleep(until: begun + line.duration(ofCharacters: 8 + reply.count).rawValue)
            _ = write(master, reply, reply.count)
        }
    }

    private static func sleep(until moment: Int64) {
        var time = timespec()
        (time.tv_sec, time.tv_nsec) = (Int(moment / 1_000_000_000), Int(moment % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}
