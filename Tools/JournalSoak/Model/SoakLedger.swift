import SignedRecords

/// What the outside knows: every record that was published, and the part of it that reached the ledger.
///
/// Published is what an append returned for, and what an opening has shown.
struct SoakLedger {
    /// By chain, hashes from sequence 1: what was published.
    private(set) var published: [ChainNumber: [RecordHash]] = [:]
    /// By chain: how many of them the ledger has.
    private(set) var heads: [ChainNumber: Int] = [:]

    func head(of chain: ChainNumber) -> Int { heads[chain] ?? 0 }

    func count(of chain: ChainNumber) -> Int { published[chain]?.count ?? 0 }

    /// A record became known to someone. Throws where its number was published with another content, or skips one.
    mutating func publish(_ chain: ChainNumber, _ sequence: UInt64, _ hash: RecordHash) throws(SoakBreach) {
        let index = Int(sequence) - 1
        let known = published[chain] ?? []
        if index < known.count {
            guard known[index] == hash else {
                throw SoakBreach("equivocation: \(chain)/\(sequence) was published with another content")
            }
        } else {
            guard index == known.count else { throw SoakBreach("\(chain)/\(sequence) leaves out numbers") }
            published[chain, default: []].append(hash)
        }
    }

    /// The ledger takes the next records of a chain. Throws on a conflict.
    mutating func accept(_ records: [SignedRecord]) throws(SoakBreach) {
        for signed in records {
            let (chain, sequence) = (signed.record.chain, Int(signed.record.sequence))
            let known = published[chain] ?? []
            guard sequence <= known.count else {
                throw SoakBreach("\(chain)/\(sequence) was sent before it was published")
            }
            guard known[sequence - 1] == signed.hash else {
                throw SoakBreach("equivocation: \(chain)/\(sequence) was sent with another content")
            }
            heads[chain] = max(head(of: chain), sequence)
        }
    }
}
