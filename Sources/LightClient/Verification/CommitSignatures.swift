// A skipping step asks for many signatures twice: as votes of the trusted set, and as votes of the block's own. Entry and
// key settle what is signed and by whom, so a signature that held holds the second time, too. One that did not hold ends
// the step, so nothing is remembered of it.

/// The signatures of one commit, each checked once for a key.
struct CommitSignatures {
    let commit: Commit
    private let forBlock: VoteForm
    private let forNone: VoteForm
    /// By entry, the key whose signature it was found to carry.
    private var held: [PublicKey?]

    init(_ commit: Commit, chainID: String) {
        self.commit = commit
        forBlock = commit.voteForm(chainID: chainID, flag: .commit)
        forNone = commit.voteForm(chainID: chainID, flag: .nil)
        held = Array(repeating: nil, count: commit.signatures.count)
    }

    /// Throws `LightClientError.wrongSignature` unless entry `index` carries `key`'s signature over its vote.
    mutating func check(_ index: Int, by key: PublicKey) throws(LightClientError) {
        guard held[index] != key else { return }
        let entry = commit.signatures[index]
        let form = entry.flag == .commit ? forBlock : forNone
        guard key.verifies(entry.signature, of: form.signBytes(at: entry.timestamp)) else {
            throw .wrongSignature(index: index)
        }
        held[index] = key
    }
}
