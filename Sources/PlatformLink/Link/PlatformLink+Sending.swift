import Ledger
import Logging
import Quantities
import SignedRecords

extension PlatformLink {
    /// Sends what is due on every chain: the device's own first, since begin records name its head.
    func send() async throws(PlatformLinkError) {
        var backlog: UInt64 = 0
        for chain in configuration.chains {
            let position = try await ask { try await $0.position(of: chain) }
            backlog += position.head - min(position.acknowledged, position.head)
            // The ledger takes no record of a device that it does not know.
            guard let registration = told.registration, registration != nil else { continue }
            guard !told.stopped.contains(chain), position.head > position.acknowledged else { continue }
            try await send(chain)
        }
        told.backlog = backlog
    }

    /// Shows the ledger our record under a number where it holds another: both are signed with this device's key, so together
    /// they prove to anyone that two devices sign with it. Nothing else is sent on that chain.
    func sendEvidence(_ chain: ChainNumber, _ sequence: UInt64) async throws(PlatformLinkError) {
        // Records above the acknowledged one; the one that differs is among them.
        let limit = Int(clamping: outboxes[chain].map { sequence - min($0.acknowledged, sequence) } ?? 0)
        let stored = try await ask { try await $0.unacknowledged(chain, limit: limit) }
        guard let ours = stored.first(where: { $0.record.sequence == sequence }),
            let envelope = try? RecordBatch(messages: [ours.message]).encoded()
        else { return logger.error("chain \(chain): our record \(sequence) is not at hand, no evidence is sent") }
        if case .refused(let code, let log) = try await client.broadcast(envelope) {
            logger.error("chain \(chain): the evidence on record \(sequence) was refused: \(code) \(log)")
        }
    }

    /// A batch did not get through here: another node may take it, where one is there.
    private func note(_ error: PlatformLinkError) {
        batchError = error
        replacePrimary(client.endpoint, after: error)
    }

    private func send(_ chain: ChainNumber) async throws(PlatformLinkError) {
        guard var outbox = outboxes[chain] else { return }
        defer { outboxes[chain] = outbox }
        let limit = outbox.wanted
        let stored = try await ask { try await $0.unacknowledged(chain, limit: limit) }
        for signed in stored {
            guard case .end(let end) = signed.record.body else { continue }
            awaited[end.session] = EndedSession(
                session: end.session, chain: chain, endSequence: signed.record.sequence)
        }
        while let batch = try outbox.nextBatch(from: stored, now: monotonic()) {
            if let unproved = outbox.unproved {
                note(
                    .batchNotIncluded(
                        chain: chain.rawValue, first: unproved.lowerBound, last: unproved.upperBound))
            }
            let envelope: [UInt8]
            do throws(LedgerError) {
                envelope = try RecordBatch(messages: batch.messages).encoded()
            } catch {
                outbox.refused(now: monotonic())
                batchError = .batchRefused(
                    chain: chain.rawValue, first: batch.first, last: batch.last, code: error.code, log: "\(error)")
                return
            }
            let outcome: BroadcastOutcome
            do throws(PlatformLinkError) {
                outcome = try await client.broadcast(envelope)
            } catch {
                outbox.refused(now: monotonic())
                throw error
            }
            switch outcome {
            case .taken, .seenBefore:
                outbox.handedOver(batch, now: monotonic())
                logger.debug("chain \(chain): records \(batch.first) to \(batch.last) handed over")
            case .refused(let code, let log):
                outbox.refused(now: monotonic())
                note(
                    .batchRefused(chain: chain.rawValue, first: batch.first, last: batch.last, code: code, log: log))
                return
            }
        }
    }
}
