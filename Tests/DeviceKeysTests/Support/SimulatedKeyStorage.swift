import SignedRecords
import Synchronization

@testable import DeviceKeys

/// A directory in memory that stops after a number of changes, and that forgets at a power cut what nobody made durable.
final class SimulatedKeyStorage: KeyStorage {
    struct Stop: Error {}

    /// What a power cut leaves of what was not made durable.
    enum Loss: CaseIterable {
        /// The process was killed; the machine runs on.
        case nothing
        /// Names since the last sync of the directory, the bytes since the last of the file, or both.
        case names, bytes, both
    }

    private struct Disk {
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        /// By number; a file that has no name any more keeps its bytes, as a disk does.
        var files: [(bytes: [UInt8], durable: [UInt8])] = []
        /// Changes until the stop; nil for never.
        var left: Int?
        var changes = 0
    }

    let path: String
    private let disk = Mutex(Disk())

    init(_ path: String) { self.path = path }

    /// Stops in place of the change after `count` further ones; nil for never.
    func stop(after count: Int?) { disk.withLock { ($0.left, $0.changes) = (count, 0) } }

    /// Changes since `stop(after:)`.
    var changes: Int { disk.withLock { $0.changes } }

    func cut(_ loss: Loss) {
        disk.withLock { disk in
            if loss == .names || loss == .both { disk.names = disk.durableNames }
            if loss == .bytes || loss == .both {
                for index in disk.files.indices { disk.files[index].bytes = disk.files[index].durable }
            }
            for index in disk.files.indices { disk.files[index].durable = disk.files[index].bytes }
            (disk.durableNames, disk.left) = (disk.names, nil)
        }
    }

    /// Whether bytes stand anywhere on the disk, with a name or without.
    func holds(_ wanted: [UInt8]) -> Bool {
        disk.withLock { disk in
            disk.files.contains { $0.bytes.contains(wanted) || $0.durable.contains(wanted) }
        }
    }

    private func change(_ name: String, _ body: (inout Disk) -> Bool) throws(KeyStoreError) {
        let isDone = disk.withLock { disk in
            if disk.left == 0 { return false }
            disk.left = disk.left.map { $0 - 1 }
            disk.changes += 1
            return body(&disk)
        }
        guard isDone else { throw .system(call: "stop", path: name, errno: 0) }
    }

    func exclusively<Answer>(_ body: () throws(KeyStoreError) -> Answer) throws(KeyStoreError) -> Answer { try body() }

    func names() throws(KeyStoreError) -> [String] { disk.withLock { Array($0.names.keys) } }

    func read(_ name: String, maximum: Int) throws(KeyStoreError) -> [UInt8]? {
        disk.withLock { disk in disk.names[name].map { Array(disk.files[$0].bytes.prefix(maximum + 1)) } }
    }

    func create(_ name: String, _ bytes: [UInt8]) throws(KeyStoreError) {
        try change(name) { disk in
            guard disk.names[name] == nil else { return false }
            disk.names[name] = disk.files.count
            disk.files.append((bytes, []))
            return true
        }
    }

    func sync(_ name: String) throws(KeyStoreError) {
        try change(name) { disk in
            guard let file = disk.names[name] else { return false }
            disk.files[file].durable = disk.files[file].bytes
            return true
        }
    }

    func rename(_ name: String, to new: String) throws(KeyStoreError) {
        try change(name) { disk in
            guard let file = disk.names.removeValue(forKey: name) else { return false }
            disk.names[new] = file
            return true
        }
    }

    func overwrite(_ name: String) throws(KeyStoreError) {
        try change(name) { disk in
            guard let file = disk.names[name] else { return false }
            disk.files[file].bytes = [UInt8](repeating: 0, count: disk.files[file].bytes.count)
            return true
        }
    }

    func remove(_ name: String) throws(KeyStoreError) {
        try change(name) { disk in
            disk.names[name] = nil
            return true
        }
    }

    func syncDirectory() throws(KeyStoreError) {
        try change(path) { disk in
            disk.durableNames = disk.names
            return true
        }
    }
}
