internal import Quantities
internal import SignedRecords

/// One transaction at work on the state.
struct Transition<Base: LedgerState> {
    var state: StateOverlay<Base>
    let block: BlockContext
    let parameters: LedgerParameters
    let signatures: (any SignatureMemory)?

    init(state base: Base, block: BlockContext, signatures: (any SignatureMemory)?) throws(LedgerError) {
        state = StateOverlay(over: base)
        self.block = block
        self.signatures = signatures
        guard let bytes = try base.value(of: .parameters) else {
            throw .corruptState(key: StateKey.parameters.text, reason: "is absent")
        }
        do { parameters = try LedgerParameters(decoding: bytes) } catch {
            throw .corruptState(key: StateKey.parameters.text, reason: error.description)
        }
    }

    /// A value of the state; a value that does not decode is the node's fault, never the transaction's.
    func read<Value: StateValue>(_ key: StateKey, as type: Value.Type) throws(LedgerError) -> Value? {
        guard let bytes = try state.value(of: key) else { return nil }
        do { return try Value(decoding: bytes) } catch {
            throw .corruptState(key: key.text, reason: error.description)
        }
    }

    mutating func write(_ key: StateKey, _ value: some StateValue) { state.write(key, value.encoded()) }

    // MARK: Signed transactions

    /// Applies a signed transaction. Its nonce is used up whether its action succeeds or not: a refused transaction can
    /// never be replayed.
    mutating func apply(_ transaction: SignedTransaction) throws(LedgerError) -> TransactionResult {
        do throws(LedgerError) {
            try verify(transaction)
            var account = try account(transaction.sender)
            guard transaction.nonce == account.nextNonce, account.nextNonce < UInt64.max else {
                throw LedgerError.nonce(expected: account.nextNonce, found: transaction.nonce)
            }
            account.nextNonce += 1
            write(.account(transaction.sender), account)
        } catch {
            if error.isFatal { throw error }
            return TransactionResult(error)
        }
        let afterNonce = state
        do throws(LedgerError) {
            try perform(transaction)
            guard case .reportFraud(let one, _) = transaction.body else { return .success }
            return .frozen(try Self.decode(one).record)
        } catch {
            if error.isFatal { throw error }
            state = afterNonce
            return TransactionResult(error)
        }
    }

    /// CheckTx: the signature, and a nonce that is due or waits within the window.
    func check(_ transaction: SignedTransaction) throws(LedgerError) {
        let account = try account(transaction.sender)
        guard transaction.nonce >= account.nextNonce,
            transaction.nonce - account.nextNonce < LedgerTransition.window
        else { throw .nonce(expected: account.nextNonce, found: transaction.nonce) }
        try verify(transaction)
    }

    func turn(of transaction: SignedTransaction) throws(LedgerError) -> LedgerTransition.Turn {
        let account = try account(transaction.sender)
        if transaction.nonce == account.nextNonce { return .now }
        return transaction.nonce > account.nextNonce ? .later : .over
    }

    private func verify(_ transaction: SignedTransaction) throws(LedgerError) {
        let checked = CheckedSignature(
            publicKey: transaction.senderKey, messageHash: transaction.hash, context: .transaction)
        if signatures?.contains(checked) == true { return }
        try transaction.verify(ledger: block.ledger)
        signatures?.insert(checked)
    }

    private mutating func perform(_ transaction: SignedTransaction) throws(LedgerError) {
        let sender = transaction.sender
        switch transaction.body {
        case .transfer(let to, let amount):
            try debit(sender, amount)
            try credit(to, amount)
        case .publishTariff(let tariff):
            let key = StateKey.tariff(tariff.hash)
            guard try state.value(of: key) == nil else { throw .exists(what: "tariff \(tariff.hash)") }
            write(key, tariff)
        case .registerCharger(let genesis, let tariff):
            try register(genesis: genesis, tariff: tariff, sender: sender)
        case .registerMoved(let registration, let tariff):
            try register(moved: registration, tariff: tariff, sender: sender)
        case .setTariff(let device, let tariff):
            try setTariff(tariff, of: device, sender: sender)
        case .grant(let device, let chain, let amount, let tariff, let expiry):
            let grant = Grant(
                hash: GrantHash(exactly: transaction.hash), payer: sender, amount: amount, spent: .zero,
                tariff: tariff, expiry: expiry)
            try makeGrant(grant, device: device, chain: chain)
        case .releaseGrant(let device, let chain):
            try releaseGrant(device: device, chain: chain, sender: sender)
        case .releaseVoucher(let device, let chain):
            try releaseVoucher(device: device, chain: chain)
        case .reportFraud(let one, let other):
            try reportFraud(one, other)
        }
    }

    // MARK: Money

    func account(_ id: AccountID) throws(LedgerError) -> Account {
        try read(.account(id), as: Account.self) ?? .untouched
    }

    mutating func debit(_ id: AccountID, _ amount: Microunits) throws(LedgerError) {
        var account = try account(id)
        guard account.balance >= amount else {
            throw .insufficientFunds(needed: amount, available: account.balance)
        }
        account.balance -= amount
        write(.account(id), account)
    }

    mutating func credit(_ id: AccountID, _ amount: Microunits) throws(LedgerError) {
        // Nothing moves: an account that never held money stays absent.
        guard amount > .zero else { return }
        var account = try account(id)
        // All money together fits (genesis); only a broken state gets here.
        guard let sum = account.balance.addingIfFits(amount) else {
            throw .corruptState(key: StateKey.account(id).text, reason: "the balance does not fit")
        }
        account.balance = sum
        write(.account(id), account)
    }
}
