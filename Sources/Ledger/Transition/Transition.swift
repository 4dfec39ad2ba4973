internal import Quantities
internal import SignedRecords

/// One transaction at work on the state.
struct Transition {
    var state: StateOverlay
    let block: BlockContext
    let parameters: LedgerParameters
    let signatures: (any SignatureMemory)?

    init(
        state base: some LedgerState, block: BlockContext, signatures: (any SignatureMemory)?
    ) throws(LedgerError) {
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

    /// A value that many transactions read and few change, remembered as it was read.
    func readLasting<Value: StateValue>(_ key: StateKey, as type: Value.Type) throws(LedgerError) -> Value? {
        guard let bytes = try state.value(of: key) else { return nil }
        if let known = signatures?.value(bytes, as: type) { return known }
        let value = try read(key, as: type)
        if let value { signatures?.insert(value, readFrom: bytes) }
        return value
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
        state.mark()
        do throws(LedgerError) {
            try perform(transaction)
            guard case .reportFraud(let one, _) = transaction.body else { return .success }
            return .frozen(try Self.decode(one).record)
        } catch {
            if error.isFatal { throw error }
            // All but the nonce.
            state.revert()
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
        try verify(.transaction(transaction, ledger: block.ledger))
    }

    /// Checks a signature, unless it is known to hold.
    func verify(_ signature: OwedSignature) throws(LedgerError) {
        let checked = signature.checked
        if signatures?.contains(checked) == true { return }
        try signature.check()
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
        case .grant(let device, let chain, let amount, let tariff, let expiry, let limit):
            let grant = Grant(
                hash: GrantHash(exactly: transaction.hash), payer: sender, amount: amount, spent: .zero,
                tariff: tariff, expiry: expiry, energyLimit: limit)
            try makeGrant(grant, device: device, chain: chain)
            try debit(sender, amount)
        case .releaseGrant(let device, let chain):
            try releaseGrant(device: device, chain: chain, sender: sender)
        case .releaseVoucher(let device, let chain):
            try releaseVoucher(device: device, chain: chain)
        case .reportFraud(let one, let other):
            try reportFraud(one, other)
        default: try performSharing(transaction)
        }
    }

    /// What is asked beside charging itself.
    private mutating func performSharing(_ transaction: SignedTransaction) throws(LedgerError) {
        let sender = transaction.sender
        let hash = GrantHash(exactly: transaction.hash)
        switch transaction.body {
        case .allow(let bearer, let operatedBy, let amount, let price, let expiry):
            let allowance = Allowance(
                payer: sender, bearer: bearer, operatedBy: operatedBy, amount: amount, highestPrice: price,
                expiry: expiry)
            try allow(allowance, hash)
        case .draw(let allowance, let device, let chain, let amount, let tariff, let expiry, let limit):
            let draw = Draw(
                allowance: allowance, device: device, chain: chain, amount: amount, tariff: tariff, expiry: expiry,
                energyLimit: limit)
            try self.draw(draw, hash, sender: sender)
        case .releaseAllowance(let allowance): try releaseAllowance(allowance, sender: sender)
        case .registerOperator(let said): write(.operatedBy(sender), said)
        case .registerUser: try registerUser(sender)
        case .describe(let device, let site): try describe(device, site, sender: sender)
        case .share(let device, let sharing): try share(device, sharing, sender: sender)
        case .claim(let device, let chain, let until): try claim(device, chain, until: until, sender: sender)
        case .reserve(let device, let chain, let from, let until, let deposit):
            try reserve(device, chain, from: from, until: until, deposit: deposit, hash, user: sender)
        case .settleReservation(let device, let chain, let reservation):
            try settleReservation(reservation, device, chain, sender: sender)
        case .refund(let device, let session, let payer, let amount):
            try refund(device, session, to: payer, amount, sender: sender)
        case .releaseFirmware(let release): try releaseFirmware(release, sender: sender)
        case .vote(let proposal): try vote(proposal, sender: sender)
        case .transfer, .publishTariff, .registerCharger, .registerMoved, .setTariff, .grant, .releaseGrant,
            .releaseVoucher, .reportFraud:
            invariantBroken("charging is performed before")
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
