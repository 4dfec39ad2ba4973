import LightClient
import Testing

@testable import LedgerNode

/// A small consensus engine: the calls that CometBFT makes, in its order, over four connections; its blocks outlive the
/// application and itself.
final class SampleConsensus {
    struct Decided {
        let transactions: [[UInt8]]
        /// What finalising gave when the block was decided; nil while that answer was never saved.
        var appHash: [UInt8]?
    }

    enum Stopped: Error, Equatable {
        case appAhead(Int64, store: Int64)
        case appHashDiffers(height: Int64)
    }

    private(set) var blocks: [Decided] = []
    let initialHeight: Int64
    private(set) var genesisHash: [UInt8] = []
    private(set) var mempool: [[UInt8]] = []
    private var query: ABCIDialer
    private(set) var snapshot: ABCIDialer
    private var mempoolLine: ABCIDialer
    private(set) var consensus: ABCIDialer

    init(_ address: ABCIAddress, initialHeight: Int64 = 1) throws {
        self.initialHeight = initialHeight
        query = try ABCIDialer(address)
        snapshot = try ABCIDialer(address)
        mempoolLine = try ABCIDialer(address)
        consensus = try ABCIDialer(address)
    }

    /// The height of the newest block.
    var height: Int64 { initialHeight - 1 + Int64(blocks.count) }
    var appHash: [UInt8] { blocks.last?.appHash ?? genesisHash }

    /// Dials again, as after either side was started anew.
    func redial(_ address: ABCIAddress) throws {
        query = try ABCIDialer(address)
        snapshot = try ABCIDialer(address)
        mempoolLine = try ABCIDialer(address)
        consensus = try ABCIDialer(address)
    }

    /// Forgets the newest blocks, as a store that was set back.
    func lose(_ count: Int) { blocks.removeLast(count) }

    /// Believes another hash of its newest block.
    func misremember() { blocks[blocks.count - 1].appHash = Array(repeating: 9, count: 32) }

    /// The answer to the newest block was saved before the application ended.
    func learn(_ appHash: [UInt8]) { blocks[blocks.count - 1].appHash = appHash }

    /// Takes over the blocks of another node, as block sync does; from a height on, after state sync.
    func adopt(_ other: SampleConsensus) {
        blocks = other.blocks
        genesisHash = other.genesisHash
    }

    func info() async throws -> ABCI.Info.Response {
        guard
            case .info(let info) = try await query.call(
                .info(.init(version: "0.38.25", blockVersion: 11, p2pVersion: 8, abciVersion: "2.0.0")))
        else { throw ABCIDialer.Failed(description: "no info") }
        return info
    }

    func ask(_ request: ABCI.Query.Request) async throws -> ABCI.Query.Response {
        guard case .query(let answer) = try await query.call(.query(request)) else {
            throw ABCIDialer.Failed(description: "no answer to a query")
        }
        return answer
    }

    /// What CometBFT does at its start: brings the application to where the store is.
    func handshake(appState: [UInt8]? = nil) async throws {
        let info = try await info()
        #expect(info.appVersion == 1)
        guard info.lastBlockHeight <= height else { throw Stopped.appAhead(info.lastBlockHeight, store: height) }
        if info.lastBlockHeight == 0 {
            let request = try SampleNetwork.initChain(appState: appState, initialHeight: initialHeight)
            guard case .initChain(let answer) = try await consensus.call(.initChain(request)) else {
                throw ABCIDialer.Failed(description: "no answer to InitChain")
            }
            #expect(answer.validators.isEmpty && answer.consensusParameters == nil)
            #expect(genesisHash.isEmpty || genesisHash == answer.appHash)
            genesisHash = answer.appHash
        } else if info.lastBlockAppHash != hash(at: info.lastBlockHeight) {
            throw Stopped.appHashDiffers(height: info.lastBlockHeight)
        }
        var next = max(info.lastBlockHeight + 1, initialHeight)
        while next <= height {
            let block = blocks[Int(next - initialHeight)]
            try record(try await finalize(block.transactions, height: next), at: next)
            try await commit()
            next += 1
        }
    }

