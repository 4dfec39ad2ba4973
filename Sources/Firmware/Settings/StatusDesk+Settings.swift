internal import Quantities
internal import ServiceShell
internal import SignedRecords

extension StatusDesk {
    func settings() throws(ServiceShellError) -> SettingsAnswer {
        guard let keeper = reach.settings else { throw .unavailable("there are no settings yet") }
        let state = keeper.now
        return SettingsAnswer(
            current: state.current.answer, staged: state.candidate.answer, before: state.trial?.before.answer,
            trialLeft: state.trial.map { max(.zero, $0.until - SystemClock.now()) })
    }

    func obstacle(to wish: SettingsWish) -> String? {
        guard let keeper = reach.settings else { return "there are no settings yet" }
        var state = keeper.now
        do throws(SettingsState.Refusal) {
            try Self.carryOut(wish, on: &state, by: "")
            return nil
        } catch {
            return error.words
        }
    }

    func carryOut(_ wish: SettingsWish, by technician: Technician) throws(ServiceShellError) {
        guard let keeper = reach.settings else { throw .unavailable("there are no settings yet") }
        let by = "\(technician.hash.hex) \(technician.name)"
        do throws(SettingsKeeper.ChangeFailure) {
            try keeper.change { (state) throws(SettingsState.Refusal) in
                try Self.carryOut(wish, on: &state, by: by)
            }
        } catch {
            switch error {
            case .refused(let refusal): throw .interlock(refusal.words)
            case .notKept(let failure): throw .interlock("it cannot be kept: \(failure)")
            case .notTold: throw .unfinished("it is kept, and the control thread stands still")
            }
        }
    }

    private static func carryOut(
        _ wish: SettingsWish, on state: inout SettingsState, by technician: String
    ) throws(SettingsState.Refusal) {
        switch wish {
        case .stageLimit(let limit, let connector): state.stage(.limit(limit, connector: connector))
        case .stageService(let isOut, let connector): state.stage(.outOfService(isOut, connector: connector))
        case .commit: try state.commit(trialFor: nil, by: technician, at: SystemClock.now())
        case .tryFor(let span): try state.commit(trialFor: span, by: technician, at: SystemClock.now())
        case .confirm: try state.confirm()
        case .rollBack: try state.rollBack()
        }
    }
}

extension SettingValues {
    fileprivate var answer: [SettingsAnswer.Values] {
        outlets.map { SettingsAnswer.Values(limit: $0.limit, isOutOfService: $0.isOutOfService) }
    }
}
