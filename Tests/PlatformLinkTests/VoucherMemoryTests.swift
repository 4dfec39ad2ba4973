import Foundation
import Ledger
import Quantities
import SignedRecords
import Testing

@testable import PlatformLink

@Suite("What a charger remembers of vouchers")
struct VoucherMemoryTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static let card = [UInt8](repeating: 7, count: 32)
    private static func hash(_ name: UInt8) -> GrantHash { GrantHash(hashing: [name]) }
    private static func at(_ moment: Int64) -> UTCMilliseconds { UTCMilliseconds(moment) }

    @Test("is there again after a restart, with what the ledger proved; the expired is forgotten")
    func durable() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var memory = try VoucherMemory(folder: folder)
        #expect(memory.entries.isEmpty)
        try memory.take(Self.hash(1), expiry: Self.at(100), card: Self.card, at: Self.at(1))
        try memory.take(Self.hash(2), expiry: Self.at(200), card: nil, at: Self.at(1))
        var use = VoucherUse(payer: .zero)
        use.held = Microunits(5)
        use.spent = Microunits(5)
        #expect(try !memory.note(Self.hash(1), use), "its session runs")
        #expect(memory.open == [Self.hash(1), Self.hash(2)])
        use.held = .zero
        #expect(try !memory.note(Self.hash(1), use))
        #expect(memory.open == [Self.hash(2)])
        use.isOverdrawn = true
        #expect(try memory.note(Self.hash(1), use), "it is news")
        #expect(try !memory.note(Self.hash(1), use))
        #expect(try !memory.note(Self.hash(9), use), "not taken here")
        var read = try VoucherMemory(folder: folder)
        #expect(read == memory && read.isFlagged(card: Self.card) && read.contains(Self.hash(2)))
        try read.take(Self.hash(3), expiry: Self.at(300), card: nil, at: Self.at(100))
        #expect(read.entries.map(\.voucher) == [Self.hash(2), Self.hash(3)] && !read.isFlagged(card: Self.card))
        // A voucher that anyone could have used flags nobody.
        try read.note(Self.hash(2), use)
        #expect(read.entries.map(\.standing) == [.overdrawn, .taken] && !read.isFlagged(card: Self.card))
    }

    @Test("has room for 1024 that have not expired; a full one fits its file")
    func bounded() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var memory = VoucherMemory()
        for number in 0..<VoucherMemory.capacity - 1 {
            try memory.take(
                GrantHash(hashing: [UInt8(number >> 8), UInt8(number & 255)]), expiry: UTCMilliseconds.latest,
                card: Self.card, at: Self.at(1))
        }
        #expect(memory.hasRoom(at: Self.at(1)))
        var kept = try VoucherMemory(folder: folder)
        for entry in memory.entries.prefix(3) {
            try kept.take(entry.voucher, expiry: entry.expiry, card: entry.card, at: Self.at(1))
        }
        try memory.take(Self.hash(1), expiry: Self.at(50), card: nil, at: Self.at(1))
        #expect(!memory.hasRoom(at: Self.at(1)) && memory.hasRoom(at: Self.at(50)))
        let size = try FileManager.default.attributesOfItem(atPath: folder + "/vouchers.cbor")[.size] as? Int
        #expect((try #require(size)) / 3 * VoucherMemory.capacity < 1 << 18)
    }

    @Test("a file that is none is an error", arguments: ["", "80", "820180"])
    func malformed(hex: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(Hexadecimal.decode(hex) ?? [1]).write(to: URL(fileURLWithPath: folder + "/vouchers.cbor"))
        #expect(throws: PlatformLinkError.self) { try VoucherMemory(folder: folder) }
    }
}
