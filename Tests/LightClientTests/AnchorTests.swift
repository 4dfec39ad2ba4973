import LightClient
import Testing

/// Start-up, steps back, trusted states.
struct AnchorTests {
    let chain: TestChain

    init() throws {
        chain = try TestChain(4)
    }

    @Test func socialTrust() throws {
        let block = try chain.block(10)
        let hash = try #require(block.header.hash())
        let state = try Verifier.verifyAnchor(block, chainID: TestChain.id, hash: hash)
        #expect(state.height == 10)
        #expect(
            refusal { _ = try Verifier.verifyAnchor(block, chainID: TestChain.id, hash: .sha256([])) }
                == .anchorMismatch(expected: .sha256([]), got: hash))
        #expect(
            refusal { _ = try Verifier.verifyAnchor(block, chainID: "x", hash: hash) }
                == .wrongChain(expected: "x", got: TestChain.id))
        let weak = try chain.block(10, absent: [0, 1])
        #expect(
            refusal { _ = try Verifier.verifyAnchor(weak, chainID: TestChain.id, hash: hash) }
                == .insufficientPower(got: 20, needed: 26))
        var strange = block
        strange.validators = try TestChain(4, prefix: "s").set()
        #expect(throws: LightClientError.self) {
            try Verifier.verifyAnchor(strange, chainID: TestChain.id, hash: hash)
        }
    }

    @Test func trustedStateKnowsItsSet() throws {
        let next = try TestChain(3, prefix: "n").set()
        let block = try chain.block(10, next: next)
        let header = block.header
        let commit = block.signedHeader.commit
        #expect(throws: Never.self) { try TrustedState(header: header, commit: commit, validators: chain.set()) }
        #expect(throws: Never.self) {
            try TrustedState(header: header, commit: commit, validators: next, basis: .next)
        }
        #expect(throws: LightClientError.self) { try TrustedState(header: header, commit: commit, validators: next) }
        #expect(throws: LightClientError.self) {
            try TrustedState(header: header, commit: commit, validators: chain.set(), basis: .next)
        }
    }

    @Test func options() throws {
        #expect(throws: LightClientError.self) { try TrustOptions(period: .zero) }
        #expect(throws: LightClientError.self) { try TrustOptions(period: .seconds(-1)) }
        #expect(throws: LightClientError.self) { try TrustOptions(period: .seconds(2_000_000_000_000)) }
        #expect(throws: LightClientError.self) { try TrustOptions(period: .seconds(1), drift: .seconds(-1)) }
        #expect(throws: Never.self) { try TrustOptions(period: .nanoseconds(1), drift: .zero) }
    }

    @Test func backwards() throws {
        let older = try chain.header(9)
        var newer = try chain.header(10)
        newer.lastBlockID.hash = older.hash()
        try Verifier.verifyBackwards(newer: newer, older: older)
        func refused(_ change: (inout Header) -> Void, _ reason: String) {
            var changed = older
            change(&changed)
            #expect(throws: LightClientError.self, "\(reason)") {
                try Verifier.verifyBackwards(newer: newer, older: changed)
            }
        }
        refused({ $0.appHash = [] }, "another header")
        refused({ $0.chainID = "x" }, "another chain")
        refused({ $0.height = 8 }, "not the one below")
        refused({ $0.height = 10 }, "the same height")
        // Same rules where the newer header does name it.
        for change: (inout Header) -> Void in [
            { $0.time = newer.time }, { $0.chainID = "x" }, { $0.height = 8 }, { $0.validatorsHash = nil },
            { $0.version.block = 1 },
        ] {
            var changed = older
            change(&changed)
            var naming = newer
            naming.lastBlockID.hash = changed.hash()
            #expect(throws: LightClientError.self) {
                try Verifier.verifyBackwards(newer: naming, older: changed)
            }
        }
    }
}
