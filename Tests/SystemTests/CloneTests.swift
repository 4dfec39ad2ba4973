import Foundation
import SignedRecords
import Testing

@Suite("A copied device, with real processes", .serialized, .needsBinaries)
struct CloneTests {
    @Test("two homes with one key: the exports prove it, and the ledger freezes the charger and says so")
    func clone() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        let device = try string("device", in: rig.status())
        try await rig.acknowledged()
        #expect(rig.daemon?.stop() == 0)
        #expect(try rig.balance(of: rig.driver) == Rig.driverFunds - rig.options.grant)
        // The thief copies everything, keys included.
        let (home, copy) = (rig.folder.path + "/device", rig.folder.path + "/copy")
        try Rig.run("/bin/cp", ["-a", home, copy])

        // Both go on, out of the ledger's reach once they have seen it.
        try await rig.goOnAlone(exportingTo: "original")
        try Rig.run("/bin/mv", [home, home + "-original"])
        try Rig.run("/bin/mv", [copy, home])
        try await rig.restartNode()
        try await rig.goOnAlone(exportingTo: "clone")

        // Each export holds; together they contradict each other.
        let exports = ["original", "clone"].map { "\(rig.folder.path)/\($0).cose" }
        for export in exports { try Rig.run("wattseal", ["records", "verify", export]) }
        let proof = rig.folder.path + "/proof.cbor"
        let verdict = #expect(throws: RigError.self) {
            try Rig.run("wattseal", ["records", "verify"] + exports + ["--fraud-proof", proof])
        }
        let words = try #require(verdict?.description)
        #expect(words.contains("fraud: device \(device) signed two records number"))
        let found = try FraudProof(decoding: [UInt8](Data(contentsOf: URL(fileURLWithPath: proof))))
        #expect(found.device.hex == device)

        try await rig.restartNode()
        let record = found.records[0].signed.record
        let key = "equivocation/\(device)/\(record.chain)"
        #expect(try await rig.stateValue(key) == nil)
        #expect(!rig.nodeLog.contains("frozen"))
        let report = ["wallet", "report-fraud", proof, "--key", rig.folder.path + "/driver.key", "--rpc", rig.nodeURL]
        try Rig.run("platform-node", report)

        // What anyone can ask the node for: the number, and the record that it did not know, whole.
        let value = try #require(try await rig.stateValue(key))
        let kept = try #require(try CBOR.decode(value).arrayValue)
        #expect(kept[0] == .unsigned(record.sequence))
        let messages = found.records.map(\.signed.message)
        #expect(kept.count == 3 && messages.map(CBOR.bytes).contains(kept[2]))
        let line = try #require(rig.nodeLog.split(separator: "\n").last { $0.contains("a charger is frozen") })
        #expect(line.contains(device) && line.contains("chain \(record.chain), record \(record.sequence)"), "\(line)")

        // The unused grant is back with the driver; there is no new one, and no second report.
        #expect(try rig.balance(of: rig.driver) == Rig.driverFunds)
        let refused = #expect(throws: RigError.self) {
            try Rig.run(
                "platform-node",
                [
                    "wallet", "grant", "--device", device, "--amount", "1000000", "--key",
                    rig.folder.path + "/driver.key", "--rpc", rig.nodeURL,
                ])
        }
        #expect(refused?.description.contains("is frozen: its key signed contradictory records") == true)
        #expect(throws: RigError.self) { try Rig.run("platform-node", report) }

        // Nor does it sell on the strength of the car alone.
        try rig.startDaemon()
        try await rig.acknowledgedOrStopped()
        try rig.tell("want on")
        try rig.tell("plug")
        try await Task.sleep(for: .seconds(5))
        #expect(try string("contactor", in: rig.plantStatus()) == "open")
    }
}

extension Rig {
    /// Waits until the device has seen the ledger, whatever it makes of it.
    fileprivate func acknowledgedOrStopped() async throws {
        try await wait("the ledger to be seen", seconds: 60) {
            guard let now = try? self.status() else { return false }
            return try bool("ledger.reachable", in: now)
        }
    }

    /// Starts the daemon, lets it see the ledger, stops the node, has a record made that nobody else sees, and stops.
    fileprivate func goOnAlone(exportingTo name: String) async throws {
        try startDaemon()
        try await acknowledgedOrStopped()
        try await acknowledged()
        node.stop()
        let before = try records(chain: 1).count
        try Self.run("wattseal", ["ask", "--socket", folder.path + "/control.sock", "self-test"])
        try await wait("the self-test's record", seconds: 60) { try self.records(chain: 1).count > before }
        #expect(daemon?.stop() == 0)
        let export = "\(folder.path)/\(name).cose"
        try Self.run("wattseal", ["records", "export", "--journal", journal, "-o", export])
    }
}
