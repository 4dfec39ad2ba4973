import LightClient
import Testing

/// Each rule of a verification step, broken alone.
struct VerifierTests {
    let chain: TestChain
    let options: TrustOptions

    init() throws {
        chain = try TestChain(4)
        options = try TrustOptions(period: .seconds(1000))
    }

    private func verdict(
        _ block: LightBlock, from trusted: TrustedState? = nil, now: Timestamp? = nil, options: TrustOptions? = nil
    ) throws -> Verdict {
        Verifier.verify(
            trusted: try trusted ?? chain.trusted(10), untrusted: block, now: try now ?? TestChain.time(500),
            options: options ?? self.options)
    }

    @Test func adjacentAndSkippingSucceed() throws {
        #expect(try verdict(chain.block(11)) == .success)
        #expect(try verdict(chain.block(12)) == .success)
        #expect(try verdict(chain.block(400)) == .success)
        #expect(try verdict(chain.block(11, absent: [1])) == .success)
        #expect(try verdict(chain.block(11, refusing: [1])) == .success)
    }

    // MARK: Expiry

    @Test func expiry() throws {
        let trusted = try chain.trusted(10)
        let block = try chain.block(11)
        let limit = try #require(trusted.header.time.advanced(byNanoseconds: 1000 * 1_000_000_000))
        let before = try #require(limit.advanced(byNanoseconds: -1))
        #expect(try verdict(block, now: before) == .success)
        // Exactly the period is expired.
        #expect(try verdict(block, now: limit) == .expired)
        // Expiry comes before every other check.
        #expect(try verdict(chain.block(5) { $0.chainID = "x" }, now: limit) == .expired)
    }

    // MARK: Structure

