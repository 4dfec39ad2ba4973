import ChargerSamples
import Foundation
import Ledger
import LedgerNode
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities
import Receipts
import SignedRecords
import Testing

@testable import PlatformLink

/// The link against the real ledger node: its blocks, its state tree, its HTTP server; a proxy lies in between.
@Suite("A real ledger", .serialized)
struct RealLedgerTests {
    private func isAcknowledged(_ sequence: UInt64) -> (PlatformEvent) -> Bool {
        { $0 == .acknowledged(LedgerBench.connector, through: sequence) }
    }

    @Test("takes a session from grant to receipt")
    func session() async throws {
        let bench = try await LedgerBench()
        #expect(
            await bench.turn() == [
                .registration(nil), .provedHead(.device, nil), .provedHead(LedgerBench.connector, nil),
                .grant(LedgerBench.connector, nil),
            ])
        try await bench.register()
        let grant = try await bench.grant(2_000_000)
        let granted = try await bench.turns {
            if case .grant(_, .some) = $0 { true } else { false }
        }
        guard case .grant(_, let proved?)? = granted.last else {
            Issue.record("\(granted)")
            return
        }
        #expect(proved.grant.hash == grant)
        #expect(proved.grant.amount == Microunits(2_000_000))
        #expect(proved.tariff == bench.tariff)
        #expect(granted.contains(.acknowledged(.device, through: 1)))

        let records = try bench.charge(kilowattHours: 5, on: grant)
        let told = try await bench.turns { if case .settlement = $0 { true } else { false } }
        guard case .settlement(_, let session, let settlement)? = told.last else {
            Issue.record("\(told)\n\(bench.lines.withLockedValue { $0 }.suffix(5))")
            return
        }
        #expect(bench.journal.acknowledged(LedgerBench.connector) == 7)
        #expect(settlement.paid == Microunits(1_855_000))
        #expect(settlement.commission == Microunits(55_650))
        #expect(settlement.owner == bench.device.owner)

        let store = ProofStore(directory: bench.folder + "/link")
        let receipt = try ReceiptBuilder.build(
            session: session, genesis: bench.device.genesis, keyChanges: [], chainRecords: records,
            tariff: try #require(try store.tariff(bench.tariff.hash)),
            bundle: try #require(try store.bundle(of: session)))
        let anchor = try await bench.link.client.lightBlock(at: 1)
        let report = try Receipt.verify(bytes: receipt.encode(), anchor: anchor)
        #expect(report.energy == MilliwattHours(5_300_000))
        #expect(report.anchorRelation == .sameValidators(anchorHeight: 1))
        #expect(report.unpaid == .zero)
        try await bench.stop()
    }

