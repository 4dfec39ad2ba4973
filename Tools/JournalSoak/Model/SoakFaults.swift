import Journal
import RecordSamples
import SimulatedDisk

/// Draws the faults of a life: those of class 1 that a disk reports or that end the life, and the lies of class 2.
struct SoakFaults {
    /// One bit that fell over while the machine was off.
    struct Rot {
        let name: String
        let byte: Int
        /// In the newest segment.
        let isNewest: Bool
    }

    var random: SeededRandom
    private(set) var rots = 0

    init(random: SeededRandom) { self.random = random }

    mutating func none(_ disk: SimulatedDisk) {
        disk.faults = [:]
        disk.readFaults = [:]
        disk.capacity = .max
    }

    mutating func draw(for disk: SimulatedDisk, segmentBytes: Int) {
        none(disk)
        let now = disk.operations
        func soon(_ within: UInt64) -> Int { now + 1 + Int(random.next() % within) }
        // A failing operation, a short write, a lie: each in some lives.
        if random.oneIn(3) {
            disk.faults[soon(80)] = random.oneIn(3) ? .shortWrite : .failure(random.oneIn(4) ? 28 : 5)
        }
        if random.oneIn(6) { disk.readFaults[disk.reads + 1 + Int(random.next() % 40)] = 5 }
        if random.oneIn(12) { disk.faults[soon(90)] = .droppedFlush }
        if random.oneIn(16) { disk.faults[soon(90)] = .misdirectedWrite }
        disk.faults[soon(random.oneIn(3) ? 12 : 110)] = .stop
        if random.oneIn(8) { disk.capacity = segmentBytes * Int(2 + random.next() % 3) }
    }

    /// One bit somewhere in what was written, between two lives; often near the end, where it matters most.
    mutating func rot(_ disk: SimulatedDisk) -> Rot? {
        guard random.oneIn(14) else { return nil }
        let names = disk.allNames.filter { !disk.contents($0).isEmpty }
        guard !names.isEmpty else { return nil }
        let newest = names.last { $0.hasPrefix("segment-") }
        let name = random.oneIn(2) ? newest ?? names[0] : names[Int(random.next() % UInt64(names.count))]
        let bytes = disk.contents(name)
        var used = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.count
        used = min(bytes.count, (used + 511) / 512 * 512)
        let isTail = random.oneIn(2) && used > 512
        let byte = isTail ? used - 512 + Int(random.next() % 512) : Int(random.next() % UInt64(used))
        disk.rot(name, byte: byte, bit: UInt8(random.next() % 8))
        rots += 1
        return Rot(name: name, byte: byte, isNewest: name == newest)
    }
}