    @Test func structure() throws {
        func reason(_ change: @escaping (inout Header) -> Void) throws -> LightClientError? {
            guard case .invalid(let reason) = try verdict(chain.block(11, change: change)) else { return nil }
            return reason
        }
        #expect(try reason { $0.chainID = "other" } == .wrongChain(expected: "ev-test", got: "other"))
        #expect(
            try reason { $0.version.block = 10 }
                == .invalidHeader(field: "version.block", reason: "expected 11, got 10"))
        #expect(
            try reason { $0.chainID = String(repeating: "c", count: 51) }
                == .invalidHeader(field: "chain_id", reason: "51 bytes, at most 50"))
        #expect(try reason { $0.height = 0 } == .invalidHeader(field: "height", reason: "0 is not above 0"))
        #expect(
            try reason { $0.proposerAddress = nil }
                == .invalidHeader(field: "proposer_address", reason: "is missing"))
        #expect(
            try reason { $0.validatorsHash = nil }
                == .invalidHeader(field: "validators_hash", reason: "is empty, so the header has no hash"))
    }

    @Test func commitStructure() throws {
        func reason(_ change: (inout Commit) -> Void) throws -> LightClientError? {
            var block = try chain.block(11)
            change(&block.signedHeader.commit)
            guard case .invalid(let reason) = try verdict(block) else { return nil }
            return reason
        }
        #expect(try reason { $0.height = 12 } == .commitHeightMismatch(header: 11, commit: 12))
        #expect(try reason { $0.height = 0 } == .invalidCommit(field: "height", reason: "0 is not above 0"))
        #expect(try reason { $0.round = -1 } == .invalidCommit(field: "round", reason: "-1 is negative"))
        #expect(try reason { $0.blockID = .zero } == .invalidCommit(field: "block_id", reason: "names no block"))
        #expect(try reason { $0.signatures = [] } == .invalidCommit(field: "signatures", reason: "there are none"))
        guard case .commitForAnotherBlock = try reason({ $0.blockID.hash = .sha256([]) }) else {
            Issue.record("another block id was accepted")
            return
        }
        // The parts are signed too.
        #expect(try reason { $0.blockID.parts.total = 2 } == .wrongSignature(index: 0))
        #expect(try reason { $0.round = 1 } == .wrongSignature(index: 0))
        #expect(
            try reason { $0.signatures.append(.absent) }
                == .signatureCountMismatch(validators: 4, signatures: 5))
    }

    @Test func entryStructure() throws {
        func refused(_ change: (inout CommitSig) -> Void) throws {
            var block = try chain.block(11, absent: [3])
            change(&block.signedHeader.commit.signatures[3])
            guard case .invalid(.invalidCommitSignature(index: 3, _)) = try verdict(block) else {
                Issue.record("\(block.signedHeader.commit.signatures[3]) was accepted")
                return
            }
        }
        let address = try chain.set().validators[3].address
        try refused { $0.validatorAddress = address }
        try refused { $0.signature = [1] }
        try refused { $0.timestamp = .unixEpoch }
        for flag in [BlockIDFlag.commit, .nil] {
            try refused { $0 = CommitSig(flag: flag, validatorAddress: nil, timestamp: .unixEpoch, signature: [1]) }
            try refused { $0 = CommitSig(flag: flag, validatorAddress: address, timestamp: .unixEpoch, signature: []) }
            let long = [UInt8](repeating: 1, count: 3310)
            try refused {
                $0 = CommitSig(flag: flag, validatorAddress: address, timestamp: .unixEpoch, signature: long)
            }
        }
    }

    // MARK: Height and time

    @Test func heightAndTime() throws {
        let now = try TestChain.time(500)
        #expect(
            try verdict(chain.block(10) { $0.time = now })
                == .invalid(.heightNotHigher(trusted: 10, untrusted: 10)))
        #expect(
            try verdict(chain.block(9) { $0.time = now })
                == .invalid(.heightNotHigher(trusted: 10, untrusted: 9)))
        let same = try TestChain.time(10)
        #expect(
            try verdict(chain.block(11) { $0.time = same })
                == .invalid(.timeNotLater(trusted: same, untrusted: same)))
        let oneLater = try #require(same.advanced(byNanoseconds: 1))
        #expect(try verdict(chain.block(11) { $0.time = oneLater }) == .success)
        // Strictly below now + drift.
        let limit = try #require(now.advanced(byNanoseconds: 10_000_000_000))
        let below = try #require(limit.advanced(byNanoseconds: -1))
        #expect(
            try verdict(chain.block(11) { $0.time = limit }) == .invalid(.timeInFuture(untrusted: limit, now: now)))
        #expect(try verdict(chain.block(11) { $0.time = below }) == .success)
    }

    @Test func highestHeight() throws {
        let last = try TestChain.time(400)
        let block = try chain.block(.max) { $0.time = last }
        #expect(try verdict(block) == .success)
        let second = try chain.block(.max - 1) { $0.time = last }
        #expect(
            try verdict(block, from: TrustedState(second), now: TestChain.time(401))
                == .invalid(
                    .timeNotLater(trusted: last, untrusted: last)))
    }

    // MARK: Sets

    @Test func otherValidators() throws {
        let strangers = try TestChain(4, prefix: "stranger")
        var block = try chain.block(11)
        block.validators = try strangers.set()
        guard case .invalid(.validatorsHashMismatch) = try verdict(block) else {
            Issue.record("another set was accepted")
            return
        }
        // A set of strangers that signs its own block is refused next to the trusted one, and needs a smaller step
        // further away.
        guard case .invalid(.nextValidatorsHashMismatch) = try verdict(strangers.block(11)) else {
            Issue.record("strangers were accepted next to the trusted block")
            return
        }
        #expect(try verdict(strangers.block(12)) == .notEnoughTrust)
        // An announced change is believed.
        let announced = try chain.trusted(10, next: strangers.set())
        #expect(try verdict(strangers.block(11), from: announced) == .success)
    }

    @Test func givenNextValidatorsMustBeNamed() throws {
        var block = try chain.block(11)
        block.nextValidators = try chain.set()
        #expect(try verdict(block) == .success)
        block.nextValidators = try TestChain(4, prefix: "stranger").set()
        guard case .invalid(.nextValidatorsHashMismatch) = try verdict(block) else {
            Issue.record("an unnamed next set was accepted")
            return
        }
    }

    // MARK: Thresholds

    /// Exactly the rounded-down product is too little; one more is enough.
    @Test func thresholds() throws {
        // 3 of 4 equal validators with power 1: more than 2 is needed.
        let ones = try TestChain(4) { _ in 1 }
        #expect(try verdict(ones.block(11, absent: [0]), from: ones.trusted(10)) == .success)
        #expect(
            try verdict(ones.block(11, absent: [0, 1]), from: ones.trusted(10))
                == .invalid(.insufficientPower(got: 2, needed: 2)))
        // Nil votes have no power.
        #expect(
            try verdict(ones.block(11, refusing: [0, 1]), from: ones.trusted(10))
                == .invalid(.insufficientPower(got: 2, needed: 2)))
        // Skipping: 1/3 of 4 is 1, so 2 of the trusted are needed.
        let others = try TestChain(4, prefix: "w") { _ in 1 }
        for (old, expected) in [(0, Verdict.notEnoughTrust), (1, .notEnoughTrust), (2, .success), (4, .success)] {
            let mixed = TestChain(signers: Array(ones.signers[..<old]) + others.signers[old...])
            #expect(try verdict(mixed.block(12), from: ones.trusted(10)) == expected, "\(old) of the old")
        }
    }

    @Test func trustLevels() throws {
        let ones = try TestChain(3) { _ in 1 }
        let full = try TrustOptions(period: .seconds(1000), trustLevel: TrustLevel(1, 1))
        // "More than all" cannot be reached by a skipping step; an adjacent one does not need it.
        #expect(try verdict(ones.block(12), from: ones.trusted(10), options: full) == .notEnoughTrust)
        #expect(try verdict(ones.block(11), from: ones.trusted(10), options: full) == .success)
        for (numerator, denominator) in [(1, 4), (0, 1), (-1, 3), (4, 3), (1, 0), (1, -3), (333, 1000), (-1, -3)] {
            #expect(throws: LightClientError.self) {
                try TrustLevel(Int64(numerator), Int64(denominator))
            }
        }
        for (numerator, denominator) in [(1, 3), (2, 3), (1, 1), (1, 2), (334, 1000)] {
            #expect(throws: Never.self) { try TrustLevel(Int64(numerator), Int64(denominator)) }
        }
        #expect(throws: Never.self) { try TrustLevel(.max, .max) }
        #expect(throws: LightClientError.self) { try TrustLevel(.max / 4, .max) }
    }

    @Test func greatPowersDoNotOverflow() throws {
        let great = try TestChain(3) { _ in ValidatorSet.maxTotalPower / 3 }
        let level = try TrustLevel(.max - 1, .max)
        let options = try TrustOptions(period: .seconds(1000), trustLevel: level)
        #expect(try verdict(great.block(12), from: great.trusted(10)) == .success)
        #expect(try verdict(great.block(12), from: great.trusted(10), options: options) == .success)
        #expect(try verdict(great.block(12, absent: [0]), from: great.trusted(10)) != .success)
    }

    // MARK: Signatures

    @Test func everyNeededSignatureIsChecked() throws {
        for place in 0..<4 {
            for height in [Int64(11), 12] {
                var block = try chain.block(height)
                block.signedHeader.commit.signatures[place].signature[40] ^= 1
                let found = try verdict(block)
                // Of four equal ones, three pass two thirds: the fourth is never reached, except by the strict check.
                #expect(found == (place == 3 ? .success : .invalid(.wrongSignature(index: place))))
                #expect(
                    refusal { try Verifier.verifyAllSignatures(block, chainID: TestChain.id) }
                        == .wrongSignature(index: place))
            }
        }
    }

    @Test func theSignersTimeIsSigned() throws {
        var block = try chain.block(11)
        block.signedHeader.commit.signatures[0].timestamp = .unixEpoch
        #expect(try verdict(block) == .invalid(.wrongSignature(index: 0)))
    }

    @Test func aNilVoteIsNoVoteForTheBlock() throws {
        var block = try chain.block(11, refusing: [0])
        block.signedHeader.commit.signatures[0].flag = .commit
        #expect(try verdict(block) == .invalid(.wrongSignature(index: 0)))
        var other = try chain.block(11)
        other.signedHeader.commit.signatures[0].flag = .nil
        #expect(
            refusal { try Verifier.verifyAllSignatures(other, chainID: TestChain.id) } == .wrongSignature(index: 0))
    }

    /// The address is not signed, so its place must tell it.
    @Test func addressesMustStandInTheirPlace() throws {
        var block = try chain.block(11)
        let addresses = try chain.set().validators.map(\.address)
        block.signedHeader.commit.signatures[0].validatorAddress = addresses[1]
        #expect(
            try verdict(block)
                == .invalid(.signerMismatch(index: 0, expected: addresses[0], got: addresses[1])))
        var swapped = try chain.block(11, refusing: [3])
        swapped.signedHeader.commit.signatures[3].validatorAddress = addresses[1]
        #expect(try verdict(swapped) == .success)
        #expect(
            refusal { try Verifier.verifyAllSignatures(swapped, chainID: TestChain.id) }
                == .signerMismatch(index: 3, expected: addresses[3], got: addresses[1]))
    }

    @Test func doubleVotes() throws {
        var block = try chain.block(12)
        let first = block.signedHeader.commit.signatures[0]
        block.signedHeader.commit.signatures[1] = first
        #expect(
            try verdict(block)
                == .invalid(.doubleVote(validator: try #require(first.validatorAddress), first: 0, second: 1)))
    }

    /// A bad signature among too few is "too few": nothing is verified before the power is there.
    @Test func powerComesBeforeSignatures() throws {
        let ones = try TestChain(4) { _ in 1 }
        var block = try ones.block(12, absent: [1, 2, 3])
        block.signedHeader.commit.signatures[0].signature[0] ^= 1
        #expect(try verdict(block, from: ones.trusted(10)) == .notEnoughTrust)
    }

    @Test func signaturesOfTheWrongLength() throws {
        for count in [1, 63, 65] {
            var block = try chain.block(11)
            block.signedHeader.commit.signatures[0].signature = [UInt8](repeating: 1, count: count)
            guard case .invalid = try verdict(block) else {
                Issue.record("a signature of \(count) bytes was accepted")
                return
            }
        }
    }
}
