import Ledger

@testable import LedgerNode

/// The standalone ledger without its RPC: one thread checks, proposes, carries out, signs and commits.
final class OneThreadNode {
    let store: LedgerStore
    let chain: StandaloneChain
    private let home: NodeHome
    private let application: LedgerApplication

    init(_ street: SampleStreet) throws {
        home = try NodeHome(street.configuration)
        store = try LedgerStore(path: home.databasePath)
        application = try LedgerApplication(store: store, chainID: SampleStreet.chainID)
        chain = try StandaloneChain(
            application: application, store: store, home: home, clock: street.configuration.clock)
    }

    /// Ends it; its home may be used again.
    func end() { home.release() }

    /// What the mempool does with a transaction that comes in.
    func check(_ transaction: [UInt8]) throws {
        let result = try application.checkTx(transaction)
        guard result.code == 0 else { throw BenchmarkFailed("CheckTx: \(result.log)") }
    }

    /// Checks these transactions and makes blocks of them until all are in and proved.
    func makeBlock(_ transactions: [[UInt8]]) throws {
        for transaction in transactions { try check(transaction) }
        try propose(transactions)
    }

    /// Makes blocks of transactions that were checked, and the block with the proof.
    func propose(_ transactions: [[UInt8]]) throws {
        let chosen = try application.prepareProposal(
            transactions, maximumBytes: StandaloneChain.maximumTransactionBytes, time: try chain.nextTime())
        guard chosen.count == transactions.count else {
            throw BenchmarkFailed("a block takes \(chosen.count) of \(transactions.count) transactions")
        }
        for result in try chain.makeBlock(chosen).results where result.code != 0 {
            throw BenchmarkFailed("block \(chain.height): \(result.log)")
        }
        while chain.owesProof { _ = try chain.makeBlock([]) }
    }
}
