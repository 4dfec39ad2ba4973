import ChargeControl
import Journal
import Logging
import Quantities
import SignedRecords

// The records of chain 0 that nobody asks for: they follow from holding what the records say against what is, whenever there
// is time. Docs: docs/format.md, "When a record is made".
extension RecordDesk {
    /// Takes up what the records say.
    func takeUpFacts() throws(JournalError) {
        facts = StatedFacts()
        if let genesis = try journal.genesis() { facts.take(genesis.record.body) }
        for signed in try journal.standing(of: .device) { facts.take(signed.record.body) }
        watch = try clockWatch()
    }

    /// Puts on record what has changed.
    func noteFacts() {
        let reading = clock.read()
        let step = watch.observe(reading)
        // The last room in the journal is kept for ending sessions.
        guard isWritable(.device), genesisHash != nil, journal.freeRecords >= reserveForEnding else { return }
        do throws(SaleBar) {
            if let step { try note(step, at: reading) }
            for change in facts.changes(to: identity.configuration) {
                logger.notice("configuration: \(change.subject) is now \(change.after)")
                try append(.event(.configurationChange(change)), to: .device)
            }
            if owesFirmwareChange, !hasOpenSession { try noteFirmware() }
            try noteCheckpoint(reading)
        } catch {
            raise(error)
        }
    }

    /// Another firmware runs than the records say.
    var owesFirmwareChange: Bool { facts.firmware.map { $0 != identity.firmwareDigest } ?? false }

    private var hasOpenSession: Bool { connectors.contains { $0.sale != nil || $0.interrupted != nil } }

    /// Whether what must be on record before this connector sells is there: a firmware change, unless it waits for another
    /// connector's session, and the configuration.
    func maySell(on connector: ConnectorDesk) -> Bool {
        guard rollback == nil, facts.changes(to: identity.configuration).isEmpty else { return false }
        return !owesFirmwareChange
            || connectors.contains { $0 !== connector && ($0.sale != nil || $0.interrupted != nil) }
    }

    private func note(_ step: ClockStep, at reading: ClockReading) throws(SaleBar) {
        logger.warning(
            "the wall clock was stepped from \(step.before.map { "\($0.rawValue)" } ?? "unset") to \(step.after.rawValue)"
        )
        try append(.clockStep(step), to: .device)
        watch.recorded(reading)
    }

    private func noteFirmware() throws(SaleBar) {
        guard let before = facts.firmware else { return }
        logger.notice("firmware \(FirmwareVersion.text) was started, \(identity.firmwareDigest)")
        try append(
            .firmwareChange(
                FirmwareChange(
                    before: before, after: identity.firmwareDigest, version: FirmwareVersion.text, outcome: .started,
                    // There are no slots yet whose bundles carry a counter.
                    securityCounter: 0)),
            to: .device)
    }

    private static var checkpointPeriod: Int64 { 86_400_000 }

    /// The connectors' heads and the newest trusted block: once a start, when all chains are proved and no session waits for
    /// its end, and each day after that; only where a head has moved.
    private func noteCheckpoint(_ reading: ClockReading) throws(SaleBar) {
        guard let block = trustedBlock else { return }
        let since = checkpointedAt ?? takenUpAt
        let isDue = reading.sinceBoot - since >= Self.checkpointPeriod
        let isCleanStart =
            checkpointedAt == nil && !hasOpenSession && connectors.allSatisfy { provedChains.contains($0.chain) }
        guard isDue || isCleanStart else { return }
        checkpointedAt = reading.sinceBoot
        let heads = connectors.compactMap { connector in
            journal.head(of: connector.chain).map { Checkpoint.Head(chain: connector.chain, head: $0) }
        }
        guard heads != facts.heads else { return }
        try append(
            .checkpoint(Checkpoint(heads: heads, ledgerHeight: block.height, ledgerHash: block.hash)), to: .device)
    }

    // MARK: The clock

    /// So many of a chain's newest records are asked what they say of the clock. A step waits for its record for a few
    /// seconds; no more are made in that time.
    private static var recordsOfClock: UInt64 { 16 }

    /// What the records of this boot say of the clock: the oldest of the newest ones, not before the newest step.
    private func clockWatch() throws(JournalError) -> ClockWatch {
        var stepped: RecordTime?
        for signed in try journal.standing(of: .device) where signed.record.time.boot == clock.boot.boot {
            if case .clockStep = signed.record.body { stepped = signed.record.time }
        }
        var oldest = stepped
        for chain in chains {
            guard let head = journal.head(of: chain) else { continue }
            let first = max(journal.firstHere(of: chain), head.sequence - min(head.sequence, Self.recordsOfClock) + 1)
            for signed in try journal.records(of: chain, from: first) {
                let time = signed.record.time
                guard time.boot == clock.boot.boot, time.monotonic >= stepped?.monotonic ?? 0 else { continue }
                if time.monotonic < oldest?.monotonic ?? .max { oldest = time }
            }
        }
        guard let oldest else { return ClockWatch() }
        let sinceBoot = Int64(clamping: oldest.monotonic)
        return ClockWatch(
            base: oldest.utc.map { .offset($0.rawValue - sinceBoot) } ?? .unset,
            steppedAt: stepped.map { Int64(clamping: $0.monotonic) })
    }
}

/// A block that the light client trusts.
struct TrustedBlock: Equatable, Sendable {
    let height: UInt64
    let hash: ContentHash
}
