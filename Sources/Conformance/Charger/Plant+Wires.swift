import Simulator

extension Plant {
    /// A board without supply: it drives nothing, and the lock stays where it is.
    mutating func loseDrive() {
        var next = PlantDrive()
        next.lock = drive.lock
        drive(next)
    }

    /// The contacts of all poles together.
    var contacts: Snapshot.Contacts { contactor.isClosed ? .closed : .open }
}
