internal import FirmwareUpdate
internal import Ledger
internal import PlatformLink
internal import Quantities
internal import SignedRecords
internal import Synchronization

/// Whether a release stands on the ledger, asked by a shell's thread when a switch is wanted, and proved in the platform link's
/// next look. An answer is good for the question that it was given to: what was proved earlier may have been withdrawn since.
final class ReleaseInquiry: Sendable {
    private struct State {
        var question: ReleaseQuestion?
        var answer: ProvedRelease?
    }

    private let product: String
    private let wake: @Sendable () -> Void
    private let bell: WakeUp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - product: what this device is, as its genesis record names it.
    ///   - wake: makes the link look now.
    init(product: String, wake: @escaping @Sendable () -> Void) throws(FirmwareError) {
        self.product = product
        self.wake = wake
        bell = try WakeUp()
    }

    /// What the link is to prove; nil where nobody asks.
    var question: ReleaseQuestion? { state.withLock { $0.question } }

    /// The link has proved it.
    func told(_ proved: ProvedRelease) {
        state.withLock { state in
            guard proved.question == state.question else { return }
            state.question = nil
            state.answer = proved
        }
        bell.ring()
    }

    /// Why the image may not be activated by the ledger's word; nil where it may.
    ///
    /// Waits for the proof, at most `patience`.
    func obstacle(to image: Image, within patience: Nanoseconds) -> String? {
        let asked = ReleaseQuestion(digest: image.manifest, product: product)
        state.withLock { $0 = State(question: asked) }
        defer { state.withLock { if $0.question == asked { $0.question = nil } } }
        wake()
        let deadline = SystemClock.now() + patience
        while true {
            if let proved = state.withLock({ $0.answer }), proved.question == asked {
                return Self.obstacle(to: image, product: product, by: proved)
            }
            let left = deadline - SystemClock.now()
            guard left > .zero else {
                return "the ledger was not proved to hold this release within \(patience.rawValue / 1_000_000_000) s"
            }
            // Another shell that asks the same may have heard the bell instead.
            bell.wait(milliseconds: min(250, Int32(clamping: left.rawValue / 1_000_000 + 1)))
        }
    }

    /// The same for what was proved.
    static func obstacle(to image: Image, product: String, by proved: ProvedRelease) -> String? {
        guard let release = proved.release else {
            return "the ledger does not hold release \(image.manifest.hex), as proved at height \(proved.height)"
        }
        if release.isWithdrawn { return "release \(release.version) is withdrawn on the ledger" }
        if release.product != product {
            return "the ledger holds this release for \"\(release.product)\", this is \"\(product)\""
        }
        if release.securityCounter != image.securityCounter {
            return "the ledger holds this release with security counter \(release.securityCounter), "
                + "its manifest says \(image.securityCounter)"
        }
        if let least = proved.product?.minimumCounter, image.securityCounter < least {
            return "the ledger asks for a security counter of \(least) at least, "
                + "this release has \(image.securityCounter)"
        }
        return nil
    }
}
