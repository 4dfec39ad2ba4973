import BoardIO
import Foundation
import Quantities
import ServiceShell
import SignedRecords
import Synchronization
import Testing

@testable import Firmware

/// What is kept of calibrations: whole or not at all, for one board profile, within its bounds, and in force from the next start.
@Suite("Calibrations that stay")
struct CalibrationTests {
    private static let ada = Technician(hash: ContentHash(hashing: [5]), name: "Ada L", role: .commission, serial: 7)
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private static let high = CalibrationKeeper.Place(connector: 1, role: .pilotHigh)
    private static let low = CalibrationKeeper.Place(connector: 1, role: .pilotLow)

    private let board: BoardProfile

    init() throws { board = try BoardProfile.load(path: "\(ConnectorParts.shipped)/profiles/gpio-bench.toml") }

    private func keeper(_ disk: CuttableDisk) -> CalibrationKeeper { CalibrationKeeper(disk.store) }

    private func point(_ count: Int64, _ reference: Int32) throws -> CalibrationPoint {
        let scale = try #require(board.wiring?.channel(.pilotHigh)).scale
        return try CalibrationPoint(
            Array(repeating: count, count: CalibrationPoint.samples), reference: Millivolts(reference), scale: scale)
    }

    private func take(
        _ keeper: CalibrationKeeper, _ place: CalibrationKeeper.Place, _ count: Int64, _ reference: Int32,
        by technician: Technician = Self.ada, after: Nanoseconds = .zero, utc: Int64? = 1_795_977_600_000
    ) throws {
        try keeper.take(
            try point(count, reference), of: place, on: board, by: technician, at: Self.start + after, utc: utc)
    }

    private func offset(_ verdict: CalibrationVerdict, _ role: ConverterRole) -> Int32? {
        verdict.used[role]?.scale.offset.rawValue
    }

