import Ledger
import LightClient
import Testing

@testable import LedgerNode

/// A block that is the newest proposal is not carried out again: nothing may tell.
///
/// Red where the proposal's time, transactions or height are not compared, and where the remembered values of the state are
/// not renewed by a commit.
@Suite("Proposals")
struct ProposalTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    @Test("who proposed, who proposed something else, and who did neither come to the same state")
    func same() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("proposals seed \(seed)")
        let proposer = try home.application("proposer")
        let follower = try home.application("follower")
        var accepted = 0
        for (index, transactions) in try SampleNetwork.blocks(120, seed: seed).enumerated() {
            let height = Int64(index + 1)
            let time = SampleNetwork.time(height)
            for transaction in transactions { _ = try proposer.checkTx(transaction) }
            // Every third proposal is of an earlier time than the block, every third block is another's.
            var block = try proposer.prepareProposal(
                transactions, maximumBytes: 1 << 20, time: index % 3 == 1 ? SampleNetwork.time(height - 1) : time)
            if index % 3 == 2 { block = transactions }
            let request = FinalizeBlockRequest(transactions: block, height: height, time: time)
            let ours = try proposer.finalizeBlock(request)
            let theirs = try follower.finalizeBlock(request)
            #expect(ours.results == theirs.results, "seed \(seed), block \(height)")
            #expect(ours.appHash == theirs.appHash, "seed \(seed), block \(height)")
            try proposer.commit()
            try follower.commit()
            accepted += ours.results.count { $0.code == 0 }
        }
        #expect(accepted > 40, "seed \(seed): \(accepted) accepted")
    }
}
