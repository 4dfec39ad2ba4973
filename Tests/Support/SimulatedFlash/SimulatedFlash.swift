public import FirmwareUpdate
import RecordSamples

/// The updater's disk in memory: folders and files that forget what they may forget, by a seed.
///
/// What it models: names and sectors that are not flushed are kept, lost, torn or turned to garbage one by one at a power cut;
/// a killed process loses nothing; one operation fails with an error number; a full disk.
public final class SimulatedFlash: UpdateDisk {
    /// Counts what changes the disk, from 1.
    public private(set) var operations = 0
    /// The operation at which the machine stops: this and every later one fails.
    public var stop: Int?
    /// Operations that fail alone, with an error number.
    public var failures: [Int: Int32] = [:]
    /// Files whose blocks cannot be read.
    public var unreadable: Set<String> = []
    /// The most bytes that all files may have.
    public var capacity = Int.max
    /// A stop was reached: the machine must be cut or killed before it works again.
    public private(set) var isStopped = false

    private var root: FlashNode
    private var random: SeededRandom

    public init(seed: UInt64) {
        root = FlashNode(isFolder: true)
        random = SeededRandom(seed: seed)
    }

    /// The disk as it is, with a seed of its own, unflushed changes included.
    public func copy(seed: UInt64) -> SimulatedFlash {
        let copy = SimulatedFlash(seed: seed)
        var twins: [ObjectIdentifier: FlashNode] = [:]
        copy.root = root.copy(&twins)
        return copy
    }

    /// Power fails, and comes back.
    public func cutPower() {
        root.settle(&random)
        killProcess()
    }

    /// The process dies: everything that was written stays.
    public func killProcess() {
        isStopped = false
        stop = nil
        failures = [:]
    }

    /// Flips a bit where it lies.
    public func rot(_ path: String, byte: Int, bit: UInt8) {
        guard let file = node(path), byte < file.visible.count else { return }
        file.visible[byte] ^= 1 << bit
        if byte < file.durable.count { file.durable[byte] ^= 1 << bit }
    }

    // MARK: Places

    private static func parts(_ path: String) -> [Substring] { path.split(separator: "/") }

    private func node(_ path: String) -> FlashNode? {
        Self.parts(path).reduce(root) { $0?.children[String($1)] }
    }

    private func parent(of path: String) -> (folder: FlashNode, name: String)? {
        let parts = Self.parts(path)
        guard let last = parts.last, let folder = node(parts.dropLast().joined(separator: "/")), folder.isFolder else {
            return nil
        }
        return (folder, String(last))
    }

    private func file(_ path: String, _ call: String) throws(FirmwareUpdateError) -> FlashNode {
        guard let file = node(path), !file.isFolder else { throw .storage(call: call, path: path, errno: 2) }
        return file
    }

    private func alive(_ call: String, _ path: String) throws(FirmwareUpdateError) {
        if isStopped { throw .storage(call: call, path: path, errno: 5) }
    }

    private func step(_ call: String, _ path: String) throws(FirmwareUpdateError) {
        try alive(call, path)
        operations += 1
        if let code = failures[operations] { throw .storage(call: call, path: path, errno: code) }
        guard operations == stop else { return }
        isStopped = true
        throw .storage(call: call, path: path, errno: 5)
    }

    private func require(room bytes: Int, for file: FlashNode, _ path: String) throws(FirmwareUpdateError) {
        guard bytes > file.visible.count else { return }
        func used(_ node: FlashNode) -> Int { node.visible.count + node.children.values.reduce(0) { $0 + used($1) } }
        guard capacity == .max || used(root) + bytes - file.visible.count <= capacity else {
            throw .storage(call: "write", path: path, errno: 28)
        }
    }

    // MARK: UpdateDisk

    public func names(in folder: String) throws(FirmwareUpdateError) -> [String]? {
        try alive("opendir", folder)
        guard let node = node(folder), node.isFolder else { return nil }
        return node.children.keys.sorted()
    }

    public func status(of path: String) throws(FirmwareUpdateError) -> DiskFile? {
        try alive("lstat", path)
        guard let file = node(path), !file.isFolder else { return nil }
        return DiskFile(length: UInt64(file.visible.count), isExecutable: file.isExecutable)
    }

