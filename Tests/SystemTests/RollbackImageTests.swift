import Foundation
import SignedRecords
import Testing

@Suite("A restored image, with real processes", .serialized, .needsBinaries)
struct RollbackImageTests {
    // Without `forbidSale`, or without `takeUpRollbacks` after the second start, the car charges; without the exemption of
    // the gap the second export does not verify.
    @Test(
        "the device says so in both chains and sells nothing, over restarts; it is no fraud, and the money stays settled"
    )
    func restored() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let device = try await rig.chargeAndSaveImage()
        let image = try (0...1).map { try #require(rig.records(chain: $0).last) }

        // Chain 0 grows as well: the configuration is another one.
        try rig.changeLimits()
        try rig.releaseGrant(of: device)
        _ = try rig.grantAnew(to: device)
        try rig.startDaemon()
        try await rig.acknowledged()
        try await rig.chargeAgain(kwh: 2)
        #expect(rig.daemon?.stop() == 0)
        let lost = try (0...1).map { try #require(rig.records(chain: $0).last) }
        let paid = try rig.pricesOfSessions()
        #expect(paid.count == 2)
        let earlier = try rig.export("earlier")
        let earned = try rig.balance(of: rig.owner)

        try rig.restoreImage()
        try rig.startDaemon()
        for chain in 0...1 {
            let record = try await rig.rollback(chain: chain)
            #expect(try integer("body.journal_sequence", in: record) == integer("sequence", in: image[chain]))
            #expect(try string("body.journal_hash", in: record) == string("hash", in: image[chain]))
            let proved = try integer("sequence", in: lost[chain])
            #expect(try integer("body.proved_sequence", in: record) == proved)
            #expect(try integer("sequence", in: record) == proved + 1)
            #expect(try string("previous", in: record) == string("hash", in: lost[chain]))
        }
        try await rig.acknowledged()
        for chain in 0...1 { try await rig.expectHead(of: device, chain) }

        try rig.releaseGrant(of: device)
        try await rig.expectNoSale(since: rig.grantAnew(to: device))
        #expect(rig.daemon?.stop() == 0)
        try rig.startDaemon()
        try await rig.expectNoSale(since: 0)
        try await rig.acknowledged()
        #expect(rig.daemon?.stop() == 0)

        try rig.expectNoFraud(earlier, try rig.export("later"), from: image, to: lost)
        try await rig.expectNotFrozen(device)
        #expect(try rig.balance(of: rig.owner) == earned)
        try rig.releaseGrant(of: device)
        #expect(try rig.balance(of: rig.driver) == Rig.driverFunds - paid.reduce(0, +))
    }

    // Without the ledger's rule on rollback records the connector stays taken, and the payer's money with it.
    @Test(
        "restored over a session that was killed in the middle: the connector is free, the ticks stay paid, nothing is sold"
    )
    func restoredInSession() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let device = try await rig.chargeAndSaveImage()
        let image = try #require(rig.records(chain: 1).last)
        var paid = try rig.pricesOfSessions()

        try rig.releaseGrant(of: device)
        _ = try rig.grantAnew(to: device)
        try rig.startDaemon()
        try await rig.acknowledged()
        try rig.plugIn()
        try await rig.wait("two acknowledged ticks of the second session", seconds: 120) {
            try rig.sessions().count == 2
                && rig.ticks(of: rig.sessions()[1]).filter { try bool("acknowledged", in: $0) }.count >= 2
        }
        rig.daemon?.killNow()
        try await rig.wait("the contactor to open", seconds: 5) {
            try string("contactor", in: rig.plantStatus()) == "open"
        }
        // What was on its way to the ledger is there, or lost with the daemon that sent it.
        try await rig.emptyMempool()
        let session = try #require(rig.sessions().last)
        let ticks = try rig.ticks(of: session)
        let lost = try rig.records(chain: 1)
        let earned = try rig.balance(of: rig.owner)
        #expect(try await rig.stateValue("open/\(device)/1") != nil)

        try rig.restoreImage()
        try rig.startDaemon()
        let record = try await rig.rollback(chain: 1)
        let proved = try integer("body.proved_sequence", in: record)
        #expect(try integer("body.journal_sequence", in: record) == integer("sequence", in: image))
        #expect(try string("previous", in: record) == string("hash", in: lost[proved - 1]))
        try await rig.acknowledged()
        try await rig.expectHead(of: device, 1)
        #expect(try await rig.stateValue("open/\(device)/1") == nil)
        #expect(try await rig.stateValue("session/\(device)/\(session)") == nil)
        #expect(try rig.sessions().count == 1)

        try rig.releaseGrant(of: device)
        let last = try #require(ticks.last { try integer("sequence", in: $0) <= proved })
        paid.append(try integer("body.energy_mwh", in: last) * Rig.price / 1_000_000)
        #expect(try rig.balance(of: rig.driver) == Rig.driverFunds - paid.reduce(0, +))
        #expect(try rig.balance(of: rig.owner) == earned)
        try await rig.expectNoSale(since: rig.grantAnew(to: device))
        try await rig.expectNotFrozen(device)
        try Rig.run("wattseal", ["records", "verify", rig.export("later")])
    }

    // With a signature before the heads are proved, the image's next number gets a second content.
    @Test("restored while the ledger is out of reach: nothing is signed and nothing sold until the heads are proved")
    func restoredInOutage() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let device = try await rig.chargeAndSaveImage()
        let image = try rig.allRecords()
        // Each start tests the residual-current monitor, and says so.
        try rig.startDaemon()
        try await rig.wait("the self-test's record", seconds: 60) { try rig.records(chain: 1).count > image[1].count }
        try await rig.acknowledged()
        #expect(rig.daemon?.stop() == 0)
        let lost = try #require(rig.records(chain: 1).last)

        rig.node.stop()
        try rig.restoreImage()
        try rig.startDaemon()
        try await rig.wait("the daemon's status", seconds: 30) { (try? rig.status()) != nil }
        // There is something to sign, that self-test, and something to sell: the first grant has money left.
        try rig.plugIn()
        try await rig.wait("the loss to be noticed", seconds: 60) {
            try !bool("ledger.reachable", in: rig.status()) && !string("ledger.problem", in: rig.status()).isEmpty
        }
        try await Task.sleep(for: .seconds(5))
        #expect(try rig.allRecords() == image)
        #expect(try string("contactor", in: rig.plantStatus()) == "open")

        try await rig.restartNode()
        let record = try await rig.rollback(chain: 1)
        #expect(try integer("body.journal_sequence", in: record) == image[1].count)
        #expect(try string("previous", in: record) == string("hash", in: lost))
        try await rig.wait("the self-test's record behind it", seconds: 60) {
            try rig.records(chain: 1).count > image[1].count + 1
        }
        let now = try rig.records(chain: 1)
        #expect(try now.prefix(image[1].count).map { try string("hash", in: $0) } == image[1])
        #expect(try string("hash", in: now[image[1].count]) == string("hash", in: record))
        try await rig.acknowledged()
        try await rig.expectHead(of: device, 1)
        try await rig.expectNoSale(since: 0)
        try await rig.expectNotFrozen(device)
    }
}
