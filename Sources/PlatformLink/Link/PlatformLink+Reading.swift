import Ledger
import LightClient
import Logging
import Quantities
import Receipts
import SignedRecords

extension PlatformLink {
    func readRegistration(_ state: ProvedState) async throws(PlatformLinkError) {
        let registration = try await state.charger(configuration.device).value
        if let registration, let genesis = try await ask({ try await $0.hash(of: .device, at: 1) }) {
            guard registration.genesis == genesis else {
                throw .registeredDifferently(
                    reason: "genesis record \(registration.genesis), the journal's is \(genesis)")
            }
        }
        if told.registration != .some(registration) {
            told.registration = .some(registration)
            if registration == nil {
                logger.warning("this device is not registered on \(configuration.chainID): nothing is sent")
            }
            await tell(.registration(registration))
        }
        // Apart from the registration: a tariff that could not be read is read at the next look.
        guard let hash = registration?.tariff, told.tariff != hash else { return }
        let tariff = try await tariff(hash, state)
        told.tariff = hash
        await tell(.tariff(tariff))
    }

    /// Reads who may charge where the registration says that it changed; a charger that nobody shares costs no request.
    func readAccess(_ state: ProvedState) async throws(PlatformLinkError) {
        guard let registration = told.registration ?? nil, told.accessRevision != registration.accessRevision else {
            return
        }
        let isPlain = registration.accessRevision == 0
        let sharing = isPlain ? nil : try await state.sharing(configuration.device).value
        for chain in configuration.chains where chain != .device {
            let access = ConnectorAccess(
                owner: registration.owner, sharing: sharing,
                claim: isPlain ? nil : try await state.claim(configuration.device, chain).value,
                reservations: isPlain
                    ? .init() : try await state.reservations(configuration.device, chain).value ?? .init())
            await tell(.access(chain, access))
        }
        told.accessRevision = registration.accessRevision
    }

    func readHead(_ chain: ChainNumber, _ state: ProvedState) async throws(PlatformLinkError) {
        let proved = try await state.head(configuration.device, chain).value
        var verdict = try await verdict(on: proved, of: chain)
        if case .aheadOfJournal(let head, let journal) = verdict, told.stopped.insert(chain).inserted {
            logger.critical(
                "chain \(chain): the ledger is at \(head.sequence), the journal at \(journal): restored image")
            await tell(.rollbackDetected(chain, proved: head, journalHead: journal, height: state.block.height))
            // The record that says so stands behind the proved head: the chain goes on from there.
            verdict = try await self.verdict(on: proved, of: chain)
        }
        switch verdict {
        case .nothingAccepted, .unchanged:
            told.stopped.remove(chain)
        case .accepted(let sequence, let hash):
            try await ask { try await $0.acknowledge(chain, through: sequence, hash: hash) }
            outboxes[chain]?.proved(sequence, now: monotonic())
            told.stopped.remove(chain)
            logger.debug("chain \(chain): acknowledged up to record \(sequence)")
            await tell(.acknowledged(chain, through: sequence))
        case .aheadOfJournal: break
        case .differs(let head, let journal):
            if told.stopped.insert(chain).inserted {
                logger.critical(
                    "chain \(chain): record \(head.sequence) is \(head.hash) on the ledger, \(journal) in the journal")
                await tell(.equivocation(chain, proved: head, journal: journal))
                try await sendEvidence(chain, head.sequence)
            }
        case .wentBack(let sequence, let acknowledged):
            throw .headWentBack(chain: chain.rawValue, proved: sequence, acknowledged: acknowledged)
        case .recordMissing(let sequence):
            throw .recordMissing(chain: chain.rawValue, sequence: sequence)
        }
        // Told after what it may have uncovered, so that no one signs between the two.
        guard told.heads[chain] != .some(proved) else { return }
        told.heads[chain] = .some(proved)
        await tell(.provedHead(chain, proved))
    }

