import Testing

@testable import LightClient

/// What is remembered of a commit's signatures within one step: that one entry carried one key's signature, and no more.
struct CommitSignaturesTests {
    let chain: TestChain
    let set: ValidatorSet
    let commit: Commit

    init() throws {
        chain = try TestChain(4)
        set = try chain.set()
        commit = try chain.commit(try chain.header(11), refusing: [3])
    }

    @Test func holdsAsOftenAsItIsAskedFor() throws {
        var signatures = CommitSignatures(commit, chainID: TestChain.id)
        for _ in 0..<2 {
            for (index, validator) in set.validators.enumerated() {
                #expect(throws: Never.self) { try signatures.check(index, by: validator.publicKey) }
            }
        }
    }

    /// An entry that one validator signed says nothing about another, whoever was asked for first.
    @Test func isOfOneKey() throws {
        var signatures = CommitSignatures(commit, chainID: TestChain.id)
        try signatures.check(0, by: set.validators[0].publicKey)
        for _ in 0..<2 {
            #expect(refusal { try signatures.check(0, by: set.validators[1].publicKey) } == .wrongSignature(index: 0))
        }
        #expect(throws: Never.self) { try signatures.check(0, by: set.validators[0].publicKey) }
    }

    @Test func isOfOneEntry() throws {
        var signatures = CommitSignatures(commit, chainID: TestChain.id)
        try signatures.check(0, by: set.validators[0].publicKey)
        #expect(refusal { try signatures.check(1, by: set.validators[0].publicKey) } == .wrongSignature(index: 1))
    }

    @Test func isOfOneChainAndOneVote() throws {
        var elsewhere = CommitSignatures(commit, chainID: "other")
        #expect(
            refusal { try elsewhere.check(0, by: set.validators[0].publicKey) } == .wrongSignature(index: 0))
        var turned = commit
        turned.signatures[3].flag = .commit
        turned.signatures[0].flag = .nil
        var signatures = CommitSignatures(turned, chainID: TestChain.id)
        for index in [0, 3] {
            #expect(
                refusal { try signatures.check(index, by: set.validators[index].publicKey) }
                    == .wrongSignature(index: index))
        }
    }

    /// A skipping step needs two of four votes of the trusted set and three of its own: the third is checked, too.
    @Test func whatTheFirstQuestionLeftOutIsChecked() throws {
        var block = try chain.block(400)
        block.signedHeader.commit.signatures[2].signature[0] ^= 1
        let verdict = Verifier.verify(
            trusted: try chain.trusted(10), untrusted: block, now: try TestChain.time(500),
            options: try TrustOptions(period: .seconds(1000)))
        #expect(verdict == .invalid(.wrongSignature(index: 2)))
    }
}
