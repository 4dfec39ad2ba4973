public import Journal
import RecordSamples

/// A disk in memory that forgets what it may forget, by a seed.
///
/// What it models: sectors that are not synced are kept, lost, torn or turned to garbage one by one at a power cut; names that
/// are not synced come into being up to some point only; a process kill loses nothing that was written; a failed flush drops
/// the pages behind it; a full disk; a short write; rot, unreadable sectors, dropped flushes and misdirected writes on demand.
public final class SimulatedDisk: JournalStorage {
    /// One file, whatever its name.
    final class Inode {
        var visible: [UInt8] = []
        var durable: [UInt8] = []
        var dirty: Set<Int> = []
    }

    /// A change of names that is not durable yet.
    enum NameChange {
        case add(String, Inode)
        case remove(String)
        case rename(String, String)
    }

    /// What happens at the operation that was chosen.
    public enum Fault: Equatable, Sendable {
        /// The machine stops: this and every later operation fails; nothing is said about which effects remain.
        case stop
        /// This operation alone fails with an error number; a failed flush drops what it should have written.
        case failure(Int32)
        /// Half of a write reaches the file, then it fails.
        case shortWrite
        /// The flush reports success and does nothing: a lying device.
        case droppedFlush
        /// The write lands one sector further on.
        case misdirectedWrite
    }

    public let sectorBytes: Int
    /// The most bytes that all files together may have.
    public var capacity = Int.max
    /// Counts writes, flushes and changes of names, from 1.
    public private(set) var operations = 0
    /// The faults to come, by operation number.
    public var faults: [Int: Fault] = [:]
    /// A stop was reached: the machine must be cut or killed before it works again.
    public private(set) var isStopped = false
    public private(set) var flushes = 0
    public private(set) var readBytes = 0
    /// Counts reads, from 1.
    public private(set) var reads = 0
    /// Reads that fail once, by number, with an error number.
    public var readFaults: [Int: Int32] = [:]
    /// The faults of class 2 that came to pass: the device lied.
    public private(set) var lies: [Fault] = []
    /// Names with the byte offsets of sectors that cannot be read.
    public var unreadable: [String: Set<Int>] = [:]

    private var inodes: [String: Inode] = [:]
    private var durableInodes: [String: Inode] = [:]
    private var nameChanges: [NameChange] = []
    private var random: SeededRandom

    public init(seed: UInt64, sectorBytes: Int = 512) {
        random = SeededRandom(seed: seed)
        self.sectorBytes = sectorBytes
    }

    /// Power fails: unsynced sectors and names are kept or not, and the machine starts again.
    public func cutPower() {
        for change in nameChanges {
            // Names come back up to some point in the order of their changes, as a journaling file system gives them.
            if random.oneIn(3) { break }
            SimulatedDisk.apply(change, to: &durableInodes)
        }
        nameChanges = []
        inodes = durableInodes
        // The order of the dictionary differs from run to run; the seed must not see it.
        for (_, inode) in inodes.sorted(by: { $0.key < $1.key }) { settle(inode) }
        restart()
    }

    /// The process dies: everything written stays in the cache.
    public func killProcess() { restart() }

    private func restart() {
        isStopped = false
        faults = [:]
        readFaults = [:]
    }

    private func settle(_ inode: Inode) {
        if inode.visible.count > inode.durable.count, random.oneIn(2) || inode.dirty.isEmpty {
            inode.durable += [UInt8](repeating: 0, count: inode.visible.count - inode.durable.count)
        }
        for sector in inode.dirty.sorted() {
            let start = sector * sectorBytes
            guard start < inode.durable.count else { continue }
            let end = min(start + sectorBytes, inode.durable.count, inode.visible.count)
            guard start < end else { continue }
            switch random.next() % 4 {
            case 0: inode.durable.replaceSubrange(start..<end, with: inode.visible[start..<end])
            case 1: break
            case 2:
                let middle = start + Int(random.next() % UInt64(end - start))
                inode.durable.replaceSubrange(start..<middle, with: inode.visible[start..<middle])
            default:
                for index in start..<end { inode.durable[index] = UInt8(truncatingIfNeeded: random.next()) }
            }
        }
        inode.dirty = []
        inode.visible = inode.durable
    }

    /// Flips one bit where it lies on the disk.
    public func rot(_ name: String, byte: Int, bit: UInt8) {
        guard let inode = inodes[name] else { return }
        inode.visible[byte] ^= 1 << bit
        // A file's newest bytes may not be on the disk yet.
        if byte < inode.durable.count { inode.durable[byte] ^= 1 << bit }
    }

    /// The names, also of a machine that is stopped.
    public var allNames: [String] { inodes.keys.sorted() }

    /// The bytes of a file as they are.
    public func contents(_ name: String) -> [UInt8] { inodes[name]?.visible ?? [] }

    /// A copy of the disk as it is, with a seed of its own.
    public func copy(seed: UInt64) -> SimulatedDisk {
        let copy = SimulatedDisk(seed: seed, sectorBytes: sectorBytes)
        for (name, inode) in inodes {
            let twin = Inode()
            twin.visible = inode.visible
            twin.durable = inode.visible
            copy.inodes[name] = twin
        }
        copy.durableInodes = copy.inodes
        return copy
    }

    // MARK: Storage

    public func names() throws(StorageFault) -> [String] {
        try alive(.list, "")
        return inodes.keys.sorted()
    }

