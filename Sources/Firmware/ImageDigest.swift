internal import SignedRecords
import Synchronization
import Threads

/// What the running program hashes to (`FirmwareImage`), worked out on a thread of its own while the start waits for the signer.
///
/// Some 30 MB are read for it: as long as everything else takes until the outputs are safe.
final class ImageDigest: Sendable {
    private let thread: Mutex<DedicatedThread?>
    private let outcome: Outcome

    private final class Outcome: Sendable {
        let found = Mutex<Result<ContentHash, FirmwareError>?>(nil)
    }

    /// Begins.
    init() throws(FirmwareError) {
        let outcome = Outcome()
        self.outcome = outcome
        let started = try DedicatedThread.started(name: "image-digest") {
            let result = Result { () throws(FirmwareError) in try FirmwareImage.digest() }
            outcome.found.withLock { $0 = result }
        }
        thread = Mutex(started)
    }

    /// Nothing of a start that broke off goes on.
    deinit { end() }

    private func end() {
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    /// Waits until it is there.
    func wait() throws(FirmwareError) -> ContentHash {
        end()
        guard let found = outcome.found.withLock({ $0 }) else {
            throw .room("firmware image", reason: "its thread ended without a digest")
        }
        return try found.get()
    }
}
