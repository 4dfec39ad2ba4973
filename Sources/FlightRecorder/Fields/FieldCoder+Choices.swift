import ChargeControl

// Choices of an input as words. Every choice has its number here, whatever its place in its declaration.
extension FieldCoder {
    @_noLocks
    mutating func code(_ value: inout ContactFeedback, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .unknown: 0
            case .open: 1
            case .closed: 2
            }
        switch word(number, name) {
        case 0: value = .unknown
        case 1: value = .open
        case 2: value = .closed
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout LockFeedback, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .unknown: 0
            case .unlocked: 1
            case .locked: 2
            }
        switch word(number, name) {
        case 0: value = .unknown
        case 1: value = .unlocked
        case 2: value = .locked
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout MeterState, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .ok: 0
            case .lost: 1
            case .refused: 2
            case .distrusted: 3
            }
        switch word(number, name) {
        case 0: value = .ok
        case 1: value = .lost
        case 2: value = .refused
        case 3: value = .distrusted
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout RecordStoreState, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .ok: 0
            case .nearlyFull: 1
            case .failed: 2
            }
        switch word(number, name) {
        case 0: value = .ok
        case 1: value = .nearlyFull
        case 2: value = .failed
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout LimitCause, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .grant: 0
            case .driver: 1
            }
        switch word(number, name) {
        case 0: value = .grant
        case 1: value = .driver
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout PhaseMode, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .single: 1
            case .three: 3
            }
        switch word(number, name) {
        case 1: value = .single
        case 3: value = .three
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout WakeUpPlan, _ name: StaticString) {
        let number: Int64 =
            switch value {
            case .never: 0
            case .open: 1
            case .openThenF: 2
            }
        switch word(number, name) {
        case 0: value = .never
        case 1: value = .open
        case 2: value = .openThenF
        default: refuse()
        }
    }

    /// A reason by its place in `LimitReason`.
    @_noLocks
    mutating func code(_ value: inout LimitReason, _ name: StaticString) {
        let number = word(Int64(unsafeBitCast(value, to: UInt8.self)), name)
        if isRestoring() { value = limitReason(number) }
    }

    /// A fault by its row in the table: 0 for none, else the row from 1.
    @_noLocks
    mutating func code(_ value: inout FaultCode?, _ name: StaticString) {
        var row = Int64(0)
        if let value { row = Int64(unsafeBitCast(value, to: UInt8.self)) + 1 }
        let number = word(row, name)
        if isRestoring() { value = number == 0 ? nil : fault(number - 1) }
    }
}
