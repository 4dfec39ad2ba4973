import ChargeControl
import Quantities

extension CurrentLimit {
    /// What holds at this moment, without an expiry: the limit, or what its fail-safe leaves of it.
    func standing(at now: MonotonicInstant) -> CurrentLimit {
        guard let expiry, now >= expiry else { return CurrentLimit(current, because: reason) }
        // As the arbiter has it: a fail-safe never allows more than the limit that it replaces.
        return CurrentLimit(min(failSafe, current), because: .expired)
    }
}
