import Dispatch
import Journal
import SimulatedDisk
import Synchronization

/// A disk on which every durable write waits until it is let go, as on a card that has stopped to answer.
///
/// One thread writes; another only hangs it and lets it go, which is why the class is marked unchecked.
final class HangingDisk: JournalStorage, @unchecked Sendable {
    private let disk: SimulatedDisk
    private let isHanging = Mutex(false)
    private let release = DispatchSemaphore(value: 0)
    /// How many writes have begun to wait.
    private let held = Atomic<Int>(0)
    var writesHeld: Int { held.load(ordering: .acquiring) }

    init(_ disk: SimulatedDisk) { self.disk = disk }

    func hang() { isHanging.withLock { $0 = true } }

    /// The write that waits goes on, and later ones do not wait.
    func letGo() {
        isHanging.withLock { $0 = false }
        release.signal()
    }

    private func hold() {
        guard isHanging.withLock({ $0 }) else { return }
        held.add(1, ordering: .releasing)
        release.wait()
    }

    var sectorBytes: Int { disk.sectorBytes }
    func names() throws(StorageFault) -> [String] { try disk.names() }
    func byteCount(of name: String) throws(StorageFault) -> Int { try disk.byteCount(of: name) }

    func read(_ name: String, at offset: Int, count: Int) throws(StorageFault) -> [UInt8] {
        try disk.read(name, at: offset, count: count)
    }

    func create(_ name: String) throws(StorageFault) { try disk.create(name) }

    func write(_ bytes: [UInt8], to name: String, at offset: Int, durably: Bool) throws(StorageFault) {
        if durably { hold() }
        try disk.write(bytes, to: name, at: offset, durably: durably)
    }

    func sync(_ name: String) throws(StorageFault) {
        hold()
        try disk.sync(name)
    }

    func rename(_ name: String, to newName: String) throws(StorageFault) { try disk.rename(name, to: newName) }
    func remove(_ name: String) throws(StorageFault) { try disk.remove(name) }
    func syncDirectory() throws(StorageFault) { try disk.syncDirectory() }
}
