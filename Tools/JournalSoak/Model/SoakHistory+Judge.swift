import Journal
import SignedRecords
import SimulatedDisk

extension SoakHistory {
    /// Judges what a journal shows after it was opened.
    mutating func judge(_ journal: Journal) throws {
        do {
            let faults = disk.readFaults
            // The judge's own reads are no operation of the device.
            disk.readFaults = [:]
            defer { disk.readFaults = faults }
            for chain in Set(journal.chains).union(world.ledger.published.keys).sorted() { try judge(journal, chain) }
        } catch let lost as Lost {
            try classify(lost, journal)
        } catch let error as JournalError {
            guard isLying else { throw SoakBreach("reading back threw \(error)") }
            world.tally.named += 1
            throw Close.named
        }
    }

    /// Published records that are not there.
    private struct Lost: Error {
        let chain: ChainNumber
        let head: UInt64
        let published: Int
    }

    private mutating func judge(_ journal: Journal, _ chain: ChainNumber) throws {
        let published = world.ledger.published[chain] ?? []
        let head = journal.head(of: chain)?.sequence ?? 0
        let first = journal.firstHere(of: chain)
        guard first <= journal.acknowledged(of: chain) + 1 else {
            throw SoakBreach("chain \(chain): unacknowledged records were pruned")
        }
        let messages = try journal.messages(of: chain, from: first)
        guard first + UInt64(messages.count) == head + 1 else {
            throw SoakBreach("chain \(chain): \(messages.count) records from \(first) to \(head)")
        }
        for (offset, message) in messages.enumerated() {
            let index = Int(first) - 1 + offset
            let hash = RecordHash(hashing: message)
            if index < published.count {
                guard published[index] == hash else {
                    throw SoakBreach("\(chain)/\(index + 1): a published record changed")
                }
            } else {
                guard world.attempted.contains(hash) else { throw SoakBreach("\(chain)/\(index + 1): a phantom") }
                // From here on anyone may know it.
                let signed = try SignedRecord(decoding: message)
                try world.ledger.publish(chain, signed.record.sequence, hash)
                try world.book.enter(signed)
            }
        }
        guard journal.acknowledged(of: chain) <= UInt64(world.ledger.head(of: chain)) else {
            throw SoakBreach("chain \(chain): an acknowledgement that the ledger never gave")
        }
        if head < UInt64(published.count) { throw Lost(chain: chain, head: head, published: published.count) }
    }

    /// Lost is lost, but for the two stated exceptions.
    private mutating func classify(_ lost: Lost, _ journal: Journal) throws {
        let words = "\(lost.chain): published up to \(lost.published), the journal ends at \(lost.head)"
        let missing = world.ledger.published.reduce(0) { sum, entry in
            sum + max(0, entry.value.count - Int(journal.head(of: entry.key)?.sequence ?? 0))
        }
        let dropped = disk.lies[liesBefore.old...].contains(.droppedFlush)
        if rots.contains(where: \.isNewest), missing <= uncovered {
            world.tally.rotOfTheLast += 1
        } else if dropped {
            world.tally.droppedFlush += 1
        } else {
            throw SoakBreach("silently lost: \(words)")
        }
        let isShown = world.ledger.published.contains { chain, _ in
            let head = journal.head(of: chain)?.sequence ?? 0
            return world.ledger.head(of: chain) > Int(head) || world.signer.durableHead(chain) > head
        }
        if isShown { world.tally.shownElsewhere += 1 }
        trace?("exception: \(words)")
        throw Close.exception
    }
}
