import Crypto
import Foundation
import Quantities
import RecordSamples
import SignedRecords
import Testing

/// A Python with the peers' packages, where there is one.
private let peersPython = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

/// Tools that are not ours, on exports that hold and on exports that were tampered with.
@Suite(.enabled(if: peersPython != nil, "WATTSEAL_PEERS_PYTHON names no python with the peers' packages"))
struct AuditToolTests {
    static var isLong: Bool { ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil }

    private let folder: URL
    private let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "wattseal-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Runs a script on bytes, and removes them again.
    private func run(
        _ script: String, on bytes: [UInt8], _ arguments: [String] = []
    ) throws -> (status: Int32, output: String) {
        let file = folder.appending(path: "export.cborseq")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: try #require(peersPython))
        process.arguments = [repository.appending(path: script).path, file.path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private func audit(_ chains: [[SignedRecord]], _ arguments: [String] = []) throws -> (status: Int32, output: String)
    {
        try run("Tools/audit.py", on: ExportAuditTests.bytes(chains), arguments)
    }

    @Test("a year of one device holds, with its sums; a sample of its bits is covered")
    func year() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
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
        let flips = try run(
            "Tests/Peers/flip_audit.py", on: SampleYear(seed: 1, sessions: 60).export, ["--sample", "40"])
        #expect(flips.status == 0, "\(flips.output)")
    }

    @Test("in a small export with sessions, a key change and a move, flipped bits are found")
    func flips() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let year = try SampleYear(seed: 2, sessions: 3, connectors: 1)
        let every = Self.isLong ? "1" : "5"
        let flips = try run("Tests/Peers/flip_audit.py", on: year.export, ["--every", every])
        #expect(flips.status == 0, "\(flips.output)")
    }

    @Test("dropped, doubled, swapped, cut, spliced, re-signed, another ledger, another device: the place is named")
    func tampered() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
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
        #expect(try run("Tools/audit.py", on: cut).status == 1)
        #expect(try audit(year.chains, ["--device", ContentHash(hashing: [1]).hex]).status == 1)
        // What is missing at the end, no export can show: only the head that the ledger proved.
        let head = try #require(chain.last?.head)
        let short = [year.chains[0], Array(chain.dropLast(2))]
        #expect(try audit(short).status == 0)
        let shown = try audit(short, ["--head", "1:\(head.sequence):\(head.hash)"])
        #expect(shown.status == 1 && shown.output.contains("chain 1 ends at"), "\(shown.output)")
        #expect(try audit(year.chains, ["--head", "1:\(head.sequence):\(RecordHash.zero)"]).status == 1)
    }

    @Test("cbor2 with pyca, pycose and openssl each verify a record of an export")
    func oneRecord() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let year = try SampleYear(seed: 2, sessions: 6, connectors: 1)
        let bytes = year.export
        let offset = ExportAuditTests.bytes([year.chains[0]]).count
        // The chain's first record is of epoch 1, on the first ledger.
        let key = Hexadecimal.encode(year.device.publicKeys.ed25519)
        let result = try run("Tests/Peers/verify_record.py", on: bytes, [String(offset), key, "wattseal-test"])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.split(separator: "\n").count == 3, "\(result.output)")
    }
}
