internal import Ledger
internal import LightClient

/// The replicated state machine behind the blocks, with the calls and the meanings of ABCI 2.0.
///
/// `finalizeBlock` persists nothing, `commit` persists: after a kill between the two the block is finalised again. Every
/// call is made from one place at a time.
protocol Application: AnyObject {
    /// Where the state stands, for the handshake at start.
    func info() throws(LedgerNodeError) -> ApplicationInfo
    /// The state before the first block; returns its app hash. Called while `info` says height 0.
    func initChain(_ request: InitChainRequest) throws(LedgerNodeError) -> [UInt8]
    /// Reads the state of a height.
    func query(_ request: QueryRequest) throws(LedgerNodeError) -> ABCIQueryResponse
    /// The signatures that `checkTx` will ask for and that are not known to hold: whoever has a thread to spare checks them ahead.
    func owedSignatures(of transaction: ReadTransaction) throws(LedgerNodeError) -> [OwedSignature]
    /// Takes note of a signature that was checked and holds.
    func remember(_ signature: OwedSignature)
    /// Whether a transaction may wait in the mempool.
    func checkTx(_ transaction: [UInt8]) throws(LedgerNodeError) -> TransactionResult
    /// Chooses and orders transactions for a block of at most `maximumBytes` of them.
    func prepareProposal(_ transactions: [[UInt8]], maximumBytes: Int, time: Timestamp) throws(LedgerNodeError)
        -> [[UInt8]]
    /// Whether a proposed block may be voted for.
    func processProposal(_ transactions: [[UInt8]]) throws(LedgerNodeError) -> Bool
    /// Carries out a decided block, in memory.
    func finalizeBlock(_ request: FinalizeBlockRequest) throws(LedgerNodeError) -> FinalizeBlockResponse
    /// Makes the finalised block's state durable.
    func commit() throws(LedgerNodeError)
}

/// The answer to `info`.
struct ApplicationInfo: Sendable, Equatable {
    let data: String
    let version: String
    let appVersion: UInt64
    /// 0 before the first commit.
    let lastBlockHeight: Int64
    let lastBlockAppHash: [UInt8]
}

/// What the chain starts from.
struct InitChainRequest: Sendable {
    let time: Timestamp
    let chainID: String
    let initialHeight: Int64
    /// The genesis document's `app_state`, JSON.
    let appState: [UInt8]
}

/// A question about the state.
struct QueryRequest: Sendable {
    let path: String
    let data: [UInt8]
    /// 0 for the newest that can be answered.
    let height: Int64
    let prove: Bool
}

/// A decided block.
struct FinalizeBlockRequest: Sendable {
    let transactions: [[UInt8]]
    let height: Int64
    let time: Timestamp
    /// What validators were proved to have done, by the block's evidence.
    var misbehavior: [ABCI.Misbehavior] = []
}

/// What a block did.
struct FinalizeBlockResponse: Sendable {
    /// One for each transaction.
    let results: [TransactionResult]
    /// Stands in the next header.
    let appHash: [UInt8]
}
