public import LightClient

// Owns the rules of following a chain: what is trusted changes only by a verdict of success from what was trusted
// before (or by the anchor's hash at the very start), and only when the whole way to the new height is verified. A
// refused answer changes nothing.

/// Follows a chain's headers. Pure: (state, event, now) → state and the next thing to do.
public struct HeaderSync: Sendable {
    /// What to do next.
    public enum Step: Equatable, Sendable {
        /// Ask the node for its status, then ``HeaderSync/status(_:now:)``.
        case fetchStatus
        /// Fetch the light block of this height, then ``HeaderSync/block(_:now:)``.
        case fetchBlock(Int64)
        /// This block is verified: store it, then ``HeaderSync/stored()``.
        case store(LightBlock)
        /// The newest height is trusted.
        case upToDate
        /// The answer is refused. Nothing changed; start again with ``HeaderSync/restart()`` after a pause.
        case refused(PlatformLinkError)
    }

    /// The chain.
    public let chainID: String
    /// Trusting period, clock drift, trust level.
    public let options: TrustOptions
    /// The newest block that is trusted and stored.
    public private(set) var trusted: LightBlock?
    /// What to do next.
    public private(set) var step: Step
    /// The way of the last run: the block that was trusted before, then what was verified on from it, rising; the anchor
    /// alone where trust begins. Witnesses are held against it.
    public private(set) var way: [LightBlock] = []
    /// The verdicts of this run so far, in order, for whoever reports them.
    public private(set) var verdicts: [StepVerdict] = []

    private let anchor: TrustAnchor
    private var bisection: Bisection?
    /// Blocks of the run that are fetched and may still be needed, by height.
    private var kept: [Int64: LightBlock] = [:]

    /// Follows from a stored block, or from the anchor when there is none.
    public init(chainID: String, anchor: TrustAnchor, options: TrustOptions, stored: LightBlock?) {
        self.chainID = chainID
        self.anchor = anchor
        self.options = options
        trusted = stored
        step = stored == nil ? .fetchBlock(anchor.height) : .fetchStatus
    }

    /// Begins a new run: after ``Step/upToDate``, a refusal, or a fetch that failed.
    public mutating func restart() {
        bisection = nil
        kept = [:]
        way = []
        verdicts = []
        step = trusted == nil ? .fetchBlock(anchor.height) : .fetchStatus
    }

    /// The node's status has come.
    public mutating func status(_ status: NodeStatus, now: Timestamp) {
        guard step == .fetchStatus, let trusted else { return refuse(.chainTooYoung(height: status.latestHeight)) }
        guard status.chainID == chainID else {
            return refuse(.wrongChainID(expected: chainID, found: NodeClient.shown(status.chainID)))
        }
        // A clock behind what validators signed would hide that trust has expired.
        guard trusted.header.time.since(now) < options.drift else {
            return refuse(.clockBehindTrustedHeader(now: now, trusted: trusted.header.time))
        }
        guard !isExpired(trusted, at: now) else { return refuse(expired(trusted, now: now)) }
        guard status.latestHeight >= trusted.height else {
            return refuse(
                .replayedHeader(
                    trustedHeight: trusted.height, offeredHeight: status.latestHeight,
                    reason: "the node's newest height is below the trusted one"))
        }
        guard status.latestHeight > trusted.height else {
            step = .upToDate
            return
        }
        do throws(LightClientError) {
            bisection = try Bisection(trusted: trusted.height, target: status.latestHeight)
        } catch {
            return refuse(.headerRefused(height: status.latestHeight, reason: error))
        }
        kept = [trusted.height: trusted]
        way = [trusted]
        follow(now: now)
    }

    /// The block that was asked for has come.
    public mutating func block(_ block: LightBlock, now: Timestamp) {
        guard case .fetchBlock(let height) = step else { return }
        guard block.height == height else {
            if let trusted, block.height <= trusted.height {
                return refuse(
                    .replayedHeader(
                        trustedHeight: trusted.height, offeredHeight: block.height,
                        reason: "height \(height) was asked for"))
            }
            return refuse(.anotherHeight(call: "commit", asked: height, found: block.height))
        }
        guard trusted != nil else { return start(at: block, now: now) }
        guard var running = bisection else { return }
        do throws(LightClientError) {
            try running.fetched(height: height)
        } catch {
            return refuse(.headerRefused(height: height, reason: error))
        }
        kept[height] = block
        bisection = running
        follow(now: now)
    }

