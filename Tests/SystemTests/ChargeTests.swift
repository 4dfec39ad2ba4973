import Foundation
import Testing

@Suite("One charge with real processes", .serialized, .needsBinaries)
struct ChargeTests {
    @Test("every kWh is signed, acknowledged, paid and proved", arguments: [("sdm630", "tcp"), ("iem3155", "rtu")])
    func charge(meter: String, bus: String) async throws {
        var options = Rig.Options()
        options.meter = meter
        options.bus = bus
        let rig = try await Rig(options)
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 3)

        let records = try rig.records(chain: 1)
        let kinds = try records.map { try string("kind", in: $0) }.filter { $0 != "event" }
        #expect(kinds.first == "begin")
        #expect(kinds.last == "end")
        let ticks = try records.filter { try string("kind", in: $0) == "tick" }
        #expect(try ticks.map { try integer("body.index", in: $0) } == Array(1...ticks.count))
        #expect(ticks.count >= 3)

        // The plant's own register is the oracle, to one step of the meter's resolution.
        let end = try #require(try records.last { try string("kind", in: $0) == "end" })
        let energy = try integer("body.energy_mwh", in: end)
        let truth = try integer("session_mwh", in: rig.plantStatus())
        #expect(abs(energy - truth) <= 1_000 + 130, "charged \(truth) mWh, signed \(energy) mWh")

        // A technician sees what the meter's line has gone through.
        let status = try rig.status()
        #expect(try integer("meter.line.polls", in: status) >= integer("meter.accepted", in: status))
        #expect(try integer("meter.line.requests", in: status) > integer("meter.line.polls", in: status))
        #expect(try integer("meter.age_ms", in: status) < 5_000)

        // What the driver paid went to the owner and the platform, to the last microunit.
        let paid = energy * Rig.price / 1_000_000
        let commission = paid * 250 / 10_000
        #expect(try rig.balance(of: rig.owner) == paid - commission)
        #expect(try rig.balance(of: rig.driver) == Rig.driverFunds - rig.options.grant)

        let receipt = rig.folder.path + "/receipt"
        let session = try string("connector.session", in: rig.status())
        try Rig.run("wattseal", ["receipt", "--journal", rig.journal, "--session", session, "-o", receipt])
        let words = try Rig.run("wattseal", ["verify", receipt])
        #expect(words.contains("Verified"))
        #expect(rig.daemon?.stop() == 0)
    }

    @Test("a receipt with any byte changed is refused, and so is a shorter one")
    func changedReceipt() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 1)
        let receipt = rig.folder.appendingPathComponent("receipt")
        let session = try string("connector.session", in: rig.status())
        try Rig.run("wattseal", ["receipt", "--journal", rig.journal, "--session", session, "-o", receipt.path])
        let bytes = [UInt8](try Data(contentsOf: receipt))
        let changed = rig.folder.appendingPathComponent("changed")
        // Every byte is tried in ReceiptsTests; here a sample goes through the shipped program.
        for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
            var copy = bytes
            copy[position] ^= 0x10
            try Data(copy).write(to: changed)
            #expect(throws: RigError.self, "byte \(position)") { try Rig.run("wattseal", ["verify", changed.path]) }
        }
        try Data(bytes.dropLast()).write(to: changed)
        #expect(throws: RigError.self) { try Rig.run("wattseal", ["verify", changed.path]) }
    }

    @Test("the export verifies with Python's own libraries, and so does the node", .needsPython)
    func peers() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 2)
        let export = rig.folder.path + "/records.cose"
        try Rig.run("wattseal", ["records", "export", "--journal", rig.journal, "-o", export])
        try Rig.run("wattseal", ["records", "verify", export])
        let python = try #require(Binaries.python)
        try Rig.run(python, ["\(Binaries.repository)/Tests/Peers/check_records.py", export])
        try Rig.run(python, ["\(Binaries.repository)/Tests/Peers/check_node.py", rig.nodeURL])
    }
}

extension Rig {
    /// One whole charge: starts the daemon, registers, grants, plugs in, and returns when the settlement is proved.
    func chargeAndSettle(kwh: Int) async throws {
        try startDaemon()
        try await registerAndGrant()
        try tell("stop-after-kwh \(kwh)")
        try tell("want on")
        try tell("plug")
        try await wait("the car's last kWh", seconds: 120) {
            try bool("car.stopped_by_target", in: self.plantStatus())
        }
        try tell("unplug")
        try await settled()
    }

    /// Waits until the last session's settlement is proved and every record acknowledged.
    func settled() async throws {
        try await wait("the settlement's proof", seconds: 60) {
            let now = try self.status()
            let total = try integer("records.total", in: now)
            return try bool("ledger.settled", in: now) && integer("records.acknowledged_total", in: now) == total
        }
    }

    /// Another charge on a device that is registered and has a grant; returns when its settlement is proved.
    func chargeAgain(kwh: Int) async throws {
        let before = try sessions().count
        try tell("stop-after-kwh \(kwh)")
        try tell("want on")
        try tell("plug")
        try await wait("another session", seconds: 120) { try self.sessions().count > before }
        try await wait("the car's last kWh", seconds: 120) {
            try bool("car.stopped_by_target", in: self.plantStatus())
        }
        try tell("unplug")
        try await wait("the session's end", seconds: 60) {
            try self.records(chain: 1).contains {
                try string("kind", in: $0) == "end" && string("body.session", in: $0) == self.sessions().last
            }
        }
        try await settled()
    }

    /// The sessions of connector 1, in order.
    func sessions() throws -> [String] {
        try records(chain: 1).filter { try string("kind", in: $0) == "begin" }.map {
            try string("body.session", in: $0)
        }
    }
}
