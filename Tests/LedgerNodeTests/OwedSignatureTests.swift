import ChargerSamples
import Ledger
import LightClient
import SignedRecords
import Testing

@testable import LedgerNode

/// Signatures that were checked ahead of CheckTx: nothing but speed may tell.
@Suite("Signatures checked ahead")
struct OwedSignatureTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func owed(_ bytes: [UInt8], by application: LedgerApplication) throws -> [OwedSignature] {
        guard let read = try? ReadTransaction(decoding: bytes) else { return [] }
        return try application.owedSignatures(of: read)
    }

    /// Checks what is owed, as the node does; returns how many hold and how many do not.
    private func checkAhead(_ bytes: [UInt8], by application: LedgerApplication) throws -> (held: Int, failed: Int) {
        var (held, failed) = (0, 0)
        for signature in try owed(bytes, by: application) {
            if (try? signature.check()) != nil {
                application.remember(signature)
                held += 1
            } else {
                failed += 1
            }
        }
        return (held, failed)
    }

    /// The same bytes with one bit of the last record's, or the transaction's, signature turned.
    private func tampered(_ bytes: [UInt8]) -> [UInt8] { bytes.dropLast() + bytes.suffix(1).map { $0 ^ 1 } }

    /// A seed of each run's own, and one with an empty transaction.
    static let seeds = [UInt64.random(in: 0...UInt64.max), 12_413_345_968_720_762_617]

    @Test(
        "who checks ahead answers CheckTx, and builds blocks, like one who does not; nothing stays owed but what fails",
        arguments: seeds)
    func same(seed: UInt64) throws {
        print("owed signatures seed \(seed)")
        let ahead = try home.application("ahead-\(seed)")
        let plain = try home.application("plain-\(seed)")
        var (held, failed) = (0, 0)
        for (index, transactions) in try SampleNetwork.blocks(60, seed: seed).enumerated() {
            let height = Int64(index + 1)
            for transaction in transactions.flatMap({ [tampered($0), $0] }) {
                let found = try checkAhead(transaction, by: ahead)
                held += found.held
                failed += found.failed
                let left = try owed(transaction, by: ahead)
                #expect(left.count == found.failed, "seed \(seed), block \(height)")
                let (ours, theirs) = (try ahead.checkTx(transaction), try plain.checkTx(transaction))
                #expect(ours == theirs, "seed \(seed), block \(height)")
                #expect(found.failed == 0 || ours.code != 0, "seed \(seed), block \(height)")
            }
            let request = FinalizeBlockRequest(
                transactions: transactions, height: height, time: SampleNetwork.time(height))
            let (ours, theirs) = (try ahead.finalizeBlock(request), try plain.finalizeBlock(request))
            #expect(ours.results == theirs.results && ours.appHash == theirs.appHash, "seed \(seed), block \(height)")
            try ahead.commit()
            try plain.commit()
        }
        #expect(held > 50 && failed > 50, "seed \(seed): \(held) held, \(failed) failed")
    }

    @Test(
        "a record of a charger that nobody registered, and one that does not decode, owe nothing and stop nobody else's"
    )
    func strangers() throws {
        let application = try home.application("strangers")
        let stranger = try SampleCharger("nobody's", ledger: SampleNetwork.chainID)
        let record = stranger.genesis
        let batch = try RecordBatch(messages: [record.message, [1, 2, 3]]).encoded()
        guard case .records(let read) = try ReadTransaction(decoding: batch) else {
            Issue.record("a batch was read as something else")
            return
        }
        #expect(read == [record])
        #expect(try owed(batch, by: application).isEmpty)
        #expect(try application.checkTx(batch).code != 0)
    }

    @Test("a transaction that comes eight times at once waits once, and a forged one is refused")
    func atOnce() async throws {
        let node = try await LedgerNode.start(try home.configuration())
        let transaction = try SampleNetwork.transfer(5)
        let admissions = await withTaskGroup(of: Engine.Admission?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? await node.engine.submit(transaction, hash: .sha256(transaction)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let seen = admissions.count { if case .refused(.seen) = $0 { true } else { false } }
        let checked = admissions.count { if case .checked(let result) = $0 { result.code == 0 } else { false } }
        #expect(seen == 7 && checked == 1, "\(admissions)")
        #expect(await node.engine.mempool.entries.count == 1)
        // A signature that does not hold is not taken for one that does.
        let forged = tampered(try SampleNetwork.transfer(6))
        guard case .checked(let result) = try await node.engine.submit(forged, hash: .sha256(forged)) else {
            Issue.record("the forged transaction was not checked")
            return await node.stop()
        }
        #expect(result.log.contains("signature"), "\(result.log)")
        #expect(await node.engine.mempool.entries.count == 1)
        await node.stop()
    }
}
