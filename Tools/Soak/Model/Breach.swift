/// A broken invariant.
public enum Breach: UInt8, Sendable, CaseIterable {
    case closedOutsideC, closedTooLongInC1, closedUnderF, closedWithFault, closedBeforeBegin
    case closedInStall, closedInShutdown, closedOutsideSession, closingFromX1, closingBeforeFilter, closingWithoutDiode
    case closingOntoClosedPole, openedWithoutCause, closedTooLate, gatePulse
    case phasesMovedClosed, phasesMovedUnproven, phasesMovedTooOften
    case powerOutsideSession, powerBeforeBegin, powerWithFault, powerDespiteStop, powerInBlock, powerWithoutX1
    case powerWithoutCar, cutTooLong, cutWithoutRelay, cutOfWakingCar
    case promiseAboveLimit, promiseWrong, promiseWithoutCode, limitWrong
    case unplugUnnoticed, faultLate, faultWithoutCause, faultCleared, faultHeld, faultShown, faultForgotten
    case clauseDiffers, testInput, lockDrive, unlockedLive, recordGrammar, recordEnergy, recordPause, completeTooEarly
    case ventilationWithoutFan, displayed
    case serviceBegan, serviceStands, serviceEnded, testTooLong, testWithCar, lockFinding

    /// What was broken, in words.
    public var words: StaticString {
        switch self {
        case .closedOutsideC: "closed though five samples over 20 ms do not ask for energy"
        case .closedTooLongInC1: "closed 6 s after x1"
        case .closedUnderF: "closed while the charger holds the pilot at E or F"
        case .closedWithFault: "closed with a fault that opens"
        case .closedBeforeBegin: "closed without a durable begin record of this session"
        case .closedInStall: "closed in a period that came more than 40 ms late, or in the first"
        case .closedInShutdown: "closed in a hard shutdown"
        case .closedOutsideSession: "closed outside a session"
        case .closingFromX1: "closing while no PWM runs"
        case .closingBeforeFilter: "closing before 500 ms of a level that asks under PWM"
        case .closingWithoutDiode: "closing without five good half waves over 100 ms"
        case .closingOntoClosedPole: "closing while a feedback says that a pole is not open"
        case .openedWithoutCause: "opened without a cause"
        case .closedTooLate: "not closed 1 s after everything allowed it"
        case .gatePulse: "a gate pulse in a stalled period or on a stuck contactor, or none elsewhere"
        case .phasesMovedClosed: "L2 and L3 moved while a pole is closed"
        case .phasesMovedUnproven: "L2 and L3 moved before 100 ms of every pole proven open"
        case .phasesMovedTooOften: "phases switched more than 6 times a session or twice within 600 s"
        case .powerOutsideSession: "PWM outside a session"
        case .powerBeforeBegin: "PWM before the begin record is durable"
        case .powerWithFault: "PWM with a fault that stops"
        case .powerDespiteStop: "PWM though the session must end"
        case .powerInBlock: "PWM within a restart block"
        case .powerWithoutX1: "PWM after less than 100 ms of x1, or 750 ms where the pilot was taken from the car"
        case .powerWithoutCar: "PWM towards a car that did not show B, and is neither simplified nor back from D"
        case .cutTooLong: "the pilot taken from the car for more than 4 s"
        case .cutWithoutRelay: "state E on a board without a pilot relay"
        case .cutOfWakingCar: "a wake-up within 5 s of a level that asked"
        case .promiseAboveLimit: "more promised than a source allows"
        case .promiseWrong: "the promise does not follow the limit"
        case .promiseWithoutCode: "a duty cycle outside the code"
        case .limitWrong: "the arbiter's answer is not the least of its sources"
        case .unplugUnnoticed: "an unplugged car was not noticed"
        case .faultLate: "a row's condition persisted, and it was not raised"
        case .faultWithoutCause: "a row was raised without its condition"
        case .faultCleared: "a row cleared before its clear condition was met"
        case .faultHeld: "a row holds though its clear condition was met"
        case .faultShown: "the fault shown is not the one of the greatest effect"
        case .faultForgotten: "a latch that survives power loss did not stand after a restart"
        case .clauseDiffers: "a row of the fault table differs from the clause"
        case .testInput: "the residual self-test does not follow its rules"
        case .lockDrive: "the lock is not driven by its rules"
        case .unlockedLive: "unlocked with current or a live load side"
        case .recordGrammar: "records out of order"
        case .recordEnergy: "a record with an energy that no reading says"
        case .recordPause: "a pause or its end without its record"
        case .completeTooEarly: "shutdown complete with a closed contactor or an open session"
        case .ventilationWithoutFan: "the fan asked for where there is none"
        case .displayed: "the display says other than the outputs"
        case .serviceBegan: "service mode begins without its interlocks, or does not begin with them"
        case .serviceStands: "service mode stands though something ends it"
        case .serviceEnded: "service mode ended without a cause"
        case .testTooLong: "a test keeps the contactor closed beyond its time"
        case .lockFinding: "a test found a stuck lock and does not name the fault"
        case .testWithCar: "a test keeps the contactor closed with a car, or with a current"
        }
    }
}
