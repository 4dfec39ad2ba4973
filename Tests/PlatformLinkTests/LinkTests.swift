import Ledger
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities
import Receipts
import RecordSamples
import SignedRecords
import Testing

@testable import PlatformLink

@Suite("The link")
struct LinkTests {
    @Test("first proves what it starts from: registration, every head, every grant")
    func start() async throws {
        let bench = try Bench()
        let told = await bench.turn()
        guard case .registration(let registration?) = told.first else {
            Issue.record("\(told)")
            return
        }
        #expect(registration.owner == bench.device.owner)
        let genesis = ChainHeadState(sequence: 1, hash: bench.device.genesis.hash)
        #expect(
            Array(told.dropFirst()) == [
                .tariff(bench.tariff), .access(Bench.connector, ConnectorAccess(owner: bench.device.owner)),
                .acknowledged(.device, through: 1), .provedHead(.device, genesis),
                .provedHead(Bench.connector, nil),
                .grant(Bench.connector, nil),
            ])
        #expect(bench.status?.height == 2)
        #expect(bench.status?.backlog == 0)
        #expect(bench.status?.isReachable == true)
        #expect(await bench.turn() == [], "no news is told twice")
    }

    @Test("sends nothing for a device that the ledger does not know, and begins when it is registered")
    func unregistered() async throws {
        let bench = try Bench(registered: false)
        let records = try bench.charge(kilowattHours: 2)
        #expect(
            await bench.turn() == [
                .registration(nil), .provedHead(.device, nil), .provedHead(Bench.connector, nil),
                .grant(Bench.connector, nil),
            ])
        #expect(bench.node.with { $0.transactions } == [])
        #expect(bench.status?.backlog == 5)
        try bench.node.change { Bench.register(bench.device, bench.tariff, &$0) }
        await bench.turn()
        #expect(bench.node.with { $0.transactions.count } == 1)
        #expect(
            try RecordBatch(decoding: try #require(bench.node.with { $0.transactions.first })).messages
                == records.map(\.message))
    }

    @Test("proves how a release stands when somebody asks, also under a state that was read before, and once")
    func release() async throws {
        let bench = try Bench()
        await bench.turn()
        let digest = ContentHash(hashing: [7])
        let question = ReleaseQuestion(digest: digest, product: "Example Box")
        bench.journal.ask(question)
        #expect(
            await bench.turn() == [
                .release(ProvedRelease(question: question, release: nil, product: nil, height: 1))
            ])
        #expect(await bench.turn() == [], "nobody asks any more")
        let release = try FirmwareRelease(
            product: "Example Box", version: "1.2", digest: digest, securityCounter: 4, isWithdrawn: true)
        let product = ProductFirmware(newest: digest, minimumCounter: 3)
        try bench.node.change { state in
            state[StateKey.firmware(digest).bytes] = release.encoded()
            state[StateKey.product("Example Box").bytes] = product.encoded()
        }
        bench.journal.ask(question)
        let told = await bench.turn()
        guard case .release(let proved)? = told.last else {
            Issue.record("\(told)")
            return
        }
        #expect(proved.question == question && proved.release == release && proved.product == product)
    }

    @Test("brings a session to the ledger, acknowledges by proof alone, and keeps a bundle that makes a receipt")
    func session() async throws {
        let bench = try Bench()
        let records = try bench.charge(kilowattHours: 3)
        await bench.turn()
        #expect(bench.journal.acknowledged(Bench.connector) == 0, "handed over is not acknowledged")
        let told = await bench.turn()
        #expect(told.contains(.acknowledged(Bench.connector, through: 5)))
        guard case .settlement(Bench.connector, let session, let settlement)? = told.last else {
            Issue.record("\(told)")
            return
        }
        #expect(settlement.paid == Microunits(1_155_000))
        #expect(bench.journal.acknowledgements == ["0/1", "1/5"])
        #expect(bench.status?.backlog == 0)

        let store = ProofStore(directory: bench.folder)
        #expect(try store.sessions() == [session])
        let receipt = try ReceiptBuilder.build(
            session: session, genesis: bench.device.genesis, keyChanges: [], chainRecords: records,
            tariff: try #require(try store.tariff(bench.tariff.hash)),
            bundle: try #require(try store.bundle(of: session)))
        let report = try Receipt.verify(bytes: receipt.encode(), anchor: bench.node.with { $0.chain.blocks[1] })
        #expect(report.energy == MilliwattHours(3_300_000))
        #expect(report.anchorRelation == .sameValidators(anchorHeight: 1))
    }

    @Test("waits for the end record's acknowledgement before it asks for the settlement")
    func partlyAccepted() async throws {
        let bench = try Bench()
        _ = try bench.charge(kilowattHours: 3)
        bench.node.with { $0.acceptThrough = 3 }
        await bench.turn()
        #expect(
            await bench.turn() == [
                .acknowledged(Bench.connector, through: 3),
                .provedHead(Bench.connector, try bench.head(3)),
            ])
        #expect(bench.status?.backlog == 2)
        bench.node.with { $0.acceptThrough = .max }
        try bench.node.makeBlock()
        #expect(await bench.turn() == [], "what was sent is given time")
        bench.clock.withLockedValue { $0 += 130_000_000_000 }
        await bench.turn()
        let told = await bench.turn()
        #expect(told.first == .acknowledged(Bench.connector, through: 5))
        guard case .settlement? = told.last else {
            Issue.record("\(told)")
            return
        }
    }

    @Test("fetches the settlement after a restart that came between acknowledgement and bundle")
    func settlementAfterRestart() async throws {
        let bench = try Bench()
        _ = try bench.charge(kilowattHours: 1)
        await bench.turn()
        bench.node.with { world in
            world.lie = { request, _ in
                guard request.method == "abci_query", request.key.hasPrefix("session/") else { return nil }
                return FakeNode.failure(request.id, "busy")
            }
        }
        await bench.turn()
        #expect(bench.journal.acknowledged(Bench.connector) == 3)
        #expect(try ProofStore(directory: bench.folder).sessions() == [])
        bench.node.with { $0.lie = nil }
        try bench.restart()
        let told = await bench.turn()
        guard case .settlement? = told.last else {
            Issue.record("\(told)")
            return
        }
        #expect(try ProofStore(directory: bench.folder).sessions().count == 1)
        try bench.restart()
        let again = await bench.turn()
        #expect(!again.contains { if case .settlement = $0 { true } else { false } }, "a bundle is fetched once")
    }

    @Test("tells a grant with its tariff, once, and that it went")
    func grant() async throws {
        let bench = try Bench()
        await bench.turn()
        let grant = Grant(
            hash: GrantHash(hashing: [1]), payer: AccountID(hashing: [2]), amount: Microunits(9_000_000),
            spent: .zero, tariff: bench.tariff.hash, expiry: UTCMilliseconds(1_800_000_000_000))
        let key = StateKey.grant(bench.device.device, Bench.connector).bytes
        try bench.node.change { $0[key] = grant.encoded() }
        let told = await bench.turn()
        guard case .grant(Bench.connector, let proved?)? = told.last, told.count == 1 else {
            Issue.record("\(told)")
            return
        }
        #expect(proved.grant == grant)
        #expect(proved.tariff == bench.tariff)
        #expect(proved.height == bench.status.map { $0.height - 1 })
        #expect(try ProofStore(directory: bench.folder).tariff(bench.tariff.hash) == bench.tariff.encoded())
        try bench.node.makeBlock()
        #expect(await bench.turn() == [])
        var spent = grant
        spent.spent = Microunits(1)
        try bench.node.change { $0[key] = spent.encoded() }
        #expect(await bench.turn().count == 1)
        try bench.node.change { $0[key] = nil }
        #expect(await bench.turn() == [.grant(Bench.connector, nil)])
    }

    @Test("asks nothing again while the state does not change")
    func quiet() async throws {
        let bench = try Bench()
        await bench.turn()
        let before = bench.node.with { $0.calls["abci_query"] }
        try bench.node.makeBlock()
        await bench.turn()
        await bench.turn()
        #expect(bench.node.with { $0.calls["abci_query"] } == before)
        #expect(bench.node.with { $0.calls["validators"] } == 1, "a set that is known is not fetched again")
        #expect(bench.status?.height == 3)
    }

    @Test("goes on from its store after a restart, not from the anchor")
    func restart() async throws {
        let bench = try Bench()
        await bench.turn()
        try bench.node.makeBlock()
        await bench.turn()
        try bench.restart()
        let commits = bench.node.with { $0.calls["commit"] } ?? 0
        let told = await bench.turn()
        #expect(told.contains(.provedHead(Bench.connector, nil)), "each start proves anew")
        #expect(bench.node.with { $0.calls["commit"] } == commits)
    }

    @Test("stops a chain and says so when the ledger holds more than the journal")
    func rollback() async throws {
        let bench = try Bench()
        _ = try bench.charge(kilowattHours: 3)
        await bench.turn()
        let head = try #require(bench.device.heads[Bench.connector])
        bench.journal.truncate(Bench.connector, to: 2)
        let state = ChainHeadState(sequence: head.sequence, hash: head.hash)
        #expect(
            await bench.turn() == [
                .rollbackDetected(
                    Bench.connector, proved: state, journalHead: 2, height: try #require(bench.status).height),
                .provedHead(Bench.connector, state),
            ])
        #expect(bench.journal.acknowledged(Bench.connector) == 0)
        let sent = bench.node.with { $0.transactions.count }
        bench.clock.withLockedValue { $0 += 200_000_000_000 }
        try bench.node.makeBlock()
        #expect(await bench.turn() == [])
        #expect(bench.node.with { $0.transactions.count } == sent, "a stopped chain sends nothing")
        #expect(bench.lines.withLockedValue { $0 }.contains { $0.contains("restored image") })
    }

    @Test("stops a chain and says so when the ledger holds another record than the journal")
    func equivocation() async throws {
        let bench = try Bench()
        let records = try bench.charge(kilowattHours: 3)
        let other = ChainHeadState(sequence: 2, hash: RecordHash(hashing: [9]))
        try bench.node.change { $0[StateKey.head(bench.device.device, Bench.connector).bytes] = other.encoded() }
        let told = await bench.turn()
        #expect(
            told.contains(.equivocation(Bench.connector, proved: other, journal: records[1].hash)))
        #expect(bench.journal.acknowledgements == ["0/1"])
        // The evidence alone, once: the chain itself is stopped.
        let evidence = try RecordBatch(messages: [records[1].message]).encoded()
        #expect(bench.node.with { $0.transactions } == [evidence])
        try bench.node.makeBlock()
        await bench.turn()
        #expect(bench.node.with { $0.transactions } == [evidence])
    }

    @Test("goes on behind the proved head once the journal holds the record that tells of the lost ones, and sends it")
    func rollbackTold() async throws {
        let bench = try Bench()
        let records = try bench.charge(kilowattHours: 3)
        await bench.turn()
        let head = try #require(bench.device.heads[Bench.connector])
        bench.journal.truncate(Bench.connector, to: 2)
        let body = RollbackDetected(
            journalSequence: 2, journalHash: records[1].hash, provedSequence: head.sequence, ledgerHeight: 1)
        let record = try bench.device.append(Bench.connector, .rollbackDetected(body))
        bench.journal.answerRollback(with: record)
        #expect(await bench.turn().contains(.acknowledged(Bench.connector, through: head.sequence)))
        #expect(bench.journal.acknowledged(Bench.connector) == head.sequence)
        let envelope = try RecordBatch(messages: [record.message]).encoded()
        #expect(bench.node.with { $0.transactions.last } == envelope)
    }

    @Test("refuses a registration with another genesis")
    func otherGenesis() async throws {
        let bench = try Bench()
        let twin = try SampleDevice(connectors: 1)
        try bench.node.change { state in
            var registration = bench.device.genesis
            registration = twin.genesis
            state[StateKey.charger(bench.device.device).bytes] =
                ChargerRegistration(
                    owner: twin.owner, genesis: registration.hash, ed25519PublicKey: twin.publicKeys.ed25519,
                    p256PublicKey: twin.publicKeys.p256, tariff: bench.tariff.hash, connectors: 1, keyEpoch: 1,
                    bench: false
                ).encoded()
        }
        // Two genesis records of one key differ in their random P-256 signature.
        guard twin.genesis.hash != bench.device.genesis.hash else { return }
        guard case .refused(.registeredDifferently)? = await bench.turn().last else {
            Issue.record("another genesis was taken")
            return
        }
    }

    @Test("keeps records that the node refuses, tells why, and sends them again later")
    func refusedBatch() async throws {
        let bench = try Bench()
        _ = try bench.charge(kilowattHours: 1)
        bench.node.with { $0.refusal = (9, "gap") }
        await bench.turn()
        #expect(bench.status?.isReachable == true)
        #expect(
            bench.status?.lastError == .batchRefused(chain: 1, first: 1, last: 3, code: 9, log: "gap"))
        bench.node.with { $0.refusal = nil }
        await bench.turn()
        #expect(bench.node.with { $0.transactions } == [], "held back for a while")
        bench.clock.withLockedValue { $0 += 130_000_000_000 }
        await bench.turn()
        #expect(bench.node.with { $0.transactions.count } == 1)
        #expect(bench.status?.lastError == nil)
        await bench.turn()
        #expect(bench.journal.acknowledged(Bench.connector) == 3)
    }

    @Test("survives a node that stops and comes back, and loses nothing")
    func outage() async throws {
        let bench = try Bench()
        await bench.turn()
        bench.node.with { $0.isDown = true }
        _ = try bench.charge(kilowattHours: 2)
        for _ in 0..<3 {
            #expect(await bench.turn() == [.unreachable(.unreachable(endpoint: bench.node.endpoint, reason: "down"))])
        }
        #expect(bench.status?.isReachable == false)
        let warnings = bench.lines.withLockedValue { $0 }.filter { $0.hasPrefix("warning") && $0.contains("down") }
        #expect(warnings.count == 1, "one line for one outage")
        bench.node.with { $0.isDown = false }
        await bench.turn()
        await bench.turn()
        #expect(bench.journal.acknowledged(Bench.connector) == 4)
        #expect(bench.lines.withLockedValue { $0 }.contains { $0.contains("available again") })
    }

    @Test("does not judge without a clock, and not by a header that was held back")
    func clock() async throws {
        let bench = try Bench()
        bench.wall.withLockedValue { $0 = nil }
        #expect(await bench.turn() == [.unreachable(.clockUnknown)])
        bench.wall.withLockedValue { $0 = 301 }
        let told = await bench.turn()
        #expect(told == [.unreachable(.staleHeader(height: 2, ageSeconds: 301, limitSeconds: 300))])
        #expect(bench.journal.acknowledgements == [])
        bench.wall.withLockedValue { $0 = 300 }
        #expect(await bench.turn().count == 7)
    }

    @Test("says so when the journal cannot be asked, and goes on when it can")
    func journalFailure() async throws {
        let bench = try Bench()
        bench.journal.setFailing(true)
        guard case .unreachable(.recordSourceFailed)? = await bench.turn().last else {
            Issue.record("a failing journal went unnoticed")
            return
        }
        bench.journal.setFailing(false)
        #expect(await bench.turn().count == 7)
    }

    @Test("runs by itself: wakes for new records, and ends when cancelled")
    func run() async throws {
        let bench = try Bench()
        let link = bench.link
        let task = Task { await link.run() }
        func reaches(_ what: Comment, _ condition: () -> Bool) async throws {
            for _ in 0..<5_000 {
                if condition() { return }
                try await Task.sleep(for: .milliseconds(2))
            }
            Issue.record(what)
        }
        try await reaches("the first look") { bench.journal.acknowledged(.device) == 1 }
        _ = try bench.charge(kilowattHours: 4)
        link.wake()
        try await reaches("the session's acknowledgement") { bench.journal.acknowledged(Bench.connector) == 6 }
        bench.node.with { $0.isDown = true }
        try await reaches("the outage") { bench.status?.isReachable == false }
        bench.node.with { $0.isDown = false }
        try await reaches("the return") { bench.status?.isReachable == true }
        task.cancel()
        await task.value
    }
}
