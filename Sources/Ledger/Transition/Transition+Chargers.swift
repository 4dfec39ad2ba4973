internal import Crypto
internal import Quantities
internal import SignedRecords

extension Transition {
    /// Registers a charger by its genesis record: the owner that the record names asks for it, both keys vouch for one
    /// another, and the record starts chain 0 here.
    mutating func register(genesis message: [UInt8], tariff: TariffHash, sender: AccountID) throws(LedgerError) {
        let signed = try Self.decode(message)
        let record = signed.record
        guard case .genesis(let genesis) = record.body else {
            throw .refused(what: "registration", expected: "a genesis record", found: "\(record.body.kind)")
        }
        guard record.chain == .device, record.sequence == 1, record.previous == .zero, record.keyEpoch == 1 else {
            throw .refused(
                what: "genesis", expected: "chain 0, record 1, no previous, key epoch 1",
                found: "chain \(record.chain), record \(record.sequence), previous \(record.previous), "
                    + "key epoch \(record.keyEpoch)")
        }
        guard genesis.ledger == block.ledger else {
            throw .refused(what: "genesis", expected: "ledger \(block.ledger)", found: "\(genesis.ledger)")
        }
        let device = DeviceID(hashing: genesis.ed25519PublicKey)
        guard record.device == device else {
            throw .refused(
                what: "genesis", expected: "device \(device), the hash of its key", found: "\(record.device)")
        }
        guard genesis.owner == sender else {
            throw .notPermitted(what: "registration", reason: "the genesis record names owner \(genesis.owner)")
        }
        try verify(signed, publicKey: genesis.ed25519PublicKey)
        guard genesis.publicKeys.isValidCrossSignature(genesis.p256Signature) else {
            throw .signature(of: "genesis", reason: "the P-256 key does not vouch for the Ed25519 key")
        }
        guard try state.value(of: .charger(device)) == nil else { throw .exists(what: "charger \(device)") }
        try requireTariff(tariff)
        write(
            .charger(device),
            ChargerRegistration(
                owner: sender, genesis: signed.hash, ed25519PublicKey: genesis.ed25519PublicKey,
                p256PublicKey: genesis.p256PublicKey, tariff: tariff, connectors: UInt32(genesis.connectors),
                keyEpoch: 1, bench: genesis.bench))
        accept(signed)
    }

    mutating func setTariff(_ tariff: TariffHash, of device: DeviceID, sender: AccountID) throws(LedgerError) {
        var charger = try charger(device)
        guard charger.owner == sender else {
            throw .notPermitted(what: "tariff of \(device)", reason: "only the owner sets it")
        }
        try requireTariff(tariff)
        charger.tariff = tariff
        write(.charger(device), charger)
    }

    func requireTariff(_ tariff: TariffHash) throws(LedgerError) {
        guard try state.value(of: .tariff(tariff)) != nil else { throw .unknown(what: "tariff \(tariff)") }
    }

    /// A key change: signed by the old key, agreed to by both new ones, with no session open. Records of connector chains
    /// under the old epoch still count until their chain moves on.
    mutating func changeKeys(
        _ change: KeyChange, of charger: ChargerRegistration, by signed: SignedRecord
    ) throws(LedgerError) {
        let record = signed.record
        guard change.newEpoch == charger.keyEpoch &+ 1, change.newEpoch > charger.keyEpoch else {
            throw .refused(what: "key change", expected: "epoch \(charger.keyEpoch) + 1", found: "\(change.newEpoch)")
        }
        for number in 1...max(1, charger.connectors) {
            let connector = ChainNumber.connector(number)
            guard try state.value(of: .open(record.device, connector)) == nil else {
                throw .session(reason: "keys change only with no session open; connector \(number) has one")
            }
        }
        let statement = KeyChange.statement(
            device: record.device, sequence: record.sequence, previous: record.previous, newEpoch: change.newEpoch,
            keys: change.publicKeys)
        let key: Curve25519.Signing.PublicKey
        do { key = try COSESign1.publicKey(change.ed25519PublicKey) } catch {
            throw .signature(of: "key change", reason: error.description)
        }
        guard key.isValidSignature(change.newKeySignature, for: statement) else {
            throw .signature(of: "key change", reason: "the new Ed25519 key does not agree")
        }
        guard change.publicKeys.isValidCrossSignature(change.p256Signature) else {
            throw .signature(of: "key change", reason: "the new P-256 key does not vouch for the new Ed25519 key")
        }
        write(
            .key(record.device, epoch: charger.keyEpoch), RetiredKey(ed25519PublicKey: charger.ed25519PublicKey))
        var changed = charger
        changed.ed25519PublicKey = change.ed25519PublicKey
        changed.p256PublicKey = change.p256PublicKey
        changed.keyEpoch = change.newEpoch
        write(.charger(record.device), changed)
    }
}
