import Crypto
import Foundation
import LedgerSamples
import Quantities
import RecordSamples
import SignedRecords
import Testing

@testable import Receipts

/// A session's OCMF record, as its device signs it.
struct SampleOCMF {
    var device: SampleDevice
    let evidence: SessionEvidence
    let payload: OCMFPayload
    let record: OCMFRecord

    /// - Parameter meter: changes the begin record's meter; the rest of the session follows `bodies`.
    init(
        device made: SampleDevice? = nil, page: UInt64 = 1, register: Int64 = 7_000_000, resolution: Int64 = 1_000,
        meter: MeterIdentity = SampleDevice.meter, time: [Int: RecordTime] = [:], ledger: LedgerChainID? = nil,
        bodies: (SessionID) -> [RecordBody] = SampleOCMF.simple
    ) throws {
        var device = try made ?? SampleDevice()
        var begin = device.begin(.connector(1), register: register)
        begin.meter = meter
        var records: [SignedRecord] = []
        for (index, body) in ([.begin(begin)] + bodies(begin.session)).enumerated() {
            var record = device.next(.connector(1), body)
            if let time = time[index] { record.time = time }
            records.append(try device.append(record))
        }
        guard case .genesis(let genesis) = device.genesis.record.body else { throw SampleError.timeRange }
        evidence = SessionEvidence(genesis: device.genesis, keyChanges: [], moves: [], records: records)
        payload = try OCMFPayload(
            records: records, genesis: genesis, ledger: ledger ?? device.ledger, page: page,
            decimals: try OCMFPayload.decimals(records: records, resolution: MilliwattHours(resolution)))
        let signature = try device.p256.signature(for: payload.bytes)
        record = try OCMFRecord(payload, signature: Array(signature.rawRepresentation))
        self.device = device
    }

    static func simple(_ session: SessionID) -> [RecordBody] {
        [
            .tick(SampleDevice.tick(session, index: 1, base: 7_000_000, extra: 1_000)),
            end(session, 8_300_000, 1_300_000),
        ]
    }

    static func end(
        _ session: SessionID, _ register: Int64, _ energy: Int64, ticks: UInt32 = 1, reason: StopReason = .car,
        fault: UInt16? = nil
    ) -> RecordBody {
        .end(
            End(
                session: session, reason: reason, reading: SampleDevice.reading(register),
                energy: MilliwattHours(energy), ticks: ticks, faultCode: fault))
    }

    var text: String { String(decoding: record.encode(), as: UTF8.self) }
    var spki: String { Hexadecimal.encode(Array(device.p256.publicKey.derRepresentation)) }
}

@Suite("An OCMF record")
struct OCMFTests {
    @Test("states the session as the records do, to the letter")
    func letter() throws {
        let sample = try SampleOCMF(page: 12)
        let begin = try #require(sample.evidence.records.first)
        let end = try #require(sample.evidence.records.last)
        let session = try #require(begin.record.body.session).hex
        let expected =
            "{\"FV\":\"1.3\",\"GI\":\"Wattseal test charger\",\"GS\":\"T-0001/1\",\"GV\":\"\(ContentHash(hashing: [2]).hex)\""
            + ",\"PG\":\"T12\",\"MV\":\"Eastron\",\"MM\":\"SDM630\",\"MS\":\"23456789\",\"IS\":true,\"IL\":\"VERIFIED\""
            + ",\"IF\":[\"RFID_NONE\",\"OCPP_NONE\",\"ISO15118_NONE\",\"PLMN_NONE\"],\"IT\":\"CENTRAL_1\""
            + ",\"ID\":\"\(session)\",\"TT\":\"tariff SHA-256 \(TariffHash(hashing: [0x74]).hex)\",\"CT\":\"CBIDC\""
            + ",\"CI\":\"T-0001 1\",\"RD\":[{\"TM\":\"2027-01-15T08:00:02,000+0000 S\",\"TX\":\"B\",\"RV\":7.000"
            + ",\"RI\":\"01-00:01.08.00*FF\",\"RU\":\"kWh\",\"RT\":\"AC\",\"EF\":\"\",\"ST\":\"G\"}"
            + ",{\"TM\":\"2027-01-15T08:00:04,000+0000 S\",\"TX\":\"L\",\"RV\":8.300,\"RI\":\"01-00:01.08.00*FF\""
            + ",\"RU\":\"kWh\",\"RT\":\"AC\",\"EF\":\"\",\"ST\":\"G\"}],\"U\":{\"device\":\"\(sample.device.device.hex)\""
            + ",\"ledger\":\"wattseal-test\",\"chain\":1,\"first\":1,\"last\":3,\"begin\":\"\(begin.hash.hex)\""
            + ",\"end\":\"\(end.hash.hex)\"}}"
        #expect(String(decoding: sample.payload.bytes, as: UTF8.self) == expected)
        #expect(sample.text.hasPrefix("OCMF|{\"FV\":\"1.3\""))
        let report = try OCMFRecord(decoding: sample.record.encode()).verify(against: sample.evidence)
        #expect(report.page == 12)
        #expect(report.key == sample.device.publicKeys.p256)
    }

