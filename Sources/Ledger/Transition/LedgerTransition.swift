public import Quantities
public import SignedRecords

/// The ledger's state machine: a transaction and the state before it give a result and the writes. Pure and the same on
/// every node: no clock but the block's, no floats, no order that is not stated.
public enum LedgerTransition {
    /// How many transactions of one account, or records of one chain, may wait for earlier ones.
    public static let window: UInt64 = 1_024

    /// What a transaction does.
    public struct Outcome: Hashable, Sendable {
        /// Success or the first refusal.
        public let result: TransactionResult
        /// The state's changes, ordered by key. Not always empty for a refusal: a nonce is used up, a batch's good prefix
        /// stands, an equivocation is recorded.
        public let writes: [StateWrite]
    }

    /// Applies a transaction as it stands in a block. Throws only errors that are fatal to the node (`isFatal`).
    public static func apply(
        _ bytes: [UInt8], to state: some LedgerState, in block: BlockContext,
        signatures: (any SignatureMemory)? = nil
    ) throws(LedgerError) -> Outcome {
        let transaction: Transaction
        do { transaction = try Transaction(decoding: bytes) } catch {
            return Outcome(result: TransactionResult(error), writes: [])
        }
        var transition = try Transition(state: state, block: block, signatures: signatures)
        let result: TransactionResult
        switch transaction {
        case .signed(let signed): result = try transition.apply(signed)
        case .records(let batch): result = try transition.apply(batch)
        }
        return Outcome(result: result, writes: transition.state.writes)
    }

    /// What a node asks before it takes a transaction into its mempool: form, signature, and whether its turn can still
    /// come. Throws only errors that are fatal to the node.
    public static func check(
        _ bytes: [UInt8], against state: some LedgerState, in block: BlockContext,
        signatures: (any SignatureMemory)? = nil
    ) throws(LedgerError) -> TransactionResult {
        do throws(LedgerError) {
            let transaction = try Transaction(decoding: bytes)
            let transition = try Transition(state: state, block: block, signatures: signatures)
            switch transaction {
            case .signed(let signed): try transition.check(signed)
            case .records(let batch): try transition.check(batch)
            }
            return .success
        } catch {
            if error.isFatal { throw error }
            return TransactionResult(error)
        }
    }

    /// The signatures that `check` will ask for, so that they can be checked ahead of it and remembered. Throws only errors that
    /// are fatal to the node.
    public static func owedSignatures(
        of transaction: ReadTransaction, against state: some LedgerState, in block: BlockContext,
        signatures: (any SignatureMemory)? = nil
    ) throws(LedgerError) -> [OwedSignature] {
        switch transaction {
        case .signed(let signed): [.transaction(signed, ledger: block.ledger)]
        case .records(let records):
            try Transition(state: state, block: block, signatures: signatures).owedSignatures(of: records)
        }
    }

    /// Whether a transaction's turn has come, waits for earlier ones, or is over. Signatures are not looked at.
    public static func turn(
        of bytes: [UInt8], against state: some LedgerState, in block: BlockContext,
        signatures: (any SignatureMemory)? = nil
    ) throws(LedgerError) -> Turn {
        guard let transaction = try? Transaction(decoding: bytes) else { return .over }
        let transition = try Transition(state: state, block: block, signatures: signatures)
        switch transaction {
        case .signed(let signed): return try transition.turn(of: signed)
        case .records(let batch): return try transition.turn(of: batch)
        }
    }

    /// See `turn(of:against:in:)`.
    public enum Turn: Hashable, Sendable {
        /// Delivered now, it is not refused for its number.
        case now
        /// Earlier ones are missing.
        case later
        /// It can only be refused, or has no effect any more.
        case over
    }

    /// The state of a new ledger: parameters, balances, and who may change the rules. Throws `LedgerError.refused` where
    /// balances are negative or their sum does not fit.
    public static func genesis(
        parameters: LedgerParameters, balances: [AccountID: Microunits], governance: Governance? = nil
    ) throws(LedgerError) -> [StateWrite] {
        var writes = [StateWrite(key: .parameters, value: parameters.encoded())]
        if let governance { writes.append(StateWrite(key: .governance, value: governance.encoded())) }
        var sum = Microunits.zero
        for (account, balance) in balances {
            guard balance >= .zero, let next = sum.addingIfFits(balance) else {
                throw .refused(
                    what: "balance of \(account)", expected: "at least 0, with all balances below 2^63",
                    found: "\(balance.rawValue)")
            }
            sum = next
            writes.append(
                StateWrite(key: .account(account), value: Account(balance: balance, nextNonce: 0).encoded()))
        }
        return writes.sorted { $0.key < $1.key }
    }
}
