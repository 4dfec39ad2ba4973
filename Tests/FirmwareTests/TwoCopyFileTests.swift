import Journal
import SimulatedDisk
import Testing

@testable import Firmware

@Suite("A small file in two copies")
struct TwoCopyFileTests {
    private static let capacity = 5_000
    private static let steps: [[UInt8]] = [[1], [2, 2], [UInt8](repeating: 3, count: capacity), [4]]

    private func file(_ disk: SimulatedDisk) -> TwoCopyFile {
        TwoCopyFile("note", capacity: Self.capacity, on: disk)
    }

    /// Keeps them one by one: what was kept last, and what was being kept when the machine stopped.
    private func keepAll(_ disk: SimulatedDisk) -> (kept: [UInt8], tried: [UInt8]) {
        var file = file(disk)
        var kept: [UInt8] = []
        for content in Self.steps {
            do { try file.keep(content) } catch { return (kept, content) }
            kept = content
        }
        return (kept, kept)
    }

    @Test("what was kept is there again, in its place; an empty one says nothing")
    func roundTrip() throws {
        for sector in [512, 4_096] {
            let disk = SimulatedDisk(seed: 1, sectorBytes: sector)
            var file = file(disk)
            #expect(try file.content().isEmpty)
            let length = disk.contents("note").count
            for content in Self.steps {
                try file.keep(content)
                #expect(try file.content() == content)
                var again = self.file(disk)
                #expect(try again.content() == content)
            }
            #expect(disk.contents("note").count == length && disk.allNames == ["note"])
            #expect(throws: FirmwareError.self) {
                try file.keep([UInt8](repeating: 0, count: Self.capacity + 1))
            }
        }
    }

    @Test("a stop after any operation leaves what was kept, or what was being kept; and the next is kept")
    func stops() throws {
        let whole = SimulatedDisk(seed: 1)
        _ = keepAll(whole)
        for stop in 1...whole.operations {
            for seed in UInt64(1)...20 {
                for isCut in [false, true] {
                    let disk = SimulatedDisk(seed: seed)
                    disk.faults[stop] = .stop
                    let (kept, tried) = keepAll(disk)
                    if isCut { disk.cutPower() } else { disk.killProcess() }
                    var file = file(disk)
                    let found = try file.content()
                    #expect(found == kept || found == tried, "stop \(stop), seed \(seed)")
                    try file.keep([9])
                    disk.cutPower()
                    var again = self.file(disk)
                    #expect(try again.content() == [9], "stop \(stop), seed \(seed)")
                }
            }
        }
    }

    @Test("a process that dies and then the power: a copy that was only seen is no ground to stand on")
    func twoStops() throws {
        let whole = SimulatedDisk(seed: 1)
        _ = keepAll(whole)
        for stop in 1...whole.operations {
            for second in 1...8 {
                for seed in UInt64(1)...10 {
                    let disk = SimulatedDisk(seed: seed)
                    disk.faults[stop] = .stop
                    let (kept, tried) = keepAll(disk)
                    disk.killProcess()
                    disk.faults[disk.operations + second] = .stop
                    var file = file(disk)
                    try? file.keep([9])
                    disk.cutPower()
                    var again = self.file(disk)
                    let found = try again.content()
                    #expect([kept, tried, [9]].contains(found), "stops \(stop), \(second), seed \(seed)")
                }
            }
        }
    }

    @Test("on a full disk it is kept all the same; where there never was room, that is told, and healed")
    func fullDisk() throws {
        let disk = SimulatedDisk(seed: 1)
        disk.capacity = 0
        var file = file(disk)
        #expect(try file.content().isEmpty)
        #expect(throws: FirmwareError.system(call: "write note.new", errno: 28)) { try file.keep([1]) }
        disk.capacity = .max
        #expect(try file.content().isEmpty)
        disk.capacity = disk.contents("note").count
        for content in Self.steps { try file.keep(content) }
        #expect(try file.content() == Self.steps.last)
    }

    @Test("a write that fails may be kept or not, and the next is")
    func failures() throws {
        for fault in [SimulatedDisk.Fault.failure(5), .shortWrite] {
            for place in 1...2 {
                let disk = SimulatedDisk(seed: 3)
                var file = file(disk)
                try file.keep([1])
                disk.faults[disk.operations + place] = fault
                if place == 1 || fault != .shortWrite {
                    #expect(throws: FirmwareError.self) { try file.keep([2]) }
                    let found = try file.content()
                    #expect(found == [1] || found == [2])
                }
                try file.keep([3])
                #expect(try file.content() == [3])
            }
        }
    }

    @Test("one damaged copy leaves the other; two are told, and the next content is kept in spite of it")
    func damage() throws {
        let disk = SimulatedDisk(seed: 1)
        var file = file(disk)
        try file.keep([1])
        try file.keep([2])
        let half = disk.contents("note").count / 2
        // The second content went to the first copy.
        disk.rot("note", byte: 20, bit: 0)
        var second = self.file(disk)
        #expect(try second.content() == [1])
        disk.unreadable["note"] = [half]
        var none = self.file(disk)
        #expect(throws: FirmwareError.room("note", reason: "neither of its two copies is whole")) {
            try none.content()
        }
        disk.unreadable = [:]
        disk.rot("note", byte: half + 20, bit: 0)
        var both = self.file(disk)
        #expect(throws: FirmwareError.self) { try both.content() }
        try both.keep([3])
        #expect(try both.content() == [3])
        // A file of another length is none of this type's.
        try disk.write([7], to: "note", at: 2 * half, durably: true)
        var longer = self.file(disk)
        #expect(throws: FirmwareError.self) { try longer.content() }
        try longer.keep([4])
        #expect(try longer.content() == [4] && disk.contents("note").count == 2 * half)
    }
}
