import FirmwareUpdate
import Logging
import Quantities
import Synchronization

/// Keeps up with what the newest root and the configuration say of technicians, durably: an updater that does not answer, an edited
/// configuration and an older root bring nobody back (docs/decisions/0154).
final class DeviceTrust: Sendable {
    /// So often the root is asked for, once it was heard of; until then each look asks.
    static let period = Nanoseconds.seconds(60)

    /// The newest root's word; nil where nobody tells it now.
    typealias Source = @Sendable () -> RootTechnicians?

    private struct State {
        var known: KnownTrust
        /// Whether what is known is on the disk.
        var isKept = true
        var heardAt: MonotonicInstant?
    }

    private let configuration: FirmwareConfiguration.Shell
    private let memory: LoginMemory
    private let logger: Logger
    private let source: Source
    private let state: Mutex<State>

    init(_ configuration: FirmwareConfiguration.Shell, memory: LoginMemory, logger: Logger, source: @escaping Source) {
        self.configuration = configuration
        self.memory = memory
        self.logger = logger
        self.source = source
        var state = State(known: KnownTrust())
        do throws(FirmwareError) { state.known = try memory.trust() } catch {
            // As on a new device: what the root and the configuration say now counts, and is kept.
            logger.error("what was known of technicians cannot be read: \(error)")
            state.isKept = false
        }
        self.state = Mutex(state)
        // The configuration's epoch is known before anybody asks.
        _ = settle(with: nil, at: nil)
    }

    /// What the newest root says of technicians, by the updater, which reads the roots: over a connection of its own, since another
    /// may be held for as long as a bundle is unpacked.
    static func roots(by socket: String?) -> Source {
        guard let socket else { return { nil } }
        let client = UpdaterClient(path: socket)
        return {
            guard case .status(let status)? = try? client.ask(.technicians, within: .seconds(1)) else { return nil }
            return status.technicians
        }
    }

    /// Asks for the root's word, and says what holds.
    func current(at now: MonotonicInstant) -> EffectiveTrust { settle(with: source(), at: now) }

    /// Asks for the root's word where that is due: a root that came in must not wait for a login to be heard of.
    func look(at now: MonotonicInstant) {
        let heardAt = state.withLock { $0.heardAt }
        if let heardAt, now - heardAt < Self.period { return }
        _ = current(at: now)
    }

    private func settle(with root: RootTechnicians?, at now: MonotonicInstant?) -> EffectiveTrust {
        state.withLock { state in
            if root != nil { state.heardAt = now }
            let next = state.known.learning(configured: configuration.epoch, from: root)
            if next != state.known || !state.isKept {
                if next != state.known {
                    logger.notice("technicians: epoch \(next.epoch), root \(next.rootVersion)")
                }
                state.known = next
                keep(&state)
            }
            return EffectiveTrust(configuration, state.known)
        }
    }

    /// It holds in any case; where it cannot be kept, the next look tries again.
    private func keep(_ state: inout State) {
        let wasKept = state.isKept
        do throws(FirmwareError) {
            try memory.keep(state.known)
            state.isKept = true
        } catch {
            state.isKept = false
            if wasKept { logger.error("what is known of technicians cannot be kept: \(error)") }
        }
    }
}
