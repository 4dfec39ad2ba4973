import Foundation
import SignedRecords
import Testing

// A home folder that is copied away and put back, and what must be so afterwards.
extension Rig {
    private var home: String { folder.path + "/device" }

    /// Sells a session, stops the daemon and copies its home; the device's id.
    func chargeAndSaveImage() async throws -> String {
        try await chargeAndSettle(kwh: 1)
        let device = try string("device", in: status())
        #expect(daemon?.stop() == 0)
        try saveImage()
        return device
    }

    /// Copies the whole home folder; the daemon must not run.
    func saveImage() throws { try Self.run("/bin/cp", ["-a", home, home + "-image"]) }

    /// Puts the copy in the home folder's place.
    func restoreImage() throws {
        try Self.run("/bin/mv", [home, home + "-lost"])
        try Self.run("/bin/cp", ["-a", home + "-image", home])
    }

    /// Has the next start state another configuration in chain 0.
    func changeLimits() throws {
        let before = try String(contentsOfFile: configurationPath, encoding: .utf8)
        let after = before.replacingOccurrences(of: "maximum_current_ma = 32000", with: "maximum_current_ma = 31000")
        #expect(after != before)
        try after.write(toFile: configurationPath, atomically: true, encoding: .utf8)
    }

    /// A car that wants more than any session here gives.
    func plugIn() throws {
        try tell("stop-after-kwh 15")
        try tell("want on")
        try tell("plug")
    }

    func releaseGrant(of device: String) throws {
        try Self.run("platform-node", ["wallet", "release", "--device", device] + signed("driver"))
    }

    /// The driver grants money at the charger's tariff; the height of the block that says so.
    func grantAnew(to device: String) throws -> Int {
        let answer = try Self.run(
            "platform-node",
            ["wallet", "grant", "--device", device, "--amount", "\(options.grant)", "--json"] + signed("driver"))
        return try integer("height", in: Self.object(answer))
    }

    /// The hashes of both chains' records.
    func allRecords() throws -> [[String]] {
        try (0...1).map { try records(chain: $0).map { try string("hash", in: $0) } }
    }

    func ticks(of session: String) throws -> [[String: Any]] {
        try records(chain: 1).filter {
            try string("kind", in: $0) == "tick" && string("body.session", in: $0) == session
        }
    }

    /// What each ended session costs by its end record.
    func pricesOfSessions() throws -> [Int] {
        try records(chain: 1).filter { try string("kind", in: $0) == "end" }
            .map { try integer("body.energy_mwh", in: $0) * Self.price / 1_000_000 }
    }

    func export(_ name: String) throws -> String {
        let path = "\(folder.path)/\(name).cose"
        try Self.run("wattseal", ["records", "export", "--journal", journal, "-o", path])
        return path
    }

    /// Waits for a chain's rollback record in the journal.
    func rollback(chain: Int) async throws -> [String: Any] {
        func find() throws -> [String: Any]? {
            try records(chain: chain).first { try string("kind", in: $0) == "rollbackDetected" }
        }
        try await wait("chain \(chain)'s rollback record", seconds: 60) { try find() != nil }
        return try #require(try find())
    }

    /// The ledger's head of a chain is the rollback's record in the journal, or one behind it.
    func expectHead(of device: String, _ chain: Int) async throws {
        let rollback = try await rollback(chain: chain)
        let value = try #require(try await stateValue("head/\(device)/\(chain)"))
        let head = try #require(try CBOR.decode(value).arrayValue)
        let behind = try records(chain: chain).filter {
            try integer("sequence", in: $0) >= integer("sequence", in: rollback)
        }
        #expect(
            try behind.contains {
                try head[0] == .unsigned(UInt64(integer("sequence", in: $0)))
                    && head[1] == .bytes(#require(Hexadecimal.decode(string("hash", in: $0))))
            })
    }

    /// A car that wants to charge gets nothing on a grant that the device has seen, and the status says why.
    ///
    /// - Parameter height: that of the block with the grant.
    func expectNoSale(since height: Int) async throws {
        try plugIn()
        // The block's state is proved by the next header.
        try await wait("the grant to be seen", seconds: 60) {
            guard let now = try? self.status() else { return false }
            return try bool("ledger.reachable", in: now) && integer("ledger.height", in: now) > height
        }
        let operations = try integer("operations", in: plantStatus())
        let sessions = try sessions()
        try await Task.sleep(for: .seconds(5))
        let plant = try plantStatus()
        #expect(try string("contactor", in: plant) == "open")
        #expect(try integer("operations", in: plant) == operations)
        #expect(try self.sessions() == sessions)
        #expect(try string("records.problem", in: status()).contains("restored image"))
        try tell("unplug")
    }

    /// Each export holds, the later one with a gap in both chains, and together they contradict nothing.
    func expectNoFraud(
        _ earlier: String, _ later: String, from image: [[String: Any]], to lost: [[String: Any]]
    ) throws {
        let proof = folder.path + "/proof.cbor"
        let alone = try Self.run("wattseal", ["records", "verify", later])
        let together = try Self.run("wattseal", ["records", "verify", earlier, later, "--fraud-proof", proof])
        for chain in 0...1 {
            let missing = try integer("sequence", in: image[chain]) + 1...integer("sequence", in: lost[chain])
            let words =
                "chain \(chain): records \(missing.lowerBound) to \(missing.upperBound) are missing behind a restored image"
            #expect(alone.contains(words), "\(alone)")
            #expect(together.components(separatedBy: words).count == 2, "\(together)")
        }
        #expect(together.hasSuffix("valid") && !together.contains("fraud"))
        #expect(!FileManager.default.fileExists(atPath: proof))
        if let python = Binaries.python {
            try Self.run(python, ["\(Binaries.repository)/Tests/Peers/check_records.py", later])
        }
    }

    func expectNotFrozen(_ device: String) async throws {
        for chain in 0...1 { #expect(try await stateValue("equivocation/\(device)/\(chain)") == nil) }
        #expect(!nodeLog.contains("frozen"))
    }
}
