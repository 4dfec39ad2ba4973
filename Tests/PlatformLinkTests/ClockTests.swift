import LightClient
import NIOConcurrencyHelpers
import Quantities
import Testing

@testable import PlatformLink

/// A board without a clock, with a wrong one, and with one that is set while the link runs. What a node is asked is counted:
/// by a time that is only guessed nobody is asked, and nothing is verified.
@Suite("The clock")
struct ClockTests {
    private func requests(_ bench: Bench) -> Int { bench.node.with { $0.calls.values.reduce(0, +) } }

    /// One look that is to fail by the clock; what it told.
    private func failedLook(_ bench: Bench) async throws -> PlatformLinkError? {
        let before = requests(bench)
        let stored = try TrustedStore(directory: bench.folder).load(chainID: "wattseal-test")
        let told = await bench.turn()
        #expect(requests(bench) == before, "a node was asked")
        #expect(try TrustedStore(directory: bench.folder).load(chainID: "wattseal-test") == stored)
        guard case .unreachable(let error)? = told.first, told.count == 1 else {
            Issue.record("\(told)")
            return nil
        }
        #expect(bench.status?.lastError == error && bench.status?.isReachable == false)
        let line = bench.lines.withLockedValue { $0.last { $0.hasPrefix("warning") } }
        #expect(line?.contains("\(error)") == true)
        return error
    }

    @Test("that was never set: nobody is asked and nothing is judged; once it is set, the link goes on")
    func unset() async throws {
        let bench = try Bench()
        bench.wall.withLockedValue { $0 = nil }
        #expect(try await failedLook(bench) == .clockUnknown)
        bench.wall.withLockedValue { $0 = 1 }
        #expect(await bench.turn().contains { if case .registration(.some) = $0 { true } else { false } })
        // And again without a clock in the middle of the run.
        bench.wall.withLockedValue { $0 = nil }
        #expect(try await failedLook(bench) == .clockUnknown)
    }

    @Test("that no time source vouches for, where one is asked for")
    func notSynchronised() async throws {
        let bench = try Bench()
        bench.vouched.withLockedValue { $0 = false }
        guard case .clockNotSynchronised? = try await failedLook(bench) else {
            Issue.record("a clock was gone by that nobody vouches for")
            return
        }
        bench.vouched.withLockedValue { $0 = true }
        #expect(await bench.turn().contains { if case .registration(.some) = $0 { true } else { false } })
    }

    @Test("that stands behind the stored header after a restart: wrong, by the validators' word")
    func behindStore() async throws {
        let bench = try Bench()
        await bench.turn()
        try bench.restart()
        bench.wall.withLockedValue { $0 = -11 }
        guard case .clockBehindTrustedHeader(let now, let trusted)? = try await failedLook(bench) else {
            Issue.record("a clock behind the trusted header was gone by")
            return
        }
        #expect(trusted.since(now) == .seconds(11))
        // Within the drift that is allowed either way, it is not wrong.
        bench.wall.withLockedValue { $0 = -9 }
        #expect(await bench.turn().contains { if case .registration(.some) = $0 { true } else { false } })
    }

    @Test("far ahead: all trust seems to have expired; nothing is given up, and the right time mends it")
    func farAhead() async throws {
        let bench = try Bench()
        await bench.turn()
        let fortnight: Int64 = 14 * 86_400
        bench.wall.withLockedValue { $0 = fortnight }
        guard case .trustExpired? = try await failedLook(bench) else {
            Issue.record("an expired header was trusted")
            return
        }
        try bench.restart()
        guard case .trustExpired? = try await failedLook(bench) else {
            Issue.record("an expired header was trusted after a restart")
            return
        }
        bench.wall.withLockedValue { $0 = 1 }
        #expect(await bench.turn().contains { if case .registration(.some) = $0 { true } else { false } })
    }

    @Test("that is set back during the run: behind a header and the time since it, it is wrong")
    func setBack() async throws {
        let bench = try Bench()
        await bench.turn()
        // A hundred seconds later, by the clock that nobody sets.
        bench.clock.withLockedValue { $0 = 100_000_000_000 }
        await bench.turn()
        #expect(bench.status?.isReachable == true)
        // The wall clock is set back by a minute: still after the trusted header, and wrong all the same.
        bench.wall.withLockedValue { $0 = -59 }
        guard case .clockWentBack(let now, let passed)? = try await failedLook(bench) else {
            Issue.record("a clock that went back was gone by")
            return
        }
        #expect(passed.since(now) == .seconds(59))
        // Further back, it is behind the header itself.
        bench.wall.withLockedValue { $0 = -200 }
        guard case .clockBehindTrustedHeader? = try await failedLook(bench) else {
            Issue.record("a clock behind the trusted header was gone by")
            return
        }
        bench.wall.withLockedValue { $0 = 1 }
        await bench.turn()
        #expect(bench.status?.isReachable == true)
        // A small step is what a time service does.
        bench.wall.withLockedValue { $0 = -8 }
        await bench.turn()
        #expect(bench.status?.isReachable == true)
    }

    @Test("the moment that has passed goes on with the monotonic clock, and never back")
    func passedTime() throws {
        let header = try Timestamp(seconds: 1_795_390_000, nanoseconds: 5)
        let start = MonotonicInstant(nanoseconds: 1_000)
        let passed = PassedTime(header: header, now: start)
        #expect(passed.bound(at: start) == header)
        #expect(passed.bound(at: start + .seconds(7)).since(header) == .seconds(7))
        #expect(passed.bound(at: MonotonicInstant(nanoseconds: 0)) == header)
    }
}