    @Test("what is taken in is stored at once and in force from the next start, with who, when and what it rests on")
    func fromTheNextStart() throws {
        let disk = CuttableDisk()
        let first = keeper(disk)
        #expect(first.problem == nil && first.inForce(1, on: board).used.isEmpty)
        try take(first, Self.high, 3_686, 12_034)
        #expect(first.inForce(1, on: board).used.isEmpty)
        #expect(offset(first.stored(1, on: board), .pilotHigh) == -14_970)
        let second = keeper(disk)
        let entry = try #require(second.inForce(1, on: board).used[.pilotHigh])
        #expect(entry.name == "Ada L" && entry.serial == 7 && entry.certificate == Self.ada.hash)
        #expect(entry.references == [Millivolts(12_034)] && entry.residual == .zero && entry.at == 1_795_977_600_000)
        #expect(entry.profile == ContentHash(hashing: board.fileBytes))
        #expect(
            second.inForce(1, on: board).scales
                == [.pilotHigh: ConverterScale(microvoltsPerCount: 7_326, offset: Millivolts(-14_970))])
        #expect(second.inForce(2, on: board).used.isEmpty, "another connector's board is another")
        try second.reset(Self.high)
        #expect(offset(second.inForce(1, on: board), .pilotHigh) == -14_970)
        #expect(second.stored(1, on: board).used.isEmpty && keeper(disk).inForce(1, on: board).used.isEmpty)
        #expect(throws: CalibrationKeeper.Failure.nothingStored) { try second.reset(Self.high) }
        #expect(throws: CalibrationKeeper.Failure.nothingStored) { try second.reset(Self.low) }
    }

    @Test("a second point goes with one of the same channel, technician and half hour; any other stands alone")
    func pairs() throws {
        func references(_ second: (CalibrationKeeper) throws -> Void) throws -> [Int32]? {
            let keeper = keeper(CuttableDisk())
            try take(keeper, Self.high, 3_541, 10_941)
            try second(keeper)
            return keeper.stored(1, on: board).used[.pilotHigh]?.references.map(\.rawValue)
        }
        #expect(try references { try take($0, Self.high, 3_823, 13_007) } == [10_941, 13_007])
        #expect(try references { try take($0, Self.high, 3_823, 13_007, after: .seconds(1_800)) } == [10_941, 13_007])
        #expect(try references { try take($0, Self.high, 3_823, 13_007, after: .seconds(1_801)) } == [13_007])
        #expect(try references { try take($0, Self.high, 3_568, 11_139) } == [11_139], "too near")
        #expect(try references { try take($0, Self.low, 3_823, 13_007) } == [10_941], "another channel")
        let bob = Technician(hash: ContentHash(hashing: [6]), name: "Bob", role: .commission)
        #expect(try references { try take($0, Self.high, 3_823, 13_007, by: bob) } == [13_007])
        #expect(
            try references { keeper in
                try keeper.reset(Self.high)
                try take(keeper, Self.high, 3_823, 13_007)
            } == [13_007], "what was reset is not taken along")
        #expect(
            try references { keeper in
                try take(keeper, Self.high, 3_823, 13_007)
                try take(keeper, Self.high, 3_550, 11_007)
            } == [13_007, 11_007], "the third takes the place of the nearer one")
    }

    @Test("a point that is refused changes nothing, in memory and on the disk")
    func refused() throws {
        let disk = CuttableDisk()
        let keeper = keeper(disk)
        try take(keeper, Self.high, 3_686, 12_034)
        let text = disk.state.withLock { $0.text }
        #expect(throws: CalibrationKeeper.Failure.self) { try take(keeper, Self.high, 3_686, 12_500) }
        #expect(throws: CalibrationKeeper.Failure.noChannel) {
            try take(keeper, .init(connector: 1, role: .proximity), 3_686, 12_034)
        }
        let simulated = try BoardProfile.load(path: "\(ConnectorParts.shipped)/profiles/simulated.toml")
        #expect(throws: CalibrationKeeper.Failure.noChannel) {
            try keeper.take(
                try point(3_686, 12_034), of: Self.high, on: simulated, by: Self.ada, at: Self.start, utc: nil)
        }
        #expect(disk.state.withLock { $0.text } == text && disk.state.withLock { $0.writes } == 1)
    }

    @Test("a power cut at each write, before it or behind it, leaves the old or the new, and never half")
    func powerCuts() throws {
        for write in 1...3 {
            for isDurable in [false, true] {
                let disk = CuttableDisk()
                disk.state.withLock { $0.cut = (write, isDurable) }
                var mayStand: [[Int32?]] = [[nil, nil]]
                do {
                    let keeper = keeper(disk)
                    mayStand = [[nil, nil], [-14_970, nil]]
                    try take(keeper, Self.high, 3_686, 12_034)
                    mayStand = [[-14_970, nil], [-14_970, -15_104]]
                    try take(keeper, Self.low, 3_686, 11_900)
                    mayStand = [[-14_970, -15_104], [nil, -15_104]]
                    try keeper.reset(Self.high)
                    Issue.record("write \(write) was never made")
                } catch CalibrationKeeper.Failure.notKept {
                }
                disk.powerUp()
                let again = keeper(disk)
                let found = again.inForce(1, on: board)
                #expect(again.problem == nil)
                #expect(
                    mayStand.contains([offset(found, .pilotHigh), offset(found, .pilotLow)]),
                    "write \(write), durable \(isDurable)")
            }
        }
    }

    @Test("a disk that refuses leaves what was, and what it says is that it does not know")
    func brokenDisk() throws {
        let disk = CuttableDisk()
        let keeper = keeper(disk)
        disk.state.withLock { $0.isDead = true }
        #expect(throws: CalibrationKeeper.Failure.notKept(.system(call: "write", errno: 5))) {
            try take(keeper, Self.high, 3_686, 12_034)
        }
        #expect(keeper.stored(1, on: board).used.isEmpty)
        disk.powerUp()
        // The point that was not kept is not taken along either.
        try take(keeper, Self.high, 3_400, 9_940)
        #expect(keeper.stored(1, on: board).used[.pilotHigh]?.references == [Millivolts(9_940)])
    }

    @Test("a file that was cut anywhere, or has another bit anywhere, is not used at all, and that is said")
    func damaged() throws {
        let disk = CuttableDisk()
        let first = keeper(disk)
        try take(first, Self.high, 3_686, 12_034)
        try take(first, Self.low, 3_686, 11_900, utc: nil)
        let whole = Array(try #require(disk.state.withLock { $0.text }).utf8)
        func judged(_ bytes: [UInt8]) -> (problem: String?, used: Int) {
            disk.state.withLock { $0.text = String(decoding: bytes, as: UTF8.self) }
            let keeper = keeper(disk)
            return (keeper.problem, keeper.inForce(1, on: board).used.count)
        }
        #expect(judged(whole) == (nil, 2))
        for length in whole.indices {
            #expect(judged(Array(whole[..<length])) == ("the file calibration is damaged: no calibration is used", 0))
        }
        for place in whole.indices {
            for bit in [UInt8(1), 4, 0x20, 0x80] {
                var bytes = whole
                bytes[place] ^= bit
                let found = judged(bytes)
                #expect(found.problem != nil && found.used == 0, "byte \(place), bit \(bit)")
            }
        }
        #expect(judged(whole + whole).problem != nil && judged(whole + [0x0A]).problem != nil)
        // A calibration that is made now takes its place.
        disk.state.withLock { $0.text = "rubbish" }
        let again = keeper(disk)
        #expect(again.problem != nil)
        try take(again, Self.high, 3_686, 12_034)
        #expect(again.problem == nil && keeper(disk).problem == nil)
        disk.state.withLock { $0.text = "rubbish" }
        let reset = keeper(disk)
        try reset.reset(Self.low)
        #expect(reset.problem == nil && keeper(disk).problem == nil)
        disk.state.withLock { $0.isUnreadable = true }
        let blind = keeper(disk)
        #expect(blind.problem?.hasPrefix("the file calibration cannot be read") == true)
        #expect(blind.inForce(1, on: board).used.isEmpty)
    }

    @Test("lines that are none: right by their sum, and not by their words")
    func strangeLines() throws {
        var book = CalibrationBook()
        let entry = CalibrationEntry(
            connector: 1, role: .pilotHigh, profile: ContentHash(hashing: board.fileBytes),
            scale: ConverterScale(microvoltsPerCount: 7_326, offset: Millivolts(-14_970)),
            references: [Millivolts(12_034)], residual: .zero, spread: .zero, name: "", certificate: .zero)
        book.put(entry)
        #expect(CalibrationBook(text: book.text) == book)
        #expect(CalibrationBook(text: CalibrationBook().text) == CalibrationBook())
        func sealed(_ body: String) -> String {
            body + "sum \(ContentHash(hashing: Array(body.utf8)).hex)\n"
        }
        let head = "wattseal-calibration/1\n"
        #expect(CalibrationBook(text: sealed(head + entry.line + "\n")) == book)
        let words = entry.line.split(separator: " ").map(String.init)
        for (index, wrong) in [
            (0, "-1"), (0, "+1"), (0, "01"), (1, "pilot"), (2, "00"), (3, "7326.5"), (3, "x"), (4, "99999999999"),
            (5, ""),
            (5, "1,2,3"), (5, "1,"), (6, "-"), (7, "-"), (8, "now"), (9, "-7"), (10, "aa"), (11, "Ada"), (11, "x4"),
        ] {
            var changed = words
            changed[index] = wrong
            #expect(
                CalibrationBook(text: sealed(head + changed.joined(separator: " ") + "\n")) == nil, "\(index) \(wrong)")
        }
        #expect(CalibrationBook(text: sealed(head + entry.line + "\n" + entry.line + "\n")) == nil, "twice")
        #expect(CalibrationBook(text: sealed("wattseal-calibration/2\n" + entry.line + "\n")) == nil)
        #expect(CalibrationBook(text: sealed(head + entry.line + " 1\n")) == nil)
        #expect(CalibrationBook(text: sealed(head + "\n")) == nil)
    }

    @Test("for another board profile, for a channel that is gone, or beyond the bounds: not used, and why")
    func unused() throws {
        let disk = CuttableDisk()
        try take(keeper(disk), Self.high, 3_686, 12_034)
        let path = "\(ConnectorParts.shipped)/profiles/gpio-bench.toml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // Not even a comment may differ: the file as it is was calibrated.
        let other = try BoardProfile(bytes: Array((text + "# another\n").utf8), file: "p")
        let verdict = keeper(disk).inForce(1, on: other)
        #expect(verdict.used.isEmpty && verdict.scales.isEmpty)
        #expect(verdict.unused[.pilotHigh]?.hasPrefix("it was made with another board profile, ") == true)

        let profile = ContentHash(hashing: board.fileBytes)
        func judged(_ role: ConverterRole, gain: Int64, offset: Int32) -> CalibrationVerdict {
            var book = CalibrationBook()
            book.put(
                CalibrationEntry(
                    connector: 1, role: role, profile: profile,
                    scale: ConverterScale(microvoltsPerCount: gain, offset: Millivolts(offset)),
                    references: [Millivolts(12_034)], residual: .zero, spread: .zero, name: "", certificate: .zero))
            return CalibrationVerdict(book, connector: 1, board: board)
        }
        #expect(judged(.proximity, gain: 7_326, offset: -15_000).unused[.proximity] == "the board has no such channel")
        #expect(judged(.pilotLow, gain: 7_326, offset: -14_600).used.count == 1)
        #expect(judged(.pilotLow, gain: 7_326, offset: -14_599).unused[.pilotLow]?.contains("401 mV") == true)
        #expect(judged(.pilotLow, gain: 0, offset: -15_000).unused.count == 1)
        #expect(judged(.pilotLow, gain: .max, offset: .min).unused.count == 1)
    }

    @Test("a connector's parts take it up, and what is left out is a limitation that the start tells")
    func parts() throws {
        let path = "\(ConnectorParts.shipped)/profiles/gpio-bench.toml"
        let disk = CuttableDisk()
        try take(keeper(disk), Self.high, 3_686, 12_034)
        let parts = try ConnectorParts(ofBoard: path, calibration: keeper(disk))
        #expect(parts.calibration.scales[.pilotHigh]?.offset == Millivolts(-14_970))
        let before = try ConnectorParts(ofBoard: path).limitations
        #expect(parts.limitations == before)
        let foreign = FileManager.default.temporaryDirectory.appendingPathComponent("board-\(UUID()).toml")
        defer { try? FileManager.default.removeItem(at: foreign) }
        try (String(contentsOfFile: path, encoding: .utf8) + "# another\n")
            .write(to: foreign, atomically: true, encoding: .utf8)
        let other = try ConnectorParts(ofBoard: foreign.path, calibration: keeper(disk))
        #expect(other.calibration.scales.isEmpty)
        #expect(
            other.limitations.contains {
                $0.hasPrefix(
                    "connector 1: the calibration of pilot-high is not used: it was made with another board profile")
            })
    }

    @Test("on a real disk: a private file, whole behind each change; a file that cannot be read is said")
    func realFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("calibration-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("calibration").path
        let keeper = CalibrationKeeper(.file(path))
        try take(keeper, Self.high, 3_686, 12_034)
        #expect(SmallFile.isPrivate(path))
        #expect(CalibrationKeeper(.file(path)).inForce(1, on: board).used.count == 1)
        #expect(CalibrationKeeper(.file(folder.path)).problem?.contains("cannot be read") == true)
    }
}