    private func hash(at height: Int64) -> [UInt8]? { blocks[Int(height - initialHeight)].appHash }

    private func record(_ answer: ABCI.FinalizeBlock.Response, at height: Int64) throws {
        let place = Int(height - initialHeight)
        if let known = blocks[place].appHash, known != answer.appHash { throw Stopped.appHashDiffers(height: height) }
        blocks[place].appHash = answer.appHash
    }

    // MARK: Blocks

    func propose(limit: Int64 = 1 << 20) async throws -> [[UInt8]] {
        let request = ABCI.PrepareProposal.Request(
            maximumBytes: limit, transactions: mempool, height: height + 1, time: SampleNetwork.time(height + 1))
        guard case .prepareProposal(let answer) = try await consensus.call(.prepareProposal(request)) else {
            throw ABCIDialer.Failed(description: "no proposal")
        }
        return answer.transactions
    }

    func process(_ transactions: [[UInt8]]) async throws -> Bool {
        let request = ABCI.ProposedBlock(
            transactions: transactions, hash: Array(repeating: 1, count: 32), height: height + 1,
            time: SampleNetwork.time(height + 1))
        switch try await consensus.call(.processProposal(request)) {
        case .processProposal(.accept): return true
        case .processProposal(.reject): return false
        default: throw ABCIDialer.Failed(description: "no word on a proposal")
        }
    }

    /// A block is decided: from here on it stands, whatever happens to the application.
    func decide(_ transactions: [[UInt8]]) { blocks.append(Decided(transactions: transactions)) }

    func finalize(_ transactions: [[UInt8]], height: Int64) async throws -> ABCI.FinalizeBlock.Response {
        let request = ABCI.ProposedBlock(
            transactions: transactions, height: height, time: SampleNetwork.time(height))
        guard case .finalizeBlock(let answer) = try await consensus.call(.finalizeBlock(request)) else {
            throw ABCIDialer.Failed(description: "block \(height) was not finalised")
        }
        #expect(answer.results.count == transactions.count && answer.validatorUpdates.isEmpty)
        return answer
    }

    @discardableResult
    func commit() async throws -> Int64 {
        guard case .commit(let answer) = try await consensus.call(.commit) else {
            throw ABCIDialer.Failed(description: "no commit")
        }
        return answer.retainHeight
    }

    /// One height from proposal to commit, and the rechecks behind it.
    @discardableResult
    func makeBlock(_ transactions: [[UInt8]]) async throws -> ABCI.FinalizeBlock.Response {
        decide(transactions)
        let answer = try await finalize(transactions, height: height)
        try record(answer, at: height)
        _ = try await mempoolLine.send([.flush])
        #expect(try await mempoolLine.responses(1) == [.flush])
        try await commit()
        mempool.removeAll { transactions.contains($0) }
        try await recheck()
        return answer
    }

    // MARK: Mempool

    /// CheckTx of many without waiting, as a node sends them; what passes waits in the mempool.
    func submit(_ transactions: [[UInt8]]) async throws -> [UInt32] {
        let codes = try await check(transactions, kind: 0)
        for (transaction, code) in zip(transactions, codes) where code == 0 { mempool.append(transaction) }
        return codes
    }

    private func recheck() async throws {
        let codes = try await check(mempool, kind: 1)
        mempool = zip(mempool, codes).filter { $0.1 == 0 }.map(\.0)
    }

    private func check(_ transactions: [[UInt8]], kind: UInt64) async throws -> [UInt32] {
        try await mempoolLine.send(transactions.map { .checkTx(.init(transaction: $0, kind: kind)) } + [.flush])
        return try await mempoolLine.responses(transactions.count + 1).dropLast().map { answer in
            guard case .checkTx(let outcome) = answer else { throw ABCIDialer.Failed(description: "\(answer)") }
            return outcome.code
        }
    }
}
