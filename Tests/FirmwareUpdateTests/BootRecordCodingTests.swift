import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("The boot record's bytes")
struct BootRecordCodingTests {
    private func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = Array(bytes.prefix(4092))
        bytes.appendBigEndian(CRC32C.checksum(bytes[...]))
        return bytes
    }

    private func full() throws -> BootRecord {
        var record = try BootRecord(factory: image(1, counter: 5), rootVersion: 7)
            .staging(image(2, counter: 0x0102_0304))
            .verifyingStaged().activating(tries: 2, excusing: [.meterAnswers, .ledgerReached])
        record.failed = [image(8, counter: 0).manifest, image(9, counter: 0).manifest]
        return record
    }

    @Test("CRC32C has its check value")
    func checksum() {
        #expect(CRC32C.checksum(Array("123456789".utf8)[...]) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)
    }

    @Test("every field stands at its place")
    func layout() throws {
        let bytes = try full().encoded()
        #expect(bytes.count == 4096)
        #expect(Array(bytes[0..<8]) == Array("WSBOOTRC".utf8))
        #expect(Array(bytes[8..<16]) == [0, 1, 1, 2, 2, 5, 1, 0x40])
        #expect(Array(bytes[16..<24]) == [0, 0, 0, 0, 0, 0, 0, 4])
        #expect(Array(bytes[24..<32]) == [0, 0, 0, 5, 0, 0, 0, 7])
        #expect(Array(bytes[32..<40]) == [2, 5, 0, 0, 0, 0, 0, 5])
        #expect(Array(bytes[40..<72]) == [UInt8](repeating: 1, count: 32))
        #expect(Array(bytes[72..<78]) == Array("1.1.0".utf8) + [0])
        #expect(Array(bytes[128..<136]) == [2, 5, 0, 0, 1, 2, 3, 4])
        #expect(Array(bytes[224..<232]) == [2, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[232..<296]) == [UInt8](repeating: 8, count: 32) + [UInt8](repeating: 9, count: 32))
        #expect(bytes[296..<4092].allSatisfy { $0 == 0 })
        #expect(try BootRecord(decoding: bytes[...]) == full())
    }

    @Test("every flipped bit and every truncation is refused")
    func damage() throws {
        let bytes = try full().encoded()
        for place in Array(0..<300) + stride(from: 340, to: 4092, by: 61) + Array(4092..<4096) {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                #expect(throws: FirmwareUpdateError.self, "byte \(place)") { try BootRecord(decoding: damaged[...]) }
            }
        }
        for count in [0, 1, 8, 223, 4091, 4095] {
            #expect(throws: FirmwareUpdateError.self) { try BootRecord(decoding: bytes.prefix(count)) }
        }
        #expect(throws: FirmwareUpdateError.self) { try BootRecord(decoding: (bytes + [0])[...]) }
    }

    @Test(
        "values that no record has are refused, with a valid checksum",
        arguments: [
            (9, 2), (10, 0), (10, 2), (10, 3), (11, 1), (11, 3), (11, 0), (12, 11), (13, 0), (13, 14), (14, 2), (27, 6),
            (32, 0), (32, 1), (32, 4), (33, 0), (33, 33), (33, 4), (34, 1), (72, 0x1F), (78, 1), (104, 1), (127, 1),
            (128, 0), (128, 1), (128, 3), (224, 1), (224, 17), (225, 1), (231, 1), (300, 1), (4091, 1),
        ])
    func values(place: Int, value: UInt8) throws {
        var bytes = try full().encoded()
        bytes[place] = value
        #expect(throws: FirmwareUpdateError.self) { try BootRecord(decoding: withChecksum(bytes)[...]) }
    }

    @Test("the newest valid copy counts, wherever it stands")
    func choice() throws {
        let old = BootRecord(factory: image(1, counter: 5), rootVersion: 7)
        let new = try old.staging(image(2, counter: 6))
        let (one, two) = (old.encoded(), new.encoded())
        let broken = Array(repeating: UInt8(0xFF), count: 4096)
        for (first, second, record, copy) in [
            (one, two, new, 1), (two, one, new, 0), (one, broken, old, 0), (broken, one, old, 1), (one, one, old, 0),
        ] {
            let store = try BootRecordStore(reading: first + second)
            #expect(store.record == record && store.copy == copy)
            #expect((store.damage != nil) == (first == broken || second == broken))
        }
        var other = new
        other.rootVersion = 8
        #expect(
            refusal { () throws(FirmwareUpdateError) in try BootRecordStore(reading: two + other.encoded()) }
                == .conflictingBootRecords(generation: 2))
        #expect(throws: FirmwareUpdateError.self) { try BootRecordStore(reading: broken + broken) }
        #expect(throws: FirmwareUpdateError.self) { try BootRecordStore(reading: one) }
    }

    @Test("a write goes to the copy that does not count, and is the next generation")
    func writes() throws {
        let first = BootRecord(factory: image(1, counter: 5), rootVersion: 7)
        let next = try first.staging(image(2, counter: 6))
        let store = try BootRecordStore(reading: BootRecordStore.file(of: first))
        #expect(try store.write(next).offset == 4096)
        #expect(throws: FirmwareUpdateError.self) { try store.write(first) }
        #expect(throws: FirmwareUpdateError.self) { try store.write(try next.verifyingStaged()) }
        var last = first
        last.generation = .max
        #expect(throws: FirmwareUpdateError.self) { try last.staging(image(2, counter: 6)) }
    }
}
