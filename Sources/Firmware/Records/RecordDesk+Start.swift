import ChargeControl
import Journal
import Logging
import PlatformLink
import Quantities
import SignedRecords

extension RecordDesk {
    /// Takes up the journal where it ends: messages that were signed but not durable, genesis, and a session that was open
    /// when the device stopped.
    ///
    /// - Parameter keysAreNew: The keys were made in this very start, so no record of theirs can exist anywhere.
    func start(keysAreNew: Bool) throws(SaleBar) {
        do {
            // DECISIONS: what the signer still holds is appended unchanged before anything new is built.
            for chain in chains { try journal.appendPending(try keys.pending(chain: chain)) }
            reportRecent()
            if let genesis = try journal.genesis() {
                genesisHash = genesis.hash
                try takeUpKeys(genesis)
                try check(genesis)
                if case .genesis(let body) = genesis.record.body { try planMove(body) }
            } else if let move = identity.move {
                throw raise(.records("moved_from states \(move.from), but this device has no records"))
            } else if keysAreNew {
                // DECISIONS asks for a proof of the chain's head before anything is signed; a key that did not exist a
                // moment ago has none.
                provedChains.insert(.device)
                try appendGenesis()
            }
            takenUpAt = clock.read().sinceBoot
            try takeUpFacts()
            try takeUpRollbacks()
            takeUpVoucherMemory()
            proveTime()
            for connector in connectors { try connector.takeUp() }
        } catch let reason as SaleBar {
            throw raise(reason)
        } catch {
            throw raise(.records("\(error)"))
        }
        let (device, chain) = (device.hex, ledger.text)
        status.update {
            $0.device = device
            $0.ledger.chain = chain
        }
        reportRecords()
        carryOutMove()
        noteFacts()
    }

    /// Shows what the journal held at the start. What cannot be read here is the scrubbing's to judge, not a list's.
    private func reportRecent() {
        var found: [SignedRecord] = []
        for chain in chains {
            guard let head = journal.head(of: chain)?.sequence else { continue }
            let from = max(journal.firstHere(of: chain), head - min(head, UInt64(RecentRecords.capacity) - 1))
            do { found += try journal.records(of: chain, from: from) } catch {
                logger.warning("the newest records of chain \(chain) are not shown: \(error)")
            }
        }
        status.updateRecent { $0 = RecentRecords(found) }
    }

    private func appendGenesis() throws(SaleBar) {
        let signature: [UInt8]
        do { signature = try keys.crossSignature() } catch { throw raise(.records("\(error)")) }
        let genesis = Genesis(
            ledger: ledger, ed25519PublicKey: keys.publicKeys.ed25519, p256PublicKey: keys.publicKeys.p256,
            p256Signature: signature, owner: identity.owner, product: identity.product, serial: identity.serial,
            board: identity.board, boardProfileHash: identity.boardProfileHash, firmwareDigest: identity.firmwareDigest,
            connectors: UInt8(connectors.count), bench: identity.bench, energyFactor: identity.energyFactor)
        try append(.genesis(genesis), to: .device)
    }

    /// A start with another identity than genesis states is refused: the records would not be this device's.
    private func check(_ signed: SignedRecord) throws(SaleBar) {
        guard case .genesis(let genesis) = signed.record.body else {
            throw raise(.records("the device chain does not begin with genesis"))
        }
        let differences: [(String, String, String)] = [
            ("key", genesis.publicKeys.deviceID.hex, device.hex),
            ("owner", genesis.owner.hex, identity.owner.hex),
            ("connectors", "\(genesis.connectors)", "\(connectors.count)"),
            ("energy_factor", "\(genesis.energyFactor)", "\(identity.energyFactor)"),
            ("bench", "\(genesis.bench)", "\(identity.bench)"),
        ].filter { $0.1 != $0.2 }
        if let (name, stated, found) = differences.first {
            throw raise(.records("genesis states \(name) \(stated), the configuration says \(found)"))
        }
    }
}
