import NIOConcurrencyHelpers
import Quantities
import Testing

@testable import PlatformLink

@Suite("A wait that ends early when something new is there")
struct WakeSignalTests {
    /// Waits in a task of its own and says how many of them ended within ten seconds without progress.
    private func ended(
        of count: Int, _ wait: @escaping @Sendable (WakeSignal) async -> Void
    ) async throws -> Int {
        let signal = WakeSignal()
        let done = NIOLockedValueBox(0)
        let waiting = Task {
            for _ in 0..<count {
                await wait(signal)
                done.withLockedValue { $0 += 1 }
            }
        }
        var seen = -1
        var stillness = 0
        while stillness < 1_000, seen < count {
            try await Task.sleep(for: .milliseconds(10))
            let now = done.withLockedValue { $0 }
            stillness = now == seen ? stillness + 1 : 0
            seen = now
        }
        waiting.cancel()
        signal.signal()
        return seen
    }

    @Test("ends at its limit, also where the limit is over before the wait has begun")
    func limits() async throws {
        #expect(try await ended(of: 20_000) { await $0.wait(atMost: Nanoseconds(0)) } == 20_000)
        #expect(try await ended(of: 20_000) { await $0.wait(atMost: Nanoseconds(1)) } == 20_000)
    }

    @Test("ends at a signal, also at one that came before, and takes it once")
    func signals() async throws {
        let signal = WakeSignal()
        signal.signal()
        await signal.wait(atMost: .seconds(3_600))
        let isOver = NIOLockedValueBox(false)
        let waiting = Task {
            await signal.wait(atMost: .seconds(3_600))
            isOver.withLockedValue { $0 = true }
        }
        try await Task.sleep(for: .milliseconds(20))
        #expect(!isOver.withLockedValue { $0 }, "the signal was taken")
        signal.signal()
        await waiting.value
        #expect(isOver.withLockedValue { $0 })
    }

    @Test("ends when its task does, also where it had ended before")
    func cancelled() async throws {
        let signal = WakeSignal()
        for _ in 0..<1_000 {
            let waiting = Task { await signal.wait(atMost: .seconds(3_600)) }
            waiting.cancel()
            await waiting.value
        }
    }
}