    private func verdict(
        on proved: ChainHeadState?, of chain: ChainNumber
    ) async throws(PlatformLinkError) -> ProvedHeadVerdict {
        let position = try await ask { try await $0.position(of: chain) }
        var ourHash: RecordHash?
        if let proved, proved.sequence <= position.head {
            ourHash = try await ask { try await $0.hash(of: chain, at: proved.sequence) }
        }
        return ProvedHeadVerdict(
            proved: proved, journalHead: position.head, acknowledged: position.acknowledged,
            elsewhere: position.elsewhere, ourHash: ourHash)
    }

    func readGrant(_ chain: ChainNumber, _ state: ProvedState) async throws(PlatformLinkError) {
        let proved = try await state.grant(configuration.device, chain)
        guard let grant = proved.value, let registration = told.registration ?? nil else {
            guard told.grants[chain] != .some(nil) else { return }
            told.grants[chain] = .some(nil)
            await tell(.grant(chain, nil))
            return
        }
        let terms = ToldState.GrantTerms(grant: grant, registration: registration)
        guard told.grants[chain] != .some(terms) else { return }
        let tariff = try await tariff(grant.tariff, state)
        told.grants[chain] = .some(terms)
        await tell(
            .grant(
                chain,
                ProvedGrant(
                    grant: grant, tariff: tariff, registration: registration, height: proved.height,
                    headerTime: proved.headerTime)))
    }

    /// Proves what became of the vouchers that the record source asks for.
    func readVouchers(_ state: ProvedState) async throws(PlatformLinkError) {
        for voucher in try await ask({ try await $0.vouchersToProve() }) {
            await tell(.voucherUse(voucher, try await state.voucher(voucher).value))
        }
    }

    /// Proves how the firmware release stands that the record source asks for: also under an app hash that was read before, since
    /// the question may be new.
    func readRelease(under block: LightBlock) async throws(PlatformLinkError) {
        guard let question = try await ask({ try await $0.releaseToProve() }) else { return }
        let state = try ProvedState(under: block, client: client)
        let release = try await state.release(question.digest)
        let product = try await state.firmware(of: question.product)
        await tell(
            .release(
                ProvedRelease(
                    question: question, release: release.value, product: product.value, height: release.height)))
    }

    /// Proves the settlements of sessions whose end record is acknowledged, and stores their bundles.
    func readSettlements(_ state: ProvedState) async throws(PlatformLinkError) {
        for ended in awaited.values.sorted(by: { ($0.chain, $0.endSequence) < ($1.chain, $1.endSequence) }) {
            guard let head = told.heads[ended.chain] ?? nil, head.sequence >= ended.endSequence,
                !told.stopped.contains(ended.chain)
            else { continue }
            let proved = try await state.settlement(configuration.device, ended.session)
            guard let settlement = proved.value, let entry = proved.entry else {
                awaited[ended.session] = nil
                throw .settlementMissing(session: ended.session)
            }
            guard let rules = try await state.parameters().entry else {
                throw .stateMalformed(key: StateKey.parameters.text, reason: "its absence is proved")
            }
            _ = try await tariff(settlement.tariff, state)
            let bundle = ProofBundle(
                settlement: ProvedEntry(key: entry.key, value: entry.value, proof: entry.proof),
                parameters: ProvedEntry(key: rules.key, value: rules.value, proof: rules.proof), block: state.block)
            try proofs.save(bundle, of: ended.session)
            awaited[ended.session] = nil
            await tell(.settlement(ended.chain, ended.session, settlement))
        }
    }

    private func tariff(_ hash: TariffHash, _ state: ProvedState) async throws(PlatformLinkError) -> Tariff {
        if let tariff = told.tariffs[hash] { return tariff }
        let proved = try await state.tariff(hash)
        guard let tariff = proved.value, let entry = proved.entry else {
            throw .stateMalformed(key: StateKey.tariff(hash).text, reason: "its absence is proved")
        }
        if try proofs.tariff(hash) == nil { try proofs.save(tariff: entry.value, as: hash) }
        told.tariffs[hash] = tariff
        return tariff
    }
}
