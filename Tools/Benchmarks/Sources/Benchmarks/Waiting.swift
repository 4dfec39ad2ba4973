import Dispatch
import Synchronization

/// Asynchronous work from a program that is none.
enum Waiting {
    /// Runs `body` to its end from a thread of no actor.
    static func value<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        Task.detached {
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        guard let result = outcome.withLock({ $0 }) else { throw BenchmarkFailed("a run has no outcome") }
        return try result.get()
    }
}