    @Test("pays no more than the grant holds, and the receipt says what stayed unpaid")
    func grantSpent() async throws {
        let bench = try await LedgerBench()
        try await bench.register()
        let grant = try await bench.grant(500_000)
        _ = try await bench.turns { if case .grant(_, .some) = $0 { true } else { false } }
        let records = try bench.charge(kilowattHours: 2, on: grant)
        let told = try await bench.turns { if case .settlement = $0 { true } else { false } }
        guard case .settlement(_, let session, _)? = told.last else {
            Issue.record("\(told)")
            return
        }
        let store = ProofStore(directory: bench.folder + "/link")
        let receipt = try ReceiptBuilder.build(
            session: session, genesis: bench.device.genesis, keyChanges: [], chainRecords: records,
            tariff: bench.tariff.encoded(), bundle: try #require(try store.bundle(of: session)))
        let report = try receipt.verify(anchor: nil)
        #expect(report.paid == Microunits(500_000))
        #expect(report.unpaid == Microunits(305_000))
        try await bench.stop()
    }

    @Test("is found below /v1 as well, where CometBFT 1.0 serves the same calls")
    func prefixed() async throws {
        let bench = try await LedgerBench()
        let node = try #require(bench.node)
        let client = NodeClient(
            transport: try HTTPTransport(RPCEndpoint(node.url + "/v1/")), deadline: .seconds(60))
        #expect(try await client.status().chainID == "wattseal-test")
        #expect(try await client.lightBlock(at: 1).header.hash() == node.anchor.hash)
        await client.close()
        try await bench.stop()
    }

    @Test("whose node stops and comes back loses no record")
    func outage() async throws {
        let bench = try await LedgerBench()
        try await bench.register()
        let grant = try await bench.grant(5_000_000)
        _ = try await bench.turns { if case .grant(_, .some) = $0 { true } else { false } }
        await bench.stopNode()
        try bench.charge(kilowattHours: 3, on: grant)
        for _ in 0..<3 {
            let told = await bench.turn()
            guard case .unreachable(.unreachable)? = told.last, told.count == 1 else {
                Issue.record("\(told)")
                return
            }
        }
        #expect(bench.journal.acknowledged(LedgerBench.connector) == 0)
        try await bench.restartNode()
        let told = try await bench.turns { if case .settlement = $0 { true } else { false } }
        #expect(told.contains(where: isAcknowledged(5)), "\(told)")
        #expect(bench.journal.acknowledgements == ["0/1", "1/5"])
        try await bench.stop()
    }

    /// A lie of the proxy, and the refusal that it must get.
    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let says: String
        let isExpected: @Sendable (PlatformLinkError) -> Bool
        let tell: LyingProxy.Lie

        /// Changes the reply to a call.
        static func changing<Result: Codable & Sendable>(
            _ method: String, as type: Result.Type, _ change: @escaping @Sendable (inout Result) -> Void
        ) -> LyingProxy.Lie {
            { request, reply, _ in
                guard request.method == method, var result = try LyingProxy.result(reply, as: Result.self) else {
                    return nil
                }
                change(&result)
                return try FakeNode.reply(request.id, result)
            }
        }

        /// Answers for the connector's head with the honest answer about another key, changed.
        static func head(
            from other: @escaping @Sendable (String) -> String,
            _ change: @escaping @Sendable (inout ABCIQueryResponse, _ asked: [UInt8]) throws -> Void = { _, _ in }
        ) -> LyingProxy.Lie {
            { request, _, ask in
                guard request.method == "abci_query", request.key.hasPrefix("head/"), request.key.hasSuffix("/1") else {
                    return nil
                }
                let body = LyingProxy.query(Array(other(request.key).utf8), height: request.height)
                guard var result = try LyingProxy.result(try await ask(body), as: ABCIQueryResult.self) else {
                    return nil
                }
                try change(&result.response, Array(request.key.utf8))
                return try FakeNode.reply(request.id, result)
            }
        }
    }

