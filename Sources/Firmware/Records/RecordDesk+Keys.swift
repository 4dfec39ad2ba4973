import Journal
import Logging
import SignedRecords

// The order of a key change: the new keys are made durable and agree to the change, the old key signs the record, the record
// is durable, only then the new epoch is in force, and the old private keys are destroyed once the ledger has acknowledged the
// record. Level-triggered: the journal's newest key-change record says which epoch is in force, whatever was cut off where.

extension RecordDesk {
    /// Puts the epoch in force that the records name, and destroys what the ledger has seen replaced.
    func takeUpKeys(_ genesis: SignedRecord) throws {
        var (epoch, named) = (UInt32(1), genesis.record.body.publicKeys)
        retiredBy = nil
        for signed in try journal.identityRecords() where signed.record.chain == .device {
            guard case .keyChange(let change) = signed.record.body else { continue }
            (epoch, named) = (change.newEpoch, change.publicKeys)
            retiredBy = signed.record.sequence
        }
        try keys.activate(epoch: epoch)
        guard keys.epoch == epoch, keys.publicKeys == named else {
            throw SaleBar.records(
                "the keys of epoch \(keys.epoch) are not those that the records name for epoch \(epoch)")
        }
        discardRetiredKeys()
    }

    /// Changes the device's keys; durable and in force when this returns.
    ///
    /// - Returns: the new epoch.
    /// - Throws: `Refusal` where nothing was done; `SaleBar` where the device sells nothing any more.
    func changeKeys() throws -> UInt32 {
        if let bar { throw bar }
        for connector in connectors { connector.payExports() }
        try requireRest()
        guard retiredBy == nil else { throw Refusal(words: "the ledger has not acknowledged the last key change yet") }
        guard journal.freeRecords >= reserveForEnding else { throw Refusal(words: "the journal is nearly full") }
        guard let head = journal.head(of: .device) else { throw Refusal(words: "there is no genesis record yet") }
        let change: KeyChange
        do {
            change = try keys.prepareKeyChange(device: device, sequence: head.sequence + 1, previous: head.hash)
        } catch {
            // Nothing is in force and nothing recorded: the old keys go on.
            throw Refusal(words: "\(error)")
        }
        retiredBy = try append(.keyChange(change), to: .device).record.sequence
        do { try keys.activate(epoch: change.newEpoch) } catch { throw raise(.records("\(error)")) }
        logger.notice("keys changed: epoch \(change.newEpoch) is in force")
        return change.newEpoch
    }

    /// Destroys the private keys before those in force, once the ledger has acknowledged the record that replaced them.
    ///
    /// What fails here is tried again at the next acknowledgement and at the next start: it stops no sale.
    func discardRetiredKeys() {
        guard let retiredBy, journal.acknowledged(of: .device) >= retiredBy else { return }
        do {
            try keys.discardRetiredKeys()
            self.retiredBy = nil
        } catch {
            logger.error("the retired keys are still here: \(error)")
        }
    }

    /// Destroys the device's private keys for good. Nothing is sold or put on record from then on; what the journal holds still goes
    /// to the ledger. A device that is barred may be taken out of the world, too.
    ///
    /// - Throws: `Refusal` where nothing was done; `SaleBar` where a key may still be there: none signs any more, and the same again goes on.
    func destroyKeys() throws {
        for connector in connectors { connector.payExports() }
        try requireEndedSessions()
        do { try keys.destroyKeys() } catch {
            _ = raise(.records("the device's keys are being destroyed: \(error)"))
            throw SaleBar.records("a key may still be there: \(error)")
        }
        logger.critical("the device's private keys were destroyed")
        _ = raise(.records("the device's keys were destroyed"))
    }

    /// Between sessions, with every chain writable: when keys and ledgers may change.
    private func requireRest() throws(Refusal) {
        try requireEndedSessions()
        for connector in connectors {
            if let bar = connector.bar { throw Refusal(words: "connector \(connector.chain) is barred: \(bar)") }
        }
        for chain in chains where !isWritable(chain) {
            throw Refusal(words: "chain \(chain): its head on the ledger has not been proved since the start")
        }
    }

    private func requireEndedSessions() throws(Refusal) {
        for connector in connectors where connector.sale != nil || connector.interrupted != nil {
            throw Refusal(words: "a session is open on connector \(connector.chain)")
        }
        // The keys that the session's records name sign its OCMF record.
        for connector in connectors where !connector.owedExports.isEmpty {
            throw Refusal(words: "connector \(connector.chain): a session's OCMF record is not signed yet")
        }
    }

    /// Why nothing was done.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let words: String
        var description: String { words }
    }
}

extension RecordBody {
    /// The keys that a genesis record names.
    fileprivate var publicKeys: DevicePublicKeys? {
        guard case .genesis(let genesis) = self else { return nil }
        return genesis.publicKeys
    }
}
