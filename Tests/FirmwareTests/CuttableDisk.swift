import Synchronization

@testable import Firmware

/// A file that a power cut may take away from its writer: before a replacement, or directly behind it.
final class CuttableDisk: Sendable {
    struct State {
        var text: String?
        var writes = 0
        /// The so-many-th replacement is the last thing that happens, and whether it is durable.
        var cut: (write: Int, isDurable: Bool)?
        var isDead = false
        /// Nothing of it can be read.
        var isUnreadable = false
    }

    let state = Mutex(State())

    var store: SettingsKeeper.Store {
        SettingsKeeper.Store(
            read: { [self] () throws(FirmwareError) in
                if state.withLock({ $0.isUnreadable }) { throw .system(call: "read", errno: 5) }
                return state.withLock { $0.text }
            },
            replace: { [self] (text) throws(FirmwareError) in
                let isDone = state.withLock { state -> Bool in
                    guard !state.isDead else { return false }
                    state.writes += 1
                    if let cut = state.cut, cut.write == state.writes {
                        if cut.isDurable { state.text = text }
                        state.isDead = true
                        return false
                    }
                    state.text = text
                    return true
                }
                if !isDone { throw .system(call: "write", errno: 5) }
            })
    }

    func powerUp() {
        state.withLock {
            $0.isDead = false
            $0.cut = nil
        }
    }
}
