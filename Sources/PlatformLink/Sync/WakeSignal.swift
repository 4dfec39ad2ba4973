import Quantities
import Synchronization

/// A wait that ends early when something new is there. One waiter; a signal that comes before the wait is kept.
final class WakeSignal: Sendable {
    private struct State {
        var isSignalled = false
        var generation: UInt64 = 0
        /// Whether this generation's limit, or its task's end, came before its waiter did.
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Ends the wait that is under way, or the next one.
    func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isSignalled = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits until a signal, at most `limit`, or until the task is cancelled.
    func wait(atMost limit: Nanoseconds) async {
        let generation = state.withLock { state -> UInt64 in
            state.generation += 1
            state.isOver = false
            return state.generation
        }
        let timer = Task {
            do {
                try await Task.sleep(for: .nanoseconds(limit.rawValue))
                end(generation)
            } catch {
                // Cancelled: the wait has ended already.
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool in
                    invariant(state.waiter == nil, "a wake signal has one waiter")
                    if state.isSignalled || state.isOver {
                        state.isSignalled = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            end(generation)
        }
        timer.cancel()
    }

    /// A limit may be shorter than the way from its timer's start to the waiter: it may not be lost then.
    private func end(_ generation: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.generation == generation else { return nil }
            state.isOver = true
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }
}
