import Quantities
import Synchronization

/// Keeps the technicians' settings: durable before they take force, and in force at the control thread.
final class SettingsKeeper: Sendable {
    /// Where the text is kept. A replacement is whole and durable when it returns.
    struct Store: Sendable {
        var read: @Sendable () throws(FirmwareError) -> String?
        var replace: @Sendable (String) throws(FirmwareError) -> Void

        static func file(_ path: String) -> Store {
            Store(
                read: { () throws(FirmwareError) in try SmallFile.read(path) },
                replace: { (text) throws(FirmwareError) in try SmallFile.replace(path, with: text) })
        }
    }

    private let store: Store
    private let apply: @Sendable (ControlRequest) -> Bool
    private let state: Mutex<SettingsState>
    /// Whose values a stop of the firmware took back at this start.
    let endedTrial: String?

    /// Takes up what is kept, and tells the control thread.
    ///
    /// - Parameter apply: to the control thread; false where it stands still.
    /// - Throws: where the file cannot be read, or is none: nobody knows then what a technician wanted.
    init(
        _ store: Store, connectors: Int, apply: @escaping @Sendable (ControlRequest) -> Bool
    ) throws(FirmwareError) {
        self.store = store
        self.apply = apply
        var found = SettingsState(SettingValues(connectors: connectors))
        var ended: String?
        if let text = try store.read() {
            guard let read = SettingsState.read(text, connectors: connectors) else {
                throw .room(
                    "settings", reason: "expected the file that this firmware writes; move it away to start without")
            }
            (found, ended) = (read.state, read.endedTrial)
            if ended != nil { try store.replace(found.text) }
        }
        endedTrial = ended
        state = Mutex(found)
        _ = tell(found.current, insteadOf: SettingValues(connectors: connectors))
    }

    var now: SettingsState { state.withLock { $0 } }

    /// Changes what is in force: written first, told to the control thread then.
    func change(
        _ change: (inout SettingsState) throws(SettingsState.Refusal) -> Void
    ) throws(ChangeFailure) {
        try state.withLock { (state) throws(ChangeFailure) in
            var next = state
            do throws(SettingsState.Refusal) { try change(&next) } catch { throw .refused(error) }
            try settle(next, from: &state)
        }
    }

    enum ChangeFailure: Error, Equatable {
        case refused(SettingsState.Refusal)
        case notKept(FirmwareError)
        /// Kept, and the control thread stands still: a restart brings it into force.
        case notTold
    }

    /// Takes back what nobody has confirmed in time. A disk that refuses does not hold that up: what it keeps is still on trial, and
    /// a start takes it back as well.
    ///
    /// - Returns: whose it was, where its time is over now.
    func expire(at now: MonotonicInstant) throws(ChangeFailure) -> String? {
        try state.withLock { (state) throws(ChangeFailure) in
            var next = state
            guard let trial = next.expire(at: now) else { return nil }
            let before = state.current
            state = next
            guard tell(next.current, insteadOf: before) else { throw .notTold }
            do throws(FirmwareError) { try store.replace(next.text) } catch { throw .notKept(error) }
            return trial.by
        }
    }

    private func settle(_ next: SettingsState, from state: inout SettingsState) throws(ChangeFailure) {
        if next.text != state.text {
            do throws(FirmwareError) { try store.replace(next.text) } catch { throw .notKept(error) }
        }
        let before = state.current
        state = next
        guard tell(next.current, insteadOf: before) else { throw .notTold }
    }

    private func tell(_ values: SettingValues, insteadOf before: SettingValues) -> Bool {
        var isTold = true
        for (index, (outlet, old)) in zip(values.outlets, before.outlets).enumerated() {
            let connector = UInt32(index + 1)
            if outlet.limit != old.limit {
                isTold = apply(.limit(outlet.limit, by: .settings, connector: connector)) && isTold
            }
            if outlet.isOutOfService != old.isOutOfService {
                isTold = apply(.stop(outlet.isOutOfService, by: .settings, connector: connector)) && isTold
            }
        }
        return isTold
    }
}