    static let lies: [Lie] = [
        Lie(
            testDescription: "a wrong app hash", says: "app hash was altered",
            isExpected: { if case .headerNotTheSignedOne = $0 { true } else { false } },
            tell: Lie.changing("commit", as: CommitResult.self) { $0.signedHeader?.header.appHash[0] ^= 1 }),
        Lie(
            testDescription: "a commit with one signature changed", says: "commit signature invalid",
            isExpected: { if case .commitSignatureInvalid(_, index: 0) = $0 { true } else { false } },
            tell: Lie.changing("commit", as: CommitResult.self) {
                $0.signedHeader?.commit.signatures[0].signature[0] ^= 1
            }),
        Lie(
            testDescription: "the proof of another key", says: "proof for another key",
            isExpected: { if case .proofForAnotherKey = $0 { true } else { false } },
            tell: Lie.head(from: { $0.dropLast() + "0" })),
        Lie(
            testDescription: "the proof of another key under the asked one's name", says: "proof for another key",
            isExpected: { if case .proofForAnotherKey = $0 { true } else { false } },
            tell: Lie.head(from: { $0.dropLast() + "0" }) { response, asked in response.key = asked }),
        Lie(
            testDescription: "a genuine absence proof of another key", says: "absence proof for another key",
            isExpected: { if case .absenceProofForAnotherKey = $0 { true } else { false } },
            tell: Lie.head(from: { $0 + "7" }) { response, asked in response.key = asked }),
        Lie(
            testDescription: "a forged absence of a key that exists", says: "its absence is not proved",
            isExpected: { if case .absenceNotProved = $0 { true } else { false } },
            tell: Lie.head(from: { $0 + "7" }) { response, asked in
                response.key = asked
                guard let data = response.proofOps?.ops.first?.data,
                    case .nonExistence(var absence) = try CommitmentProof(protobuf: data)
                else { return }
                absence.key = asked
                response.proofOps = ProofOps(ops: [
                    ProofOp(
                        type: ProofOp.sparseType, key: asked, data: CommitmentProof.nonExistence(absence).protobuf)
                ])
            }),
        Lie(
            testDescription: "a forged path to a changed value", says: "is not proved under the app hash",
            isExpected: { if case .valueNotProved = $0 { true } else { false } },
            tell: Lie.head(from: { $0 }) { response, asked in
                guard let data = response.proofOps?.ops.first?.data,
                    case .existence(var existence) = try CommitmentProof(protobuf: data)
                else { return }
                existence.path[0].suffix = existence.path[0].suffix.isEmpty ? [] : [UInt8](repeating: 1, count: 32)
                if existence.path[0].suffix.isEmpty { existence.path[0].prefix[7] ^= 1 }
                response.proofOps = ProofOps(ops: [
                    ProofOp(type: ProofOp.sparseType, key: asked, data: CommitmentProof.existence(existence).protobuf)
                ])
            }),
        Lie(
            testDescription: "an old header replayed", says: "replayed old header",
            isExpected: { if case .replayedHeader(_, offeredHeight: 1, _) = $0 { true } else { false } },
            tell: { request, reply, ask in
                guard request.method == "commit" else { return nil }
                let old = try await ask(#"{"jsonrpc":"2.0","id":1,"method":"commit","params":{"height":"1"}}"#)
                guard let result = try LyingProxy.result(old, as: CommitResult.self) else { return nil }
                return try FakeNode.reply(request.id, result)
            }),
    ]

    @Test("behind a proxy that lies: refused by its name, nothing acknowledged, logged why", arguments: lies)
    func lying(_ lie: Lie) async throws {
        let bench = try await LedgerBench()
        try await bench.register()
        let grant = try await bench.grant(5_000_000)
        _ = try await bench.turns { if case .grant(_, .some) = $0 { true } else { false } }
        try bench.charge(kilowattHours: 2, on: grant)
        await bench.turn()
        let before = bench.journal.acknowledgements
        bench.proxy.tell(lie.tell)
        // The node makes the block of the records meanwhile; until then the lie has nothing to be told about.
        let told = try await bench.turns { if case .refused = $0 { true } else { false } }
        guard case .refused(let error)? = told.last else {
            Issue.record("\(told)")
            return
        }
        #expect(lie.isExpected(error), "\(error)")
        #expect(bench.refusals.last?.contains(lie.says) == true, "\(bench.refusals)")
        #expect(bench.journal.acknowledgements == before, "a lie was acknowledged")
        #expect(try ProofStore(directory: bench.folder + "/link").sessions() == [])
        bench.proxy.tell(nil)
        let honest = try await bench.turns { if case .settlement = $0 { true } else { false } }
        #expect(honest.contains(where: isAcknowledged(4)), "\(honest)")
        try await bench.stop()
    }

    @Test("that rewinds: old answers recorded and played again later are refused")
    func recorded() async throws {
        let bench = try await LedgerBench()
        let tape = NIOLockedValueBox<[String: [UInt8]]>([:])
        bench.proxy.tell { request, reply, _ in
            tape.withLockedValue { $0[request.method + request.key] = reply }
            return nil
        }
        await bench.turn()
        bench.proxy.tell(nil)
        try await bench.register()
        _ = try await bench.turns { if case .registration(.some) = $0 { true } else { false } }
        bench.proxy.tell { request, _, _ in
            guard let old = tape.withLockedValue({ $0[request.method + request.key] }) else { return nil }
            // The old reply under the new request's number.
            let text = String(decoding: old, as: UTF8.self)
            guard let start = text.range(of: "\"id\":"), let end = text[start.upperBound...].firstIndex(of: ",") else {
                return nil
            }
            return Array((text[..<start.upperBound] + "\(request.id)" + text[end...]).utf8)
        }
        guard case .refused(.replayedHeader)? = await bench.turn().last else {
            Issue.record("\(bench.lines.withLockedValue { $0 }.suffix(3))")
            return
        }
        #expect(bench.journal.acknowledgements == ["0/1"])
        try await bench.stop()
    }
}
