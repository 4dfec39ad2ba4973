import ChargeControl
import Simulator

extension Plant {
    /// A board without supply: it drives nothing, and the lock stays where it is.
    mutating func loseDrive() {
        var next = PlantDrive()
        next.lock = drive.lock
        next.phases = drive.phases
        drive(next)
    }

    /// The contacts of the phases together: of those that the phase relay lets close.
    var contacts: Snapshot.Contacts {
        guard isAnyPhaseClosed else { return .open }
        let others = drive.phases == .three
        let isAsTold = isClosed(.first) && isClosed(.second) == others && isClosed(.third) == others
        return isAsTold ? .closed : .mixed
    }
}
