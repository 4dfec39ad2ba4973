import FlightSamples
import Quantities
import Testing

@testable import ChargeControl
@testable import FlightRecorder

@Suite struct RefusalTests {
    private let firmware = VersionText("1.2.3".utf8)

    private func dump(_ periods: Int, seed: UInt64 = 4) throws -> [UInt8] {
        var recorded = try RecordedDrive(seed: seed)
        recorded.run(periods)
        return recorded.ring.dump()
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = try dump(60)
        for length in 0..<bytes.count {
            #expect(throws: FlightError.self, "\(length) of \(bytes.count) bytes") {
                _ = try FlightRecording(Array(bytes[..<length]))
            }
        }
        #expect(throws: FlightError.trailingBytes(offset: bytes.count)) { _ = try FlightRecording(bytes + [0]) }
    }

    @Test func everyFlippedBitIsRefused() throws {
        let bytes = try dump(40)
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 1 << UInt8(index % 8)
            #expect(throws: FlightError.self, "byte \(index)") { _ = try FlightRecording(flipped) }
        }
    }

    @Test func aDamagedSegmentIsNamedByItsOffset() throws {
        var bytes = try dump(40)
        bytes[bytes.count - 10] ^= 0x10
        do {
            _ = try FlightRecording(bytes)
            Issue.record("a damaged segment was accepted")
        } catch {
            guard case .checksum(let offset, _, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(offset == bytes.count - 4)
            #expect("\(error)".hasPrefix("offset \(bytes.count - 4): "))
        }
    }

    @Test func anotherVersionOrAnotherFileIsRefused() throws {
        var bytes = try dump(1)
        bytes[8] = 2
        #expect(throws: FlightError.formatVersion(found: 2)) { _ = try FlightRecording(bytes) }
        bytes[0] = 0x58
        #expect(throws: FlightError.notARecording) { _ = try FlightRecording(bytes) }
    }

    /// One word of one output is altered and the checksums are made right again: replay names it.
    @Test(arguments: [0, 1, 700, 1_999])
    func oneAlteredOutputIsFoundAndNamed(altered: Int) throws {
        var drive = try RandomDrive(seed: 9)
        let ring = FlightRing(
            header: FlightHeader(connector: 1, firmware: firmware, beginning: drive.beginning))
        var writer = FlightWriter(ring)
        for period in 0..<2_000 {
            drive.advance()
            writer.keep(drive.controller, at: drive.now)
            drive.perform()
            var output = try #require(drive.output)
            if period == altered { output.display.wear.openingTime += Nanoseconds(1) }
            writer.note(drive.input, output, at: drive.now)
        }
        let verdict = try FlightReplay.run(try FlightRecording(ring.dump()), firmware: firmware)
        let difference = try #require(verdict.difference)
        #expect(difference.entry == UInt64(altered))
        #expect("\(difference.field)" == "display.wear.openingTime")
        #expect(difference.recorded == difference.computed + 1)
        #expect(verdict.entries == UInt64(altered))
    }

    /// An altered record intent is found, too.
    @Test func oneAlteredRecordIsFoundAndNamed() throws {
        var drive = try RandomDrive(seed: 9)
        let ring = FlightRing(
            header: FlightHeader(connector: 1, firmware: firmware, beginning: drive.beginning))
        var writer = FlightWriter(ring)
        var altered: UInt64?
        for period in 0..<24_000 {
            drive.advance()
            writer.keep(drive.controller, at: drive.now)
            drive.perform()
            var output = try #require(drive.output)
            if altered == nil, output.records.count > 0, case .begin(let mark) = output.records[0] {
                var records = RecordIntents()
                records.append(.resume(mark))
                for position in 1..<output.records.count { records.append(output.records[position]) }
                output.records = records
                altered = UInt64(period)
            }
            writer.note(drive.input, output, at: drive.now)
        }
        let verdict = try FlightReplay.run(try FlightRecording(ring.dump()), firmware: firmware)
        let difference = try #require(verdict.difference)
        #expect(difference.entry == altered)
        #expect("\(difference.field)" == "records[0].kind")
        #expect(difference.recorded == 4 && difference.computed == 1)
    }

    @Test func numbersThatDoNotEndOrAreLongerThanNeedBeAreRefused() {
        for bytes: [UInt8] in [
            [], [0x80], [0x80, 0x00], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        ] {
            var reader = ByteReader(bytes, from: 0, to: bytes.count)
            #expect(reader.number() == nil, "\(bytes)")
        }
        for value in [Int64(0), 1, -1, 63, -64, 64, .max, .min] {
            let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
            defer { bytes.deallocate() }
            var sink = ByteSink(bytes)
            sink.put(signed: value)
            var reader = ByteReader(
                Array(UnsafeBufferPointer(start: bytes, count: sink.count)), from: 0, to: sink.count)
            #expect(reader.signed() == value)
            #expect(reader.isAtEnd)
        }
    }

    @Test func theChecksumIsCRC32C() {
        var checksum = CRC32C()
        for byte in "123456789".utf8 { checksum.add(byte) }
        #expect(checksum.value == 0xE306_9283)
    }
}
