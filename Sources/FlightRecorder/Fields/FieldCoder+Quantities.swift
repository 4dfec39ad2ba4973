import ChargeControl
import Quantities

// Numbers as words. An optional 32-bit number is one word: 0 for none, else the number moved away from 0 by one.
extension FieldCoder {
    @_noLocks
    mutating func code(_ value: inout Bool, _ name: StaticString) {
        switch word(value ? 1 : 0, name) {
        case 0: value = false
        case 1: value = true
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout Bool?, _ name: StaticString) {
        var known = Int64(0)
        if let value { known = value ? 2 : 1 }
        switch word(known, name) {
        case 0: value = nil
        case 1: value = false
        case 2: value = true
        default: refuse()
        }
    }

    @_noLocks
    mutating func code(_ value: inout UInt8, _ name: StaticString) {
        let word = word(Int64(value), name)
        if word < 0 || word > 255 { refuse() }
        value = UInt8(truncatingIfNeeded: word)
    }

    @_noLocks
    mutating func code(_ value: inout UInt32, _ name: StaticString) {
        let word = word(Int64(value), name)
        if word < 0 || word > 0xFFFF_FFFF { refuse() }
        value = UInt32(truncatingIfNeeded: word)
    }

    @_noLocks
    mutating func code(_ value: inout UInt64, _ name: StaticString) {
        value = UInt64(bitPattern: word(Int64(bitPattern: value), name))
    }

    @_noLocks
    mutating func code(_ value: inout Milliamps, _ name: StaticString) {
        value = Milliamps(narrow(word(Int64(value.rawValue), name)))
    }

    @_noLocks
    mutating func code(_ value: inout Millivolts, _ name: StaticString) {
        value = Millivolts(narrow(word(Int64(value.rawValue), name)))
    }

    @_noLocks
    mutating func code(_ value: inout MilliwattHours, _ name: StaticString) {
        value = MilliwattHours(word(value.rawValue, name))
    }

    @_noLocks
    mutating func code(_ value: inout Nanoseconds, _ name: StaticString) {
        value = Nanoseconds(word(value.rawValue, name))
    }

    @_noLocks
    mutating func code(_ value: inout MonotonicInstant, _ name: StaticString) {
        value = MonotonicInstant(nanoseconds: word(value.nanoseconds, name))
    }

    /// A moment as its age: it moves along with `now`, and costs nothing where the age stays the same.
    @_noLocks
    mutating func code(ageOf value: inout MonotonicInstant, at now: MonotonicInstant, _ name: StaticString) {
        let age = word(now.nanoseconds &- value.nanoseconds, name)
        value = MonotonicInstant(nanoseconds: now.nanoseconds &- age)
    }

    /// A moment that may be missing, as two words: whether it is there, and the moment.
    @_noLocks
    mutating func code(_ value: inout MonotonicInstant?, isThere: StaticString, _ name: StaticString) {
        var there = value != nil
        var moment = value ?? MonotonicInstant(nanoseconds: 0)
        code(&there, isThere)
        code(&moment, name)
        value = there ? moment : nil
    }

    @_noLocks
    mutating func code(_ value: inout Milliamps?, _ name: StaticString) {
        var number: Int32?
        if let value { number = value.rawValue }
        let read = optional(number, name)
        value = nil
        if let read { value = Milliamps(read) }
    }

    @_noLocks
    mutating func code(_ value: inout Millivolts?, _ name: StaticString) {
        var number: Int32?
        if let value { number = value.rawValue }
        let read = optional(number, name)
        value = nil
        if let read { value = Millivolts(read) }
    }

    @_noLocks
    mutating func code(_ value: inout Millihertz?, _ name: StaticString) {
        var number: Int32?
        if let value { number = value.rawValue }
        let read = optional(number, name)
        value = nil
        if let read { value = Millihertz(read) }
    }

    @_noLocks
    mutating func code(_ value: inout DeciCelsius?, _ name: StaticString) {
        var number: Int32?
        if let value { number = value.rawValue }
        let read = optional(number, name)
        value = nil
        if let read { value = DeciCelsius(read) }
    }

    @_noLocks
    mutating func code(_ value: inout Ohms?, _ name: StaticString) {
        var number: Int32?
        if let value { number = value.rawValue }
        let read = optional(number, name)
        value = nil
        if let read { value = Ohms(read) }
    }

    @_noLocks
    private mutating func narrow(_ word: Int64) -> Int32 {
        if word < Int64(Int32.min) || word > Int64(Int32.max) { refuse() }
        return Int32(truncatingIfNeeded: word)
    }

    @_noLocks
    private mutating func optional(_ value: Int32?, _ name: StaticString) -> Int32? {
        var packed = Int64(0)
        if let value { packed = value < 0 ? Int64(value) : Int64(value) + 1 }
        let word = word(packed, name)
        if word == 0 { return nil }
        return narrow(word < 0 ? word : word - 1)
    }
}
