import Crypto
import LedgerSamples
import LightClient
import PlatformLink
import Testing

@Suite("Following headers")
struct HeaderSyncTests {
    private static func options(days: Int = 14) throws -> TrustOptions {
        try TrustOptions(period: .seconds(days * 86_400))
    }

    private static func later(_ block: LightBlock, seconds: Int64) -> Timestamp {
        block.header.time.advanced(byNanoseconds: seconds * 1_000_000_000) ?? block.header.time
    }

    /// A chain of so many blocks whose four validators change one by one every ten blocks.
    private static func chain(_ count: Int, rotating: Bool = false) throws -> SampleChain {
        var chain = try SampleChain()
        var next: UInt8 = 5
        for height in 1...count {
            if rotating, height.isMultiple(of: 5) {
                chain.nextMembers.removeFirst()
                chain.nextMembers.append(try SampleChain.Member(seed: next))
                next += 1
            }
            try chain.append(appHash: [UInt8(truncatingIfNeeded: height)])
        }
        return chain
    }

    private struct Run {
        var sync: HeaderSync
        var fetched: [Int64] = []
        var stored: [Int64] = []
        var refusal: PlatformLinkError?
    }

    /// Runs until up to date or refused; `serve` may lie.
    private static func run(
        _ sync: HeaderSync, latest: Int64, now: Timestamp, chainID: String = "wattseal-test",
        serve: (Int64) throws -> LightBlock?
    ) throws -> Run {
        var run = Run(sync: sync)
        for _ in 0..<200 {
            switch run.sync.step {
            case .fetchStatus:
                run.sync.status(
                    NodeStatus(chainID: chainID, latestHeight: latest, isCatchingUp: false), now: now)
            case .fetchBlock(let height):
                run.fetched.append(height)
                run.sync.block(try #require(try serve(height)), now: now)
            case .store(let block):
                run.stored.append(block.height)
                run.sync.stored()
            case .upToDate: return run
            case .refused(let error):
                run.refusal = error
                return run
            }
        }
        Issue.record("no end after 200 steps")
        return run
    }

    private static func start(_ chain: SampleChain, at height: Int64 = 1) throws -> HeaderSync {
        let block = try #require(chain.blocks[height])
        return HeaderSync(
            chainID: chain.chainID, anchor: TrustAnchor(height: height, hash: try #require(block.header.hash())),
            options: try options(), stored: nil)
    }

    private static func follow(_ chain: SampleChain, from height: Int64 = 1) throws -> HeaderSync {
        let block = try #require(chain.blocks[height])
        return HeaderSync(
            chainID: chain.chainID, anchor: TrustAnchor(height: 1, hash: .sha256([])), options: try options(),
            stored: block)
    }

    @Test("starts at the anchor, stores it, and goes to the newest in one step when the validators stay")
    func start() throws {
        let chain = try Self.chain(30)
        let run = try Self.run(
            try Self.start(chain), latest: 30, now: Self.later(try #require(chain.newest), seconds: 1)
        ) { chain.blocks[$0] }
        #expect(run.refusal == nil)
        #expect(run.fetched == [1, 30])
        #expect(run.stored == [1, 30])
        #expect(run.sync.trusted == chain.newest)
    }

    @Test("bisects where the validators changed, and stores only the target")
    func bisection() throws {
        let chain = try Self.chain(40, rotating: true)
        let run = try Self.run(
            try Self.follow(chain), latest: 40, now: Self.later(try #require(chain.newest), seconds: 1)
        ) { chain.blocks[$0] }
        #expect(run.refusal == nil)
        #expect(run.stored == [40])
        #expect(run.sync.way.count > 2)
        #expect(run.sync.way.last?.height == 40)
        #expect(run.sync.verdicts.contains { $0.verdict == .notEnoughTrust })
    }

    @Test("has nothing to do when the node has nothing newer")
    func nothingNew() throws {
        let chain = try Self.chain(5)
        let run = try Self.run(
            try Self.follow(chain, from: 5), latest: 5, now: Self.later(try #require(chain.newest), seconds: 1)
        ) { chain.blocks[$0] }
        #expect(run.refusal == nil)
        #expect(run.fetched == [])
        #expect(run.stored == [])
    }

    /// Follows from height 3 to 9 of ten blocks, with every block changed; gives the refusal.
    private static func refusal(
        latest: Int64 = 9, now: Timestamp? = nil, chainID: String = "wattseal-test",
        _ change: (inout LightBlock, SampleChain) throws -> Void = { _, _ in }
    ) throws -> PlatformLinkError? {
        let chain = try Self.chain(10)
        let run = try Self.run(
            try follow(chain, from: 3), latest: latest,
            now: now ?? Self.later(try #require(chain.newest), seconds: 1), chainID: chainID
        ) { height in
            guard var block = chain.blocks[height] else { return nil }
            try change(&block, chain)
            return block
        }
        #expect(run.stored == [], "a lie was stored")
        #expect(run.sync.trusted == chain.blocks[3])
        return run.refusal
    }

    @Test("refuses a header whose app hash was altered")
    func appHash() throws {
        let refusal = try Self.refusal { block, _ in block.signedHeader.header.appHash[0] ^= 1 }
        guard case .headerNotTheSignedOne(height: 9, _, _)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect("\(try #require(refusal))".contains("such as the app hash was altered"))
    }

    @Test("refuses a commit with one changed signature among those that it needs")
    func signature() throws {
        for index in 0..<3 {
            let refusal = try Self.refusal { block, _ in
                block.signedHeader.commit.signatures[index].signature[5] ^= 4
            }
            #expect(refusal == .commitSignatureInvalid(height: 9, index: index))
        }
    }

    @Test("refuses too little power, and signatures by others")
    func power() throws {
        var refusal = try Self.refusal { block, _ in
            block.signedHeader.commit.signatures[0] = .absent
            block.signedHeader.commit.signatures[1] = .absent
        }
        #expect(refusal == .notEnoughPower(height: 9, got: 20, needed: 26))
        refusal = try Self.refusal { block, chain in
            // A forger who keeps the header's names but signs with keys of his own.
            let forged = SampleChain(
                members: try (31...34).map { try SampleChain.Member(seed: $0) }, time: chain.time)
            let set = try ValidatorSet(
                try forged.members.map {
                    try Validator(publicKey: .ed25519(Array($0.key.publicKey.rawRepresentation)), power: 10)
                })
            block.validators = set
            block.signedHeader.commit = try forged.commit(to: block.header, by: set)
        }
        guard case .validatorsMismatch(height: 9, _)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
    }

    @Test("refuses a replayed old header: a lower newest height, an older answer, an earlier time")
    func replay() throws {
        guard
            case .replayedHeader(trustedHeight: 3, offeredHeight: 2, _)? = try Self.refusal(latest: 2)
        else {
            Issue.record("a lower newest height")
            return
        }
        guard
            case .replayedHeader(trustedHeight: 3, offeredHeight: 2, _)? = try Self.refusal({ block, chain in
                block = chain.blocks[2] ?? block
            })
        else {
            Issue.record("an old block in place of the asked one")
            return
        }
        #expect(
            try Self.refusal { block, chain in block = chain.blocks[7] ?? block }
                == .anotherHeight(call: "commit", asked: 9, found: 7))
        // A real block of a higher number whose time was set back: signed by all, as misbehaving validators could.
        var chain = try SampleChain()
        for _ in 1...3 { try chain.append(appHash: []) }
        let trusted = try #require(chain.newest)
        chain.time = trusted.header.time
        try chain.append(appHash: [])
        let run = try Self.run(
            try Self.follow(chain, from: 3), latest: 4, now: Self.later(trusted, seconds: 1)
        ) { chain.blocks[$0] }
        guard case .replayedHeader(trustedHeight: 3, offeredHeight: 4, _)? = run.refusal else {
            Issue.record("\(String(describing: run.refusal))")
            return
        }
    }

    @Test("refuses another chain, by status and by header")
    func chainID() throws {
        #expect(
            try Self.refusal(chainID: "another") == .wrongChainID(expected: "wattseal-test", found: "another"))
        var other = try SampleChain(chainID: "another")
        for _ in 1...9 { try other.append(appHash: []) }
        let refusal = try Self.refusal { block, _ in block = other.blocks[9] ?? block }
        #expect(refusal == .wrongChainID(expected: "wattseal-test", found: "another", height: 9))
    }

    @Test("refuses when trust has expired, to the second, and when the clock is behind the trusted header")
    func expiry() throws {
        let chain = try Self.chain(10)
        let trusted = try #require(chain.blocks[3])
        let last = Self.later(trusted, seconds: 14 * 86_400 - 1)
        let over = Self.later(trusted, seconds: 14 * 86_400)
        let good = try Self.run(try Self.follow(chain, from: 3), latest: 9, now: last) { chain.blocks[$0] }
        #expect(good.stored == [9])
        #expect(
            try Self.refusal(now: over) == .trustExpired(height: 3, time: trusted.header.time, now: over))
        let before = Self.later(trusted, seconds: -11)
        #expect(
            try Self.refusal(now: before)
                == .clockBehindTrustedHeader(now: before, trusted: trusted.header.time))
    }

    @Test("refuses a header from the future")
    func future() throws {
        let chain = try Self.chain(10)
        let target = try #require(chain.blocks[9])
        // Ten seconds of drift are allowed, ten seconds exactly are too much.
        let now = Self.later(target, seconds: -10)
        let trusted = try #require(chain.blocks[3])
        #expect(trusted.header.time.since(now) < .seconds(10))
        #expect(
            try Self.refusal(now: now) == .headerFromFuture(height: 9, time: target.header.time, now: now))
    }

    @Test("refuses another block at the anchor's height, and an expired anchor")
    func anchor() throws {
        let chain = try Self.chain(3)
        let fork = try SampleChain(chainID: "wattseal-test")
        var twin = fork
        try twin.append(appHash: [0xFF])
        let now = Self.later(try #require(chain.newest), seconds: 1)
        let run = try Self.run(try Self.start(chain), latest: 3, now: now) { _ in twin.blocks[1] }
        guard case .anchorMismatch(height: 1, _, _)? = run.refusal else {
            Issue.record("\(String(describing: run.refusal))")
            return
        }
        #expect(run.stored == [])
        let over = Self.later(try #require(chain.blocks[1]), seconds: 14 * 86_400)
        let expired = try Self.run(try Self.start(chain), latest: 3, now: over) { chain.blocks[$0] }
        guard case .trustExpired(height: 1, _, _)? = expired.refusal else {
            Issue.record("\(String(describing: expired.refusal))")
            return
        }
        #expect(expired.stored == [])
    }

    @Test("goes on from what it trusted after a refusal")
    func recovers() throws {
        let chain = try Self.chain(10)
        let now = Self.later(try #require(chain.newest), seconds: 1)
        var run = try Self.run(try Self.follow(chain, from: 3), latest: 9, now: now) { height in
            var block = chain.blocks[height]
            block?.signedHeader.header.appHash[0] ^= 1
            return block
        }
        #expect(run.refusal != nil)
        run.sync.restart()
        let again = try Self.run(run.sync, latest: 10, now: now) { chain.blocks[$0] }
        #expect(again.stored == [10])
    }
}
