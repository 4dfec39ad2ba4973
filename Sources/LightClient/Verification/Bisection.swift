// CometBFT's skipping search as a value: it never fetches and never verifies, it only says what is next. Heights that
// were fetched but could not be trusted yet stay on a stack (the target at the bottom) and are tried again from the
// target down each time a lower one succeeds.

/// Plans the way from a trusted height to a target height.
public struct Bisection: Sendable {
    /// What to do next.
    public enum Action: Equatable, Sendable {
        /// Fetch the light block of this height, keep it, and call ``Bisection/fetched(height:)``.
        case fetch(Int64)
        /// Verify the kept block of height `untrusted` from the verified block of height `trusted`, and call
        /// ``Bisection/decide(_:)``.
        case verify(trusted: Int64, untrusted: Int64)
        /// The target is verified.
        case done
        /// The trusted state has expired: a new anchor is needed.
        case expired
        /// The source is refused: it served an invalid block at this height.
        case refused(height: Int64, reason: LightClientError)
    }

    /// What to do next.
    public private(set) var action: Action
    /// Heights verified so far, rising, without the starting one; for the comparison with witnesses.
    public private(set) var trace: [Int64] = []

    private var trustedHeight: Int64
    /// Fetched and not yet verified; the target first, falling.
    private var waiting: [Int64]
    /// Place in `waiting` that is tried next.
    private var depth = 0

    /// A plan from a trusted height to a higher one.
    public init(trusted: Int64, target: Int64) throws(LightClientError) {
        guard trusted > 0, target > trusted else {
            throw .bisection(reason: "target \(target) is not above the trusted height \(trusted)")
        }
        trustedHeight = trusted
        waiting = []
        action = .fetch(target)
    }

    /// Heights whose blocks must be kept: those waiting and the last verified one.
    public var keptHeights: [Int64] { [trustedHeight] + waiting.reversed() }

    /// The block of `height`, which was asked for, has arrived.
    public mutating func fetched(height: Int64) throws(LightClientError) {
        guard action == .fetch(height) else {
            throw .bisection(reason: "height \(height) was not asked for")
        }
        waiting.append(height)
        depth = waiting.count - 1
        action = .verify(trusted: trustedHeight, untrusted: height)
    }

    /// The verdict on the step that was asked for.
    public mutating func decide(_ verdict: Verdict) throws(LightClientError) {
        guard case .verify(_, let height) = action else {
            throw .bisection(reason: "no verdict was asked for")
        }
        switch verdict {
        case .success:
            trace.append(height)
            trustedHeight = height
            waiting.removeSubrange(depth...)
            depth = 0
            if let target = waiting.first {
                action = .verify(trusted: trustedHeight, untrusted: target)
            } else {
                action = .done
            }
        case .notEnoughTrust:
            try lookLower(than: height)
        case .invalid(.unsupportedKeysNeeded(stage: .trusted, _, _, _)) where height - trustedHeight > 1:
            // Overlap with unsupported keys only: a smaller step, in the end an adjacent one, may do without it.
            try lookLower(than: height)
        case .expired:
            action = .expired
        case .invalid(let reason):
            action = .refused(height: height, reason: reason)
        }
    }

    private mutating func lookLower(than height: Int64) throws(LightClientError) {
        if depth + 1 < waiting.count {
            depth += 1
            action = .verify(trusted: trustedHeight, untrusted: waiting[depth])
            return
        }
        let distance = height - trustedHeight
        guard distance > 1 else {
            throw .bisection(reason: "heights \(trustedHeight) and \(height) are adjacent: nothing lies in between")
        }
        // 9/16 of the way, rounded down, without overflow.
        action = .fetch(trustedHeight + distance / 16 * 9 + distance % 16 * 9 / 16)
    }
}
