import ChargeControl
import Quantities
import Simulator

extension ChargerUnderTest {
    /// Does something to the charger, now.
    mutating func act(_ action: Action) throws(RunError) {
        switch action {
        case .nothing: break
        case .plant(let command):
            do throws(ScriptError) {
                _ = try plant.run(command)
            } catch {
                throw .plant(command: command, error)
            }
        case .grant: grant()
        case .noGrant: input.authorization = nil
        case .grantEnergy(let energy): input.authorization?.energyLimit = MilliwattHours(energy)
        case .deadline(let milliseconds): input.authorization?.deadline = now + .milliseconds(milliseconds)
        case .ownerStop(let isOn): input.ownerStop = isOn
        case .limit(let source, let current, let expiry, let failSafe):
            input.limits[source] = limit(source, current, expiry, failSafe)
        case .meter(let state):
            if !(state == input.meter) { input.meterSince = now }
            input.meter = state
        case .records(let state): input.recordStore = state
        case .acknowledges(let isOn): acknowledges = isOn
        case .technicianReset(let code): impulses.technicianReset = code
        case .selfTest: impulses.selfTest = true
        case .phases(let mode): input.wantedPhases = mode
        case .softShutdown: input.softShutdown = true
        case .hardShutdown: input.hardShutdown = true
        case .powerCycle(let hasNewContactor): cyclePower(hasNewContactor: hasNewContactor)
        }
    }

    private mutating func grant() {
        slot += 1
        input.authorization = Authorization(
            slot: slot, energyLimit: MilliwattHours(1_000_000_000), energyLimitCause: .grant, currentLimit: nil,
            deadline: nil)
    }

    private func limit(_ source: LimitSource, _ current: Int32?, _ expiry: Int64?, _ failSafe: Int32) -> CurrentLimit? {
        guard let current else { return nil }
        guard let expiry else { return CurrentLimit(Milliamps(current), because: .ownerChoice) }
        return CurrentLimit(
            Milliamps(current), because: .ownerChoice, until: now + .milliseconds(expiry), failSafe: Milliamps(failSafe)
        )
    }
}
