import SignedRecords
import Synchronization

@testable import DeviceKeys

/// A directory on the real disk that stops for good behind its n-th change: what a power cut leaves, where all before it had
/// reached the disk.
final class StoppingDirectory: KeyStorage {
    static let stopped = KeyStoreError.system(call: "power cut", path: "", errno: 0)

    private let directory: KeyDirectory
    private let left: Atomic<Int>

    init(_ path: String, changes: Int) throws(KeyStoreError) {
        directory = try KeyDirectory(path, .own)
        left = Atomic(changes)
    }

    /// Whether the stop came.
    var hasStopped: Bool { left.load(ordering: .relaxed) < 0 }

    private func change(_ body: () throws(KeyStoreError) -> Void) throws(KeyStoreError) {
        guard left.subtract(1, ordering: .relaxed).newValue >= 0 else { throw StoppingDirectory.stopped }
        try body()
    }

    var path: String { directory.path }
    func exclusively<Answer>(_ body: () throws(KeyStoreError) -> Answer) throws(KeyStoreError) -> Answer {
        try directory.exclusively(body)
    }
    func names() throws(KeyStoreError) -> [String] { try directory.names() }
    func read(_ name: String, maximum: Int) throws(KeyStoreError) -> [UInt8]? {
        try directory.read(name, maximum: maximum)
    }
    func create(_ name: String, _ bytes: [UInt8]) throws(KeyStoreError) {
        try change { () throws(KeyStoreError) in try directory.create(name, bytes) }
    }
    func sync(_ name: String) throws(KeyStoreError) {
        try change { () throws(KeyStoreError) in try directory.sync(name) }
    }
    func rename(_ name: String, to new: String) throws(KeyStoreError) {
        try change { () throws(KeyStoreError) in try directory.rename(name, to: new) }
    }
    func overwrite(_ name: String) throws(KeyStoreError) {
        try change { () throws(KeyStoreError) in try directory.overwrite(name) }
    }
    func remove(_ name: String) throws(KeyStoreError) {
        try change { () throws(KeyStoreError) in try directory.remove(name) }
    }
    func syncDirectory() throws(KeyStoreError) {
        try change { () throws(KeyStoreError) in try directory.syncDirectory() }
    }
}