    @Test("names nothing that two sessions of one driver share")
    func privacy() throws {
        let sample = try SampleOCMF()
        guard case .begin(let begin)? = sample.evidence.records.first?.record.body else { return }
        #expect(!sample.text.contains(begin.payer.hex))
        #expect(!sample.text.contains(begin.grant.hex))
    }

    @Test(
        "states the register with the decimal places of its step, and more where the readings have them",
        arguments: [
            (1, 7_000_000, 8_300_000, "7.000000", "8.300000"), (500, 7_000_500, 8_300_000, "7.0005", "8.3000"),
            (1_000, 7_001_000, 8_300_000, "7.001", "8.300"), (10_000, 7_000_000, 8_300_000, "7.00", "8.30"),
            (100_000, 7_000_000, 8_300_000, "7.0", "8.3"), (1_000_000, 7_000_000, 9_000_000, "7", "9"),
            (10_000, 7_000_000, 8_300_001, "7.000000", "8.300001"), (1_000, 0, 1_000, "0.000", "0.001"),
            (1_000, 9_007_199_254_741_000, 9_007_199_254_742_000, "9007199254.741", "9007199254.742"),
        ] as [(Int64, Int64, Int64, String, String)])
    func decimals(step: Int64, from: Int64, to: Int64, first: String, last: String) throws {
        let sample = try SampleOCMF(register: from, resolution: step) { session in
            var bodies: [RecordBody] = []
            let ticks = UInt32((to - from) / 1_000_000)
            if ticks > 0 {
                bodies.append(
                    .tick(
                        Tick(
                            session: session, index: ticks, count: ticks, reading: SampleDevice.reading(to),
                            energy: MilliwattHours(to - from), readErrors: 0, status: .meterHealthy)))
            }
            return bodies + [SampleOCMF.end(session, to, to - from, ticks: ticks)]
        }
        #expect(sample.text.contains("\"TX\":\"B\",\"RV\":\(first),"))
        #expect(sample.text.contains("\"TX\":\"L\",\"RV\":\(last),"))
        _ = try sample.record.verify(against: sample.evidence)
    }

