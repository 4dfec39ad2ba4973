import Crypto
import Foundation
import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

/// Tools that are not ours, on exports that hold and on exports that were tampered with.
@Suite(.enabled(if: PythonScript.python != nil, "WATTSEAL_PEERS_PYTHON names no python with the peers' packages"))
struct AuditToolTests {
    static var isLong: Bool { ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil }

    private func audit(_ chains: [[SignedRecord]], _ arguments: [String] = []) throws -> (status: Int32, output: String)
    {
        try PythonScript.run("Tools/audit.py", on: ExportAuditTests.bytes(chains), arguments)
    }

    @Test("a year of one device holds, with its sums; a sample of its bits is covered")
    func year() throws {
        let year = try SampleYear(seed: 1, sessions: Self.isLong ? 4_000 : 800)
        let records = year.chains.reduce(0) { $0 + $1.count }
        let head = try #require(year.chains[1].last?.head)
        let arguments = ["--device", year.device.device.hex, "--head", "1:\(head.sequence):\(head.hash)"]
        let result = try audit(year.chains, arguments)
        #expect(result.status == 0, "\(result.output)")
        let energy = year.energy.rawValue
        let digits = String(energy % 1_000_000)
        let fraction = String(repeating: "0", count: 6 - digits.count) + digits
        let summary =
            "\(records) records, \(year.sessions) sessions, \(energy / 1_000_000).\(fraction) kWh, \(year.gaps) gaps, 0 faults"
        #expect(result.output.contains(summary), "\(result.output) instead of \(summary)")
        let flips = try PythonScript.run(
            "Tests/Peers/flip_audit.py", on: SampleYear(seed: 1, sessions: 60).export, ["--sample", "40"])
        #expect(flips.status == 0, "\(flips.output)")
    }

    @Test("every byte of an export with all kinds of records, one bit of it flipped, is found")
    func flips() throws {
        let seed = UInt64.random(in: .min ... .max)
        let export = try SampleKinds(seed: seed).export
        let checked = try PythonScript.run("Tests/Peers/check_records.py", on: export)
        #expect(checked.status == 0, "seed \(seed): \(checked.output)")
        let flips = try PythonScript.run(
            "Tests/Peers/flip_audit.py", on: export, ["--every", "1", "--seed", "\(seed)"])
        #expect(flips.status == 0, "seed \(seed): \(flips.output)")
        #expect(flips.output.contains("\(export.count) flipped bits found"))
    }

    @Test("dropped, doubled, swapped, cut, spliced, re-signed, another ledger, another device: the place is named")
    func tampered() throws {
        let year = try SampleYear(seed: 2, sessions: 6, connectors: 1)
        let other = try SampleYear(seed: 3, sessions: 6, connectors: 1)
        let chain = year.chains[1]
        func offset(_ index: Int) -> Int {
            ExportAuditTests.bytes([year.chains[0], Array(chain[..<index])]).count
        }
        func expect(
            _ records: [SignedRecord], at place: Int, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try audit([year.chains[0], records])
            #expect(result.status == 1, sourceLocation: sourceLocation)
            #expect(result.output.contains("byte \(place): "), "\(result.output)", sourceLocation: sourceLocation)
        }
        var dropped = chain
        dropped.remove(at: 4)
        try expect(dropped, at: offset(4))
        var doubled = chain
        doubled.insert(chain[4], at: 4)
        try expect(doubled, at: offset(5))
        var swapped = chain
        swapped.swapAt(4, 5)
        try expect(swapped, at: offset(4))
        var spliced = chain
        spliced[4] = other.chains[1][4]
        try expect(spliced, at: offset(4))
        var signed = chain
        signed[4] = try SignedRecord(
            signing: chain[4].record, key: try SampleDevice(seed: 99).key, ledger: try LedgerChainID("wattseal-test"))
        try expect(signed, at: offset(4))
        var elsewhere = chain
        elsewhere[4] = try SignedRecord(
            signing: chain[4].record, key: year.device.key, ledger: try LedgerChainID("another"))
        try expect(elsewhere, at: offset(4))
        var cut = ExportAuditTests.bytes(year.chains)
        cut.removeLast()
        #expect(try PythonScript.run("Tools/audit.py", on: cut).status == 1)
        #expect(try audit(year.chains, ["--device", ContentHash(hashing: [1]).hex]).status == 1)
        // What is missing at the end, no export can show: only the head that the ledger proved.
        let head = try #require(chain.last?.head)
        let short = [year.chains[0], Array(chain.dropLast(2))]
        #expect(try audit(short).status == 0)
        let shown = try audit(short, ["--head", "1:\(head.sequence):\(head.hash)"])
        #expect(shown.status == 1 && shown.output.contains("no proved head 1:\(head.sequence)"), "\(shown.output)")
        #expect(try audit(year.chains, ["--head", "1:\(head.sequence):\(RecordHash.zero)"]).status == 1)
    }

    @Test("cbor2 with pyca, pycose and openssl each verify a record of an export")
    func oneRecord() throws {
        let year = try SampleYear(seed: 2, sessions: 6, connectors: 1)
        let bytes = year.export
        let offset = ExportAuditTests.bytes([year.chains[0]]).count
        // The chain's first record is of epoch 1, on the first ledger.
        let key = Hexadecimal.encode(year.device.publicKeys.ed25519)
        let result = try PythonScript.run(
            "Tests/Peers/verify_record.py", on: bytes, [String(offset), key, "wattseal-test"])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.split(separator: "\n").count == 3, "\(result.output)")
    }

    @Test("a voucher verifies with the same three, and with none of them as a record")
    func voucher() throws {
        let key = Curve25519.Signing.PrivateKey()
        let terms = Voucher.Terms(
            number: .max, amount: Microunits(.max), highestPrice: .zero, expiry: .latest, device: .zero, owner: .zero)
        let voucher = try Voucher.sign(terms, key: key, ledger: try LedgerChainID("wattseal-test"))
        let arguments = ["0", Hexadecimal.encode(voucher.payerKey), "wattseal-test"]
        let good = try PythonScript.run(
            "Tests/Peers/verify_record.py", on: voucher.bytes, arguments + ["wattseal-voucher/1"])
        #expect(good.status == 0 && good.output.split(separator: "\n").count == 3, "\(good.output)")
        #expect(try PythonScript.run("Tests/Peers/verify_record.py", on: voucher.bytes, arguments).status != 0)
    }
}
