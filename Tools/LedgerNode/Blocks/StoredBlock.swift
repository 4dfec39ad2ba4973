internal import Ledger
internal import LightClient

/// A block with everything that the RPC tells about it.
struct StoredBlock: Sendable {
    let block: Block
    let blockID: BlockID
    /// The votes that made it final.
    let commit: Commit
    /// One for each transaction.
    let results: [TransactionResult]
    /// The bytes of the encoded block.
    let size: Int
    /// Changed validators, evidence.
    var aftermath = LedgerStore.Aftermath()

    var header: Header { block.header }
}

/// A transaction with its place and what came of it.
struct StoredTransaction: Sendable {
    let height: Int64
    let index: UInt32
    let bytes: [UInt8]
    let result: TransactionResult
}