    public func read(_ path: String, at offset: UInt64, count: Int) throws(FirmwareUpdateError) -> [UInt8] {
        try alive("read", path)
        if unreadable.contains(path) { throw .storage(call: "read", path: path, errno: 5) }
        let bytes = try file(path, "read").visible
        guard offset < bytes.count else { return [] }
        return Array(bytes[Int(offset)..<min(Int(offset) + count, bytes.count)])
    }

    public func makeFolder(_ path: String) throws(FirmwareUpdateError) {
        try step("mkdir", path)
        guard let (folder, name) = parent(of: path) else { throw .storage(call: "mkdir", path: path, errno: 2) }
        if folder.children[name] == nil { folder.change([.add(name, FlashNode(isFolder: true))]) }
    }

    public func create(_ path: String, isExecutable: Bool) throws(FirmwareUpdateError) {
        try step("open", path)
        guard let (folder, name) = parent(of: path) else { throw .storage(call: "open", path: path, errno: 2) }
        guard folder.children[name] == nil else { throw .storage(call: "open", path: path, errno: 17) }
        folder.change([.add(name, FlashNode(isFolder: false, isExecutable: isExecutable))])
    }

    public func reserve(_ path: String, length: UInt64) throws(FirmwareUpdateError) {
        try step("fallocate", path)
        let file = try file(path, "fallocate")
        try require(room: Int(length), for: file, path)
        file.grow(to: Int(length))
    }

    public func write(_ bytes: ArraySlice<UInt8>, to path: String, at offset: UInt64) throws(FirmwareUpdateError) {
        let file = try file(path, "write")
        try require(room: Int(offset) + bytes.count, for: file, path)
        do throws(FirmwareUpdateError) { try step("write", path) } catch {
            // Some of it may have arrived.
            file.write(bytes.prefix(Int(random.next() % UInt64(bytes.count + 1))), at: Int(offset))
            throw error
        }
        file.write(bytes, at: Int(offset))
    }

    public func writeThrough(_ bytes: [UInt8], to path: String, at offset: UInt64) throws(FirmwareUpdateError) {
        try write(bytes[...], to: path, at: offset)
        let file = try file(path, "write")
        do throws(FirmwareUpdateError) { try step("fdatasync", path) } catch {
            if !isStopped { file.settle(&random) }
            throw error
        }
        file.flush(Int(offset)..<Int(offset) + bytes.count)
    }

    public func truncate(_ path: String, to length: UInt64) throws(FirmwareUpdateError) {
        try step("ftruncate", path)
        let file = try file(path, "ftruncate")
        file.visible = Array(file.visible.prefix(Int(length)))
    }

    public func flush(_ path: String) throws(FirmwareUpdateError) {
        let file = try file(path, "fsync")
        do throws(FirmwareUpdateError) { try step("fsync", path) } catch {
            // What could not be written is gone from the cache as well.
            if !isStopped { file.settle(&random) }
            throw error
        }
        file.flush()
    }

    public func flushFolder(_ path: String) throws(FirmwareUpdateError) {
        try step("fsync", path)
        guard let folder = node(path), folder.isFolder else { throw .storage(call: "fsync", path: path, errno: 2) }
        folder.durableChildren = folder.children
        folder.changes = []
    }

    public func rename(_ path: String, to newPath: String) throws(FirmwareUpdateError) {
        try step("rename", path)
        let moved = try file(path, "rename")
        guard let (folder, name) = parent(of: path), let (target, newName) = parent(of: newPath), folder === target
        else {
            throw .storage(call: "rename", path: newPath, errno: 18)
        }
        folder.change([.remove(name), .add(newName, moved)])
    }

    public func remove(_ path: String) throws(FirmwareUpdateError) {
        guard let (folder, name) = parent(of: path), let node = folder.children[name] else { return }
        // A folder goes file by file, and a stop may come between.
        for child in node.children.keys.sorted() { try remove("\(path)/\(child)") }
        try step("remove", path)
        folder.change([.remove(name)])
    }

    public func forgetCache(of path: String) throws(FirmwareUpdateError) {
        try alive("fadvise", path)
        _ = try file(path, "fadvise")
    }
}
