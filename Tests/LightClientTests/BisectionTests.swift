import LightClient
import Testing

struct BisectionTests {
    /// The way that the Go client takes when trust reaches only `reach` heights.
    private func run(trusted: Int64, target: Int64, reach: Int64) throws -> (fetched: [Int64], trace: [Int64]) {
        var plan = try Bisection(trusted: trusted, target: target)
        var fetched: [Int64] = []
        var steps = 0
        while true {
            steps += 1
            try #require(steps < 10_000)
            switch plan.action {
            case .fetch(let height):
                #expect(!fetched.contains(height))
                fetched.append(height)
                try plan.fetched(height: height)
            case .verify(let low, let high):
                #expect(plan.keptHeights.contains(high) && plan.keptHeights.first == low)
                try plan.decide(high - low <= max(reach, 1) ? .success : .notEnoughTrust)
            case .done:
                #expect(plan.trace.last == target)
                return (fetched, plan.trace)
            case .expired, .refused:
                Issue.record("unexpected end")
                return (fetched, plan.trace)
            }
        }
    }

    @Test func oneStep() throws {
        let (fetched, trace) = try run(trusted: 1, target: 100, reach: 100)
        #expect(fetched == [100])
        #expect(trace == [100])
    }

    @Test func pivots() throws {
        // 1 + 99 * 9 / 16 = 56; 1 + 55 * 9 / 16 = 31; 56 + 44 * 9 / 16 = 80.
        let (fetched, trace) = try run(trusted: 1, target: 100, reach: 30)
        #expect(fetched == [100, 56, 31, 80])
        #expect(trace == [31, 56, 80, 100])
    }

    @Test(arguments: [1, 2, 3, 7, 16, 17, 50])
    func alwaysArrives(reach: Int64) throws {
        for target in Int64(2)...60 {
            let (fetched, trace) = try run(trusted: 1, target: target, reach: reach)
            #expect(Set(fetched) == Set(fetched).union(trace))
            #expect(zip([1] + trace, trace).allSatisfy { $0 < $1 && $1 - $0 <= max(reach, 1) })
        }
    }

    @Test func greatestHeights() throws {
        var plan = try Bisection(trusted: 1, target: .max)
        try plan.fetched(height: .max)
        try plan.decide(.notEnoughTrust)
        guard case .fetch(let pivot) = plan.action else {
            Issue.record("expected a fetch")
            return
        }
        // floor((2^63 - 2) * 9 / 16) + 1, computed with 128 bits.
        let product = (Int64.max - 1).multipliedFullWidth(by: 9)
        #expect(pivot == Int64(16).dividingFullWidth(product).quotient + 1)
    }

    @Test func endsAndRefusals() throws {
        var plan = try Bisection(trusted: 5, target: 9)
        #expect(throws: LightClientError.self) { try plan.decide(.success) }
        #expect(throws: LightClientError.self) { try plan.fetched(height: 8) }
        try plan.fetched(height: 9)
        #expect(throws: LightClientError.self) { try plan.fetched(height: 9) }
        var expired = plan
        try expired.decide(.expired)
        #expect(expired.action == .expired)
        #expect(throws: LightClientError.self) { try expired.decide(.success) }
        var refused = plan
        try refused.decide(.invalid(.emptyValidatorSet))
        #expect(refused.action == .refused(height: 9, reason: .emptyValidatorSet))
        var adjacent = try Bisection(trusted: 5, target: 6)
        try adjacent.fetched(height: 6)
        #expect(throws: LightClientError.self) { try adjacent.decide(.notEnoughTrust) }
        #expect(throws: LightClientError.self) { try Bisection(trusted: 5, target: 5) }
        #expect(throws: LightClientError.self) { try Bisection(trusted: 0, target: 5) }
        #expect(throws: LightClientError.self) { try Bisection(trusted: 5, target: -5) }
    }

    /// The recorded chain from 1 to 40, whose validators change too much for one step.
    @Test func recordedChain() throws {
        let now = try Timestamp(rfc3339: "2026-11-23T01:36:02.894033067Z")
        let options = try TrustOptions(period: .seconds(86_400))
        var plan = try Bisection(trusted: 1, target: 40)
        var fetched = 0
        while plan.action != .done {
            switch plan.action {
            case .fetch(let height):
                fetched += 1
                try plan.fetched(height: height)
            case .verify(let low, let high):
                try plan.decide(
                    Verifier.verify(
                        trusted: try TrustedState(try Vectors.lightBlock("main4", Int(low))),
                        untrusted: try Vectors.lightBlock("main4", Int(high)), now: now, options: options))
            case .done, .expired, .refused:
                Issue.record("ended with \(plan.action)")
                return
            }
        }
        #expect(fetched > 1 && fetched < 20)
    }
}