    @Test("says why the session ended", arguments: StopReason.allCases)
    func reasons(_ reason: StopReason) throws {
        let letters: [StopReason: String] = [
            .car: "L", .unplugged: "L", .technician: "L", .grantSpent: "E", .energyLimit: "E", .owner: "E",
            .grantExpired: "E", .scheduleEnd: "E", .grantWithdrawn: "R", .restart: "P",
        ]
        let sample = try SampleOCMF { [SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0, reason: reason)] }
        #expect(sample.text.contains("\"TX\":\"\(letters[reason] ?? "A")\",\"RV\":7.300,"))
    }

    static let doubts: [(String, [String], @Sendable (SessionID) -> [RecordBody])] = [
        (
            "the meter was distrusted", ["G", "E"],
            { [SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0, reason: .meterDistrust)] }
        ),
        (
            "the meter was distrusted in it, whatever ended it", ["G", "E"],
            {
                [
                    .event(.faultLatched(FaultLatched(code: 505))),
                    SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0, reason: .restart),
                ]
            }
        ),
        (
            "distrust as a fault", ["G", "E"],
            { [SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0, reason: .fault, fault: 505)] }
        ),
        (
            "another fault", ["G", "G"],
            { [SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0, reason: .fault, fault: 101)] }
        ),
        (
            "the register fell", ["G", "E"],
            {
                [
                    .reset(
                        Reset(
                            session: $0, lastImport: MilliwattHours(7_200_000), reading: SampleDevice.reading(5_000))),
                    SampleOCMF.end($0, 5_000, 200_000, ticks: 0, reason: .meterDistrust),
                ]
            }
        ),
        (
            "the register rolled over", ["G", "O"],
            {
                [
                    .rollover(
                        Rollover(
                            session: $0, lastImport: MilliwattHours(7_200_000), reading: SampleDevice.reading(5_000),
                            modulus: MilliwattHours(7_210_000))),
                    SampleOCMF.end($0, 6_000, 216_000, ticks: 0),
                ]
            }
        ),
        (
            "the meter was silent at the end", ["G", "T"],
            { [SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0, reason: .meterLoss)] }
        ),
        (
            "a gap that was closed", ["G", "G"],
            {
                [
                    .gap(
                        Gap(
                            session: $0, reason: .meterSilent, milliseconds: 9_000,
                            lastImport: MilliwattHours(7_100_000), reading: SampleDevice.reading(7_200_000))),
                    SampleOCMF.end($0, 7_300_000, 300_000, ticks: 0),
                ]
            }
        ),
    ]

    @Test("claims a good meter only where nothing speaks against it", arguments: doubts.indices)
    func statuses(_ index: Int) throws {
        let (name, expected, bodies) = Self.doubts[index]
        let sample = try SampleOCMF(bodies: bodies)
        #expect(Self.statuses(in: sample.text) == expected, "\(name)")
        #expect(sample.text.contains("\"EF\":\"E\"") == (expected != ["G", "G"]), "\(name)")
        _ = try sample.record.verify(against: sample.evidence)
    }

    static func statuses(in text: String) -> [String] {
        text.components(separatedBy: "\"ST\":\"").dropFirst().map { String($0.prefix(1)) }
    }

    @Test("of a simulation or a bench claims no meter at all", arguments: [(UInt32(20), false), (1, true)])
    func simulation(factor: UInt32, bench: Bool) throws {
        let sample = try SampleOCMF()
        guard case .genesis(var genesis) = sample.device.genesis.record.body else { return }
        genesis.bench = bench
        genesis.energyFactor = factor
        let payload = try OCMFPayload(
            records: sample.evidence.records, genesis: genesis, ledger: sample.device.ledger, page: 1, decimals: 3)
        #expect(Self.statuses(in: String(decoding: payload.bytes, as: UTF8.self)) == ["S", "S"])
    }

    private static func time(
        _ utc: Int64?, _ quality: TimeQuality, monotonic: UInt64, boot: UInt8 = 0xB0
    ) -> RecordTime {
        RecordTime(
            utc: utc.map { UTCMilliseconds($0) }, quality: quality, monotonic: monotonic,
            boot: BootID(exactly: [UInt8](repeating: boot, count: 16)), bootCount: 1)
    }

    @Test("states times with their quality, and invents none")
    func times() throws {
        let day: Int64 = 1_800_000_000_123
        func stated(_ begin: RecordTime, _ end: RecordTime) throws -> [String] {
            let sample = try SampleOCMF(time: [0: begin, 1: end]) { [SampleOCMF.end($0, 7_000_000, 0, ticks: 0)] }
            _ = try sample.record.verify(against: sample.evidence)
            return sample.text.components(separatedBy: "\"TM\":\"").dropFirst().map { part in
                String(part.prefix { $0 != "\"" }) + (part.contains("\"EF\":\"t\"") ? " t" : "")
            }
        }
        #expect(
            try stated(
                Self.time(day, .informative, monotonic: 1), Self.time(day + 61_007, .synchronised, monotonic: 2))
                == ["2027-01-15T08:00:00,123+0000 I", "2027-01-15T08:01:01,130+0000 S"])
        #expect(
            try stated(Self.time(day, .unknown, monotonic: 1), Self.time(day, .synchronised, monotonic: 2))
                == ["2027-01-15T08:00:00,123+0000 U", "2027-01-15T08:00:00,123+0000 S"])
        // No wall time at the begin; a clock that was set back; both in one boot.
        for begin in [Self.time(nil, .unknown, monotonic: 5_000), Self.time(day + 1, .synchronised, monotonic: 5_000)] {
            #expect(
                try stated(begin, Self.time(day, .synchronised, monotonic: 8_500))
                    == ["1970-01-01T00:00:05,000+0000 U t", "1970-01-01T00:00:08,500+0000 U t"])
        }
        // And across boots nothing at all is known of the time between.
        #expect(
            try stated(
                Self.time(day, .synchronised, monotonic: 5_000), Self.time(nil, .unknown, monotonic: 700, boot: 1))
                == ["1970-01-01T00:00:00,000+0000 U t", "1970-01-01T00:00:00,000+0000 U t"])
    }

    @Test("keeps hostile names inside their fields, in ASCII, without a section separator")
    func hostile() throws {
        let meter = MeterIdentity(
            vendor: "a|b\",\"PG\":\"T9", model: "é\\", serial: "\u{1F600}", profileID: "p",
            profileHash: ContentHash(hashing: [3]), trust: .bench)
        let sample = try SampleOCMF(meter: meter)
        #expect(sample.text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(sample.text.split(separator: "|").count == 3)
        #expect(
            sample.text.contains(
                "\"MV\":\"a\\u007cb\\\",\\\"PG\\\":\\\"T9\",\"MM\":\"\\u00e9\\\\\",\"MS\":\"\\ud83d\\ude00\""))
        let report = try OCMFRecord(decoding: sample.record.encode()).verify(against: sample.evidence)
        #expect(report.page == 1)
        let parsed = try JSONSerialization.jsonObject(with: Data(sample.payload.bytes)) as? [String: Any]
        #expect(parsed?["MV"] as? String == meter.vendor)
        #expect(parsed?["MM"] as? String == meter.model)
        #expect(parsed?["MS"] as? String == meter.serial)
    }
}