    /// The block of ``Step/store(_:)`` is durable.
    public mutating func stored() {
        guard case .store(let block) = step else { return }
        let wasAnchor = trusted == nil
        trusted = block
        bisection = nil
        kept = [:]
        step = wasAnchor ? .fetchStatus : .upToDate
    }

    private mutating func start(at block: LightBlock, now: Timestamp) {
        do throws(LightClientError) {
            _ = try Verifier.verifyAnchor(block, chainID: chainID, hash: anchor.hash)
        } catch {
            return refuse(refusal(of: error, block: block, trusted: block, now: now))
        }
        guard block.header.time.since(now) < options.drift else {
            return refuse(.headerFromFuture(height: block.height, time: block.header.time, now: now))
        }
        guard !isExpired(block, at: now) else { return refuse(expired(block, now: now)) }
        way = [block]
        step = .store(block)
    }

    private mutating func follow(now: Timestamp) {
        guard var running = bisection else { return }
        while true {
            switch running.action {
            case .fetch(let height):
                bisection = running
                step = .fetchBlock(height)
                return
            case .verify(let from, let to):
                guard let base = kept[from], let next = kept[to] else {
                    return refuse(.headerRefused(height: to, reason: .bisection(reason: "a block is not at hand")))
                }
                do throws(LightClientError) {
                    let verdict = Verifier.verify(
                        trusted: try TrustedState(base), untrusted: next, now: now, options: options)
                    verdicts.append(StepVerdict(trusted: from, untrusted: to, verdict: verdict))
                    if verdict == .success { way.append(next) }
                    try running.decide(verdict)
                } catch {
                    return refuse(refusal(of: error, block: next, trusted: base, now: now))
                }
                let needed = Set(running.keptHeights)
                kept = kept.filter { needed.contains($0.key) || $0.key == to }
                if case .refused(_, let reason) = running.action {
                    return refuse(refusal(of: reason, block: next, trusted: base, now: now))
                }
                if case .expired = running.action { return refuse(expired(base, now: now)) }
                if case .done = running.action {
                    step = .store(next)
                    return
                }
            case .done, .expired, .refused:
                return
            }
        }
    }

    private func isExpired(_ block: LightBlock, at now: Timestamp) -> Bool {
        now.since(block.header.time) >= options.period
    }

    private func expired(_ block: LightBlock, now: Timestamp) -> PlatformLinkError {
        .trustExpired(height: block.height, time: block.header.time, now: now)
    }

    private mutating func refuse(_ error: PlatformLinkError) {
        bisection = nil
        kept = [:]
        step = .refused(error)
    }

    /// The refusal in this room's words.
    private func refusal(
        of error: LightClientError, block: LightBlock, trusted: LightBlock, now: Timestamp
    ) -> PlatformLinkError {
        let height = block.height
        switch error {
        case .wrongChain(let expected, let got):
            return .wrongChainID(expected: expected, found: NodeClient.shown(got), height: height)
        case .anchorMismatch(let expected, let got):
            return .anchorMismatch(height: height, expected: expected, found: got)
        case .commitForAnotherBlock(let header, let commit):
            return .headerNotTheSignedOne(height: height, header: header, signed: commit)
        case .wrongSignature(let index): return .commitSignatureInvalid(height: height, index: index)
        case .insufficientPower(let got, let needed):
            return .notEnoughPower(height: height, got: got, needed: needed)
        case .validatorsHashMismatch, .nextValidatorsHashMismatch:
            return .validatorsMismatch(height: height, reason: "\(error)")
        case .heightNotHigher, .timeNotLater:
            return .replayedHeader(trustedHeight: trusted.height, offeredHeight: height, reason: "\(error)")
        case .timeInFuture: return .headerFromFuture(height: height, time: block.header.time, now: now)
        default: return .headerRefused(height: height, reason: error)
        }
    }
}
