// A trace is the way that one side's headers were verified: rising, the first block common to both sides. The other side
// (the source) is led along the same heights, each of its blocks verified by skipping from the last common one, until one
// differs: the bifurcation. A source that cannot show verified blocks of its own on that way proves nothing.

/// Finds where a source's chain left a trace. Pure: it asks for blocks and judges them.
struct TraceExamination: Sendable {
    /// What is next.
    enum Step: Equatable, Sendable {
        /// Fetch the source's block of this height, then ``TraceExamination/fetched(_:now:)``.
        case fetch(Int64)
        /// The source's verified way from the last common block to its own block, and the trace's block that
        /// contradicts it.
        case diverged(source: [LightBlock], conflicting: LightBlock)
        /// The source cannot show a chain of its own.
        case failed(String)
    }

    private(set) var step: Step

    private let trace: [LightBlock]
    private let target: LightBlock
    private let options: TrustOptions
    /// Place in the trace of the height under examination.
    private var index = 0
    /// The newest block on which both agree.
    private var common: LightBlock?
    /// The skipping verification under way.
    private var bisection: Bisection?
    private var kept: [Int64: LightBlock] = [:]
    /// Verified from the common block on, that one first.
    private var way: [LightBlock] = []

    /// An examination of the source that showed `target`, which no block of the trace's end may be below.
    init(trace: [LightBlock], target: LightBlock, options: TrustOptions, now: Timestamp) {
        self.trace = trace
        self.target = target
        self.options = options
        step = .failed("there is no trace")
        consider(now: now)
    }

    /// The block that was asked for has come.
    mutating func fetched(_ block: LightBlock, now: Timestamp) {
        guard case .fetch(let height) = step else { return }
        guard block.height == height else {
            step = .failed("asked for height \(height), got \(block.height)")
            return
        }
        guard var running = bisection else { return meet(block, now: now) }
        do throws(LightClientError) {
            try running.fetched(height: height)
        } catch {
            step = .failed("\(error)")
            return
        }
        kept[height] = block
        follow(&running, now: now)
    }

    /// The source does not give the block that was asked for.
    mutating func fetchFailed(_ reason: String) {
        guard case .fetch(let height) = step else { return }
        step = .failed("block \(height): \(reason)")
    }

    /// Looks at the trace's next height.
    private mutating func consider(now: Timestamp) {
        guard index < trace.count else {
            step = .failed("its blocks do not contradict the others on the way")
            return
        }
        let ours = trace[index]
        if ours.height > target.height {
            passTarget(now: now)
        } else if ours.height == target.height {
            meet(target, now: now)
        } else {
            step = .fetch(ours.height)
        }
    }

    /// The trace has heights that the source has not reached, though its newest block is not earlier.
    private mutating func passTarget(now: Timestamp) {
        guard let common else {
            step = .failed("its newest block \(target.height) is below the trusted one")
            return
        }
        verify(from: common, to: target, now: now)
    }

    /// The source's block of the height under examination is there.
    private mutating func meet(_ theirs: LightBlock, now: Timestamp) {
        let ours = trace[index]
        guard let hash = theirs.header.hash() else {
            step = .failed("block \(theirs.height) has no hash")
            return
        }
        // The same header was verified on the trace already; its own block stands for both.
        if hash == ours.header.hash() {
            common = ours
            index += 1
            return consider(now: now)
        }
        guard let common else {
            step = .failed("it has another block at the trusted height \(ours.height)")
            return
        }
        verify(from: common, to: theirs, now: now)
    }

    private mutating func verify(from common: LightBlock, to theirs: LightBlock, now: Timestamp) {
        do throws(LightClientError) {
            var running = try Bisection(trusted: common.height, target: theirs.height)
            try running.fetched(height: theirs.height)
            kept = [common.height: common, theirs.height: theirs]
            way = [common]
            follow(&running, now: now)
        } catch {
            step = .failed("\(error)")
        }
    }

    private mutating func follow(_ running: inout Bisection, now: Timestamp) {
        while true {
            switch running.action {
            case .fetch(let height):
                bisection = running
                step = .fetch(height)
                return
            case .verify(let from, let to):
                guard let base = kept[from], let next = kept[to] else {
                    step = .failed("a block is not at hand")
                    return
                }
                do throws(LightClientError) {
                    let verdict = Verifier.verify(
                        trusted: try TrustedState(base), untrusted: next, now: now, options: options)
                    if verdict == .success { way.append(next) }
                    try running.decide(verdict)
                } catch {
                    step = .failed("\(error)")
                    return
                }
            case .done:
                bisection = nil
                // What contradicts a block of a lower height is the trace's next one.
                step = .diverged(source: way, conflicting: trace[index])
                return
            case .expired:
                step = .failed("the trusted block has expired")
                return
            case .refused(let height, let reason):
                step = .failed("block \(height): \(reason)")
                return
            }
        }
    }
}
