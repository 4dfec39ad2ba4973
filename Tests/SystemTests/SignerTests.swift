import DeviceKeys
import Foundation
import SignedRecords
import Testing

@Suite("The signer as a process of its own", .serialized, .needsBinaries)
struct SignerTests {
    private func closed(_ rig: Rig) throws -> Bool { try string("contactor", in: rig.plantStatus()) == "closed" }

    private func started(separate: Bool) async throws -> Rig {
        var options = Rig.Options()
        options.separateSigner = separate
        options.grant = 400_000_000
        let rig = try await Rig(options)
        if separate { try rig.startSigner() }
        try rig.startDaemon()
        return rig
    }

    private func charging(_ rig: Rig) async throws {
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first closing", seconds: 30) { try closed(rig) }
    }

    /// The pauses that no late loop explains: neither its own, nor a late sample's of the pilot.
    private func unexcused(_ records: [[String: Any]]) throws -> [String] {
        var pauses: [String] = []
        var fault = 0
        for record in records {
            let body = try #require(record["body"] as? [String: Any])
            switch try string("kind", in: record) {
            case "event" where body["event"] as? String == "faultLatched":
                fault = (body["detail"] as? [String: Any])?["code"] as? Int ?? 0
            case "pause":
                let reason = try string("reason", in: body)
                let isPilotStale = reason == "fault" && fault == 104
                if reason != "lateness" && !isPilotStale { pauses.append("\(reason) \(fault)") }
            default: break
            }
        }
        return pauses
    }

    @Test(
        "the signer is killed in mid-session: charging goes on, the records are contiguous", arguments: [false, true])
    func killSigner(separate: Bool) async throws {
        let rig = try await started(separate: separate)
        defer { rig.end() }
        try await charging(rig)
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(seed: seed)
        print("seed \(seed)")
        for _ in 1...6 {
            try await Task.sleep(for: .milliseconds(Int(random.next() % 3_000)))
            kill(try rig.signerProcess(), SIGKILL)
            if separate {
                rig.signer?.process.waitUntilExit()
                // As long as a service manager may take.
                try await Task.sleep(for: .milliseconds(Int(random.next() % 2_500)))
                try rig.startSigner()
            }
        }
        let ticks = try rig.records(chain: 1).count
        try await rig.wait("ticks behind the last kill", seconds: 40) { try rig.records(chain: 1).count >= ticks + 2 }
        // A loop that the machine kept from running pauses the charge, and closes again; nothing else may.
        try await rig.wait("the closed contactor", seconds: 20) { try closed(rig) }
        let operations = try integer("operations", in: rig.plantStatus())
        try rig.tell("unplug")
        try await rig.settled()
        let records = try rig.records(chain: 1)
        let resumptions = try records.filter { try string("kind", in: $0) == "resume" }.count
        #expect(operations == 1 + resumptions, "closed \(operations) times, resumed \(resumptions) times")
        #expect(try unexcused(records).isEmpty)
        // A signer that is away must not hold the loop up: six kills that did would pause six times.
        #expect(resumptions <= 2, "\(resumptions) pauses by a late loop in six kills")
        #expect(try records.map { try integer("sequence", in: $0) } == Array(1...records.count))
        let kinds = try records.map { try string("kind", in: $0) }
        #expect(kinds.filter { $0 == "begin" }.count == 1)
        #expect(kinds.last { $0 != "event" } == "end", "\(kinds)")
        #expect(rig.daemonLog.contains("the signer is back"))
        #expect(rig.daemon?.stop() == 0)
    }

    @Test("a signer that does not return ends the sale, with the car switched off")
    func signerStaysAway() async throws {
        let rig = try await started(separate: true)
        defer { rig.end() }
        try await charging(rig)
        rig.signer?.killNow()
        try await rig.wait("the contactor to open", seconds: 60) { try !closed(rig) }
        try await rig.wait("the bar", seconds: 10) {
            try string("records.problem", in: rig.status()).contains("the signer cannot be reached")
        }
    }

    @Test(
        "a daemon that is killed behind a signature finds the message with the surviving signer, and appends it unchanged"
    )
    func signerSurvives() async throws {
        let rig = try await started(separate: true)
        defer { rig.end() }
        try await charging(rig)
        try rig.tell("unplug")
        try await rig.settled()
        rig.daemon?.killNow()
        let before = try exported(rig)
        let last = try #require(before.last)
        // What a daemon does that is killed between the signature and the journal.
        let head = last.record.sequence
        var lost: [SignedRecord] = []
        do {
            let client = try SignerClient(.socket(path: rig.folder.path + "/signer.sock"))
            for code in 1...2 as ClosedRange<UInt16> {
                let record = Record(
                    device: last.record.device, chain: last.record.chain, sequence: head + UInt64(code),
                    previous: (lost.last ?? last).hash, keyEpoch: 1, time: last.record.time,
                    body: .event(.faultCleared(FaultCleared(code: code, by: .condition))))
                lost.append(
                    try client.sign(record, ledger: LedgerChainID(rig.chain), durableHead: head))
            }
        }
        try rig.startDaemon()
        try await rig.wait("the daemon's status", seconds: 30) { (try? rig.status()) != nil }
        let after = try exported(rig)
        #expect(after.prefix(before.count + 2).map(\.message) == (before + lost).map(\.message))
        #expect(rig.daemon?.stop() == 0)
    }

    @Test("the daemon's own signer ends with it")
    func childEnds() async throws {
        let rig = try await started(separate: false)
        defer { rig.end() }
        try await rig.wait("the daemon's status", seconds: 30) { (try? rig.status()) != nil }
        let signer = try rig.signerProcess()
        // A service manager's SIGTERM goes to all processes; the last records still need the signer.
        kill(signer, SIGTERM)
        kill(signer, SIGINT)
        try await Task.sleep(for: .milliseconds(500))
        #expect(try rig.signerProcess() == signer)
        rig.daemon?.killNow()
        try await rig.wait("the signer to end", seconds: 3) {
            kill(signer, 0) != 0
                || (try? String(contentsOfFile: "/proc/\(signer)/stat", encoding: .utf8))?.contains(") Z ") == true
        }
    }

    private func exported(_ rig: Rig) throws -> [SignedRecord] {
        let file = rig.folder.path + "/exported.cborseq"
        _ = try Rig.run("wattseal", ["records", "export", "--journal", rig.journal, "--chain", "1", "-o", file])
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        var records: [SignedRecord] = []
        var offset = 0
        while offset < bytes.count {
            let (message, end) = try COSESign1.decodePrefix(bytes, at: offset)
            records.append(try SignedRecord(decoding: message.message))
            offset = end
        }
        return records
    }
}