    public func byteCount(of name: String) throws(StorageFault) -> Int {
        try alive(.status, name)
        guard let inode = inodes[name] else { throw StorageFault(.status, name, errno: 2) }
        return inode.visible.count
    }

    public func read(_ name: String, at offset: Int, count: Int) throws(StorageFault) -> [UInt8] {
        try alive(.read, name)
        guard let inode = inodes[name] else { throw StorageFault(.read, name, errno: 2) }
        reads += 1
        if let code = readFaults[reads] { throw StorageFault(.read, name, errno: code) }
        for bad in unreadable[name] ?? [] where bad < offset + count && bad + sectorBytes > offset {
            throw StorageFault(.read, name, errno: 5)
        }
        guard offset < inode.visible.count else { return [] }
        let end = min(offset + count, inode.visible.count)
        readBytes += end - offset
        return Array(inode.visible[offset..<end])
    }

    public func create(_ name: String) throws(StorageFault) {
        try step(.create, name)
        guard inodes[name] == nil else { throw StorageFault(.create, name, errno: 17) }
        change(.add(name, Inode()))
    }

    public func write(_ bytes: [UInt8], to name: String, at offset: Int, durably: Bool) throws(StorageFault) {
        let fault = try step(.write, name)
        guard let inode = inodes[name] else { throw StorageFault(.write, name, errno: 2) }
        var bytes = bytes
        var offset = offset
        if case .shortWrite = fault { bytes = Array(bytes.prefix(bytes.count / 2)) }
        if case .misdirectedWrite = fault {
            offset += sectorBytes
            lies.append(.misdirectedWrite)
        }
        let growth = max(0, offset + bytes.count - inode.visible.count)
        let used = inodes.values.reduce(0) { $0 + $1.visible.count }
        guard used + growth <= capacity else { throw StorageFault(.write, name, errno: 28) }
        inode.visible += [UInt8](repeating: 0, count: growth)
        inode.visible.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        let sectors = offset / sectorBytes...(offset + max(bytes.count, 1) - 1) / sectorBytes
        inode.dirty.formUnion(sectors)
        if case .shortWrite = fault { throw StorageFault(.write, name, errno: 5) }
        if durably { try flush(name, sectors: sectors) }
    }

    public func sync(_ name: String) throws(StorageFault) { try flush(name, sectors: nil) }

    /// Makes sectors durable, or the whole file. A durable write carries only its own sectors to the disk, as with
    /// `O_DSYNC` past the cache: what an earlier life left unsynced stays so.
    private func flush(_ name: String, sectors: ClosedRange<Int>?) throws(StorageFault) {
        guard let inode = inodes[name] else { throw StorageFault(.sync, name, errno: 2) }
        let fault: Fault?
        do { fault = try step(.sync, name) } catch {
            // The pages that could not be written are gone from the cache as well: what is read now is the disk.
            if !isStopped { settle(inode) }
            throw error
        }
        flushes += 1
        if case .droppedFlush = fault {
            lies.append(.droppedFlush)
            return
        }
        guard let sectors else {
            inode.durable = inode.visible
            inode.dirty = []
            return
        }
        if inode.durable.count < inode.visible.count {
            inode.durable += [UInt8](repeating: 0, count: inode.visible.count - inode.durable.count)
        }
        let range = sectors.lowerBound * sectorBytes..<min((sectors.upperBound + 1) * sectorBytes, inode.visible.count)
        inode.durable.replaceSubrange(range, with: inode.visible[range])
        inode.dirty.subtract(sectors)
    }

    public func rename(_ name: String, to newName: String) throws(StorageFault) {
        try step(.rename, name)
        guard inodes[name] != nil else { throw StorageFault(.rename, name, errno: 2) }
        change(.rename(name, newName))
    }

    public func remove(_ name: String) throws(StorageFault) {
        try step(.remove, name)
        guard inodes[name] != nil else { throw StorageFault(.remove, name, errno: 2) }
        change(.remove(name))
    }

    public func syncDirectory() throws(StorageFault) {
        let fault = try step(.syncDirectory, "")
        flushes += 1
        if case .droppedFlush = fault {
            lies.append(.droppedFlush)
            return
        }
        durableInodes = inodes
        nameChanges = []
    }

    private func change(_ change: NameChange) {
        SimulatedDisk.apply(change, to: &inodes)
        nameChanges.append(change)
    }

    private static func apply(_ change: NameChange, to names: inout [String: Inode]) {
        switch change {
        case .add(let name, let inode): names[name] = inode
        case .remove(let name): names[name] = nil
        case .rename(let name, let newName): names[newName] = names.removeValue(forKey: name)
        }
    }

    private func alive(_ operation: StorageFault.Operation, _ name: String) throws(StorageFault) {
        if isStopped { throw StorageFault(operation, name, errno: 5) }
    }

    @discardableResult
    private func step(_ operation: StorageFault.Operation, _ name: String) throws(StorageFault) -> Fault? {
        try alive(operation, name)
        operations += 1
        guard let fault = faults[operations] else { return nil }
        switch fault {
        case .stop:
            isStopped = true
            throw StorageFault(operation, name, errno: 5)
        case .failure(let code):
            throw StorageFault(operation, name, errno: code)
        case .shortWrite, .droppedFlush, .misdirectedWrite:
            return fault
        }
    }
}
