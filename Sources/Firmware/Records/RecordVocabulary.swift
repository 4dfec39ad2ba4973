import ChargeControl
import Metering
import Quantities
import SignedRecords

// The core's and the meter's words in the vocabulary of records.

extension SignedRecords.RegisterEvidence {
    /// The words as they came over the bus.
    init(_ evidence: Metering.RegisterEvidence) {
        self.init(functionCode: evidence.functionCode, address: evidence.address, words: evidence.words)
    }
}

extension SignedRecords.StopReason {
    /// The core's reason in the vocabulary of records.
    init(_ reason: ChargeControl.StopReason) {
        self =
            switch reason {
            case .car: .car
            case .unplugged: .unplugged
            case .grantSpent: .grantSpent
            case .energyLimit: .energyLimit
            case .grantExpired: .grantExpired
            case .timeLimit: .scheduleEnd
            case .grantWithdrawn: .grantWithdrawn
            case .owner: .owner
            case .shutdown: .shutdown
            case .fault: .fault
            case .meterDistrust: .meterDistrust
            case .recordFailure: .recordFailure
            case .emergencyStop: .emergencyStop
            case .journalFull: .journalFull
            }
    }
}

extension SignedRecords.FaultClearing {
    /// What cleared a fault in the vocabulary of records.
    init(_ clearing: ChargeControl.FaultClearing) {
        self =
            switch clearing {
            // A reset clears only what is gone. A record that names a technician needs the certificate's digest, which
            // the control core does not know.
            case .condition, .localReset, .technician: .condition
            case .unplugged: .unplugged
            case .powerCycle: .restart
            }
    }
}

extension PauseReason {
    /// Why the contactor is open inside the session.
    init(_ cause: PauseCause) {
        self =
            switch cause {
            case .car: .car
            case .fault: .fault
            case .meter: .meter
            case .lateness: .lateness
            // A phase switch obeys a limit that one phase meets and three do not.
            case .noCurrent, .phases: .limit
            case .owner: .owner
            }
    }
}

extension Wear {
    /// The contactor's life, with what it has used of its rating.
    init(_ wear: ContactorWear, rating: ContactorRating) {
        self.init(
            operations: wear.operations, openingsUnderLoad: wear.openingsUnderLoad,
            closingMicroseconds: UInt32(clamping: wear.closingTime.wholeMicroseconds),
            openingMicroseconds: UInt32(clamping: wear.openingTime.wholeMicroseconds),
            usedLife: wear.usedLife(of: rating))
    }
}

extension ContactorWear {
    /// The contactor's life as the newest record of it says. The sum of what its arcs carried is in no record.
    init(_ record: Wear) {
        self.init()
        operations = record.operations
        openingsUnderLoad = record.openingsUnderLoad
        closingTime = .microseconds(Int64(record.closingMicroseconds))
        openingTime = .microseconds(Int64(record.openingMicroseconds))
    }
}

extension ResidualSelfTest {
    /// The monitor's two outputs are tested at once.
    init(passed: Bool, tripTime: Nanoseconds?) {
        self.init(
            part: .both, passed: passed, tripMicroseconds: tripTime.map { UInt32(clamping: $0.wholeMicroseconds) })
    }
}
