import ChargeControl
import Quantities

// Service mode: what was asked for, and what the core answered. A test is a word for its kind, one for its pattern and one for
// its time; what a kind does not have is 0.
extension FieldCoder {
    /// Every field of a wish. A field that `ServiceWish` gains is added here and nowhere else.
    @_noLocks
    mutating func code(_ wish: inout ServiceWish) {
        enter("service")
        code(&wish.visit, "visit")
        code(&wish.heardAt, "heardAt")
        code(&wish.testNumber, "testNumber")
        code(&wish.test)
    }

    @_noLocks
    private mutating func code(_ test: inout ServiceTest) {
        var kind = Int64(0)
        var pattern = LampPattern.off
        var time = Nanoseconds(0)
        switch test {
        case .none: break
        case .contactor(let wanted):
            kind = 1
            time = wanted
        case .lock(let wanted):
            kind = 2
            time = wanted
        case .lamps(let shown, let wanted):
            kind = 3
            pattern = shown
            time = wanted
        }
        kind = word(kind, "test")
        code(&pattern, "test.pattern")
        code(&time, "test.time")
        switch kind {
        case 0: test = .none
        case 1: test = .contactor(time)
        case 2: test = .lock(time)
        case 3: test = .lamps(pattern, time)
        default: refuse()
        }
    }

    @_noLocks
    private mutating func code(_ value: inout LampPattern, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .off: 0
            case .available: 1
            case .connected: 2
            case .charging: 3
            case .fault: 4
            case .service: 5
            case .all: 6
            }
        switch word(number, name) {
        case 0: value = .off
        case 1: value = .available
        case 2: value = .connected
        case 3: value = .charging
        case 4: value = .fault
        case 5: value = .service
        case 6: value = .all
        default: refuse()
        }
    }

    /// Every field of a report. A field that `ServiceReport` or `ServiceTestReport` gains is added here and nowhere else.
    @_noLocks
    mutating func note(_ report: ServiceReport) {
        enter("service report")
        word(Int64(report.visit), "visit")
        word(Int64(report.judged), "judged")
        word(report.until.nanoseconds, "until")
        note(report.ended, "ended")
        note(report.fault, "fault")
        note(report.obstacle, "obstacle")
        var lamps = Int64(0)
        if let pattern = report.lamps { lamps = Int64(unsafeBitCast(pattern, to: UInt8.self)) + 1 }
        word(lamps, "lamps")
        enter("service test")
        let test = report.test
        word(Int64(test.number), "number")
        word(Int64(unsafeBitCast(test.stage, to: UInt8.self)), "stage")
        note(test.cause, "cause")
        note(test.fault, "fault")
        note(test.actuation, "actuation")
        note(test.release, "release")
        word(Int64(test.actuationTries), "actuationTries")
        word(Int64(test.releaseTries), "releaseTries")
        word(Int64(unsafeBitCast(test.weld, to: UInt8.self)), "weld")
    }

    @_noLocks
    private mutating func note(_ bar: ServiceBar?, _ name: StaticString) {
        var number = Int64(0)
        if let bar { number = Int64(unsafeBitCast(bar, to: UInt8.self)) + 1 }
        word(number, name)
    }

    @_noLocks
    private mutating func note(_ fault: FaultCode?, _ name: StaticString) {
        var fault = fault
        code(&fault, name)
    }

    /// A duration that may be missing: 0 for none, else one more than it.
    @_noLocks
    private mutating func note(_ time: Nanoseconds?, _ name: StaticString) {
        var number = Int64(0)
        if let time { number = time.rawValue &+ 1 }
        word(number, name)
    }
}
