import Glibc
import Metering
import Synchronization

/// Collects a bus's events and lets a test wait for them.
final class EventLog: Sendable {
    private let events = Mutex<[MeterEvent]>([])

    func add(_ event: MeterEvent) { events.withLock { $0.append(event) } }

    var all: [MeterEvent] { events.withLock { $0 } }

    var readings: [EnergyReading] {
        all.compactMap { if case .reading(let reading) = $0 { reading } else { nil } }
    }

    var identities: [MeterIdentity] {
        all.compactMap { if case .identified(let identity, generation: _) = $0 { identity } else { nil } }
    }

    /// Waits until the events satisfy a condition; `false` after a time that is far too long.
    func wait(seconds: Int = 30, until condition: (EventLog) -> Bool) -> Bool {
        for _ in 0..<(seconds * 200) {
            if condition(self) { return true }
            usleep(5_000)
        }
        return condition(self)
    }
}
