import Foundation
import Testing

@Suite("Charging on a voucher without a ledger", .serialized, .needsBinaries)
struct VoucherTests {
    @Test(
        "the session is sold, recorded, settled when the ledger is back, and its receipt verifies; never twice before")
    func offline() async throws {
        var options = Rig.Options()
        options.vouchers = true
        options.grant = 0
        let rig = try await Rig(options)
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        let voucher = try rig.voucher(amount: 5_000_000)
        try await rig.wait("the registration", seconds: 60) { try bool("ledger.registered", in: rig.status()) }
        #expect(throws: RigError.self, "the ledger is in reach") { try rig.ask("voucher \(voucher)") }
        rig.node.stop()
        try await rig.wait("the loss to be noticed", seconds: 60) { try !bool("ledger.reachable", in: rig.status()) }
        #expect(throws: RigError.self) { try rig.ask("voucher \(voucher.dropLast(2))ff") }
        try rig.ask("voucher \(voucher)")
        try rig.tell("stop-after-kwh 2")
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the car's last kWh", seconds: 90) {
            try bool("car.stopped_by_target", in: rig.plantStatus())
        }
        try rig.tell("unplug")
        try await rig.wait("the end record", seconds: 30) { try kinds(rig).last == "end" }
        #expect(try kinds(rig).prefix(2) == ["voucherAcceptance", "begin"])
        #expect(throws: RigError.self, "the ledger does not have it yet") { try rig.ask("voucher \(voucher)") }
        let end = try #require(rig.records(chain: 1).last { $0["kind"] as? String == "end" })
        let session = try string("body.session", in: end)
        try await rig.restartNode()
        try await rig.settled()
        let receipt = rig.folder.path + "/voucher.receipt"
        try Rig.run(
            "wattseal", ["receipt", "--journal", rig.journal, "--session", session, "-o", receipt])
        let report = try Rig.run("wattseal", ["verify", receipt])
        #expect(report.contains("voucher"))
        // The meter's register, by the plant's own count, is what the driver paid.
        let energy = try integer("body.energy_mwh", in: end)
        let paid = Rig.driverFunds - (try rig.balance(of: rig.driver))
        #expect(paid == energy * Rig.price / 1_000_000)
        let use = try rig.voucherUse(voucher)
        #expect(try integer("spent_micro", in: use) == paid)
        #expect(try integer("held_micro", in: use) == 0 && integer("overdrawn", in: use) == 0)
        #expect(rig.daemon?.stop() == 0)
    }

    private func kinds(_ rig: Rig) throws -> [String] {
        try rig.records(chain: 1).map { try string("kind", in: $0) }
            .filter { !["event", "pause", "resume"].contains($0) }
    }
}

extension Rig {
    /// The driver's voucher for any charger, at the test's price.
    func voucher(amount: Int, bearer: String? = nil) throws -> String {
        try Self.run(
            "platform-node",
            [
                "wallet", "voucher", "--key", "\(folder.path)/driver.key", "--amount", "\(amount)", "--highest-price",
                "\(Self.price)", "--chain-id", chain,
            ] + (bearer.map { ["--bearer", $0] } ?? []))
    }

    /// What the ledger holds of a voucher.
    func voucherUse(_ voucher: String) throws -> [String: Any] {
        try Self.object(
            Self.run("platform-node", ["wallet", "voucher-use", voucher, "--rpc", nodeURL, "--json"]))
    }

    /// Asks the daemon at its control socket; throws where it refuses.
    fileprivate func ask(_ request: String) throws {
        try Self.run("wattseal", ["ask", "--socket", folder.path + "/control.sock", request])
    }
}
