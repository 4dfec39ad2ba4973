import ChargeControl
import Quantities

// A record intent is thirteen words whatever its kind; what a kind does not have is 0.

/// The words of all the record intents of a step: 16 at most.
typealias IntentWords = InlineArray<208, Int64>

extension FieldCoder {
    /// The words of one intent.
    static var intentWords: Int { @_noLocks get { 13 } }

    /// Every field of a record intent, number `element` of its step.
    @_noLocks
    mutating func note(_ intent: RecordIntent, element: Int32) {
        var own = IntentFields()
        switch intent {
        case .begin(let mark):
            own.kind = 1
            note(own, mark, element)
        case .tick(let mark, let index, let boundaries):
            own.kind = 2
            own.first = Int64(index)
            own.second = Int64(boundaries)
            note(own, mark, element)
        case .pause(let mark, let cause):
            own.kind = 3
            own.first = number(of: cause)
            note(own, mark, element)
        case .resume(let mark):
            own.kind = 4
            note(own, mark, element)
        case .end(let mark, let reason, let fault, let ticks, let isFinalReading):
            own.kind = 5
            own.first = number(of: reason)
            own.second = row(of: fault)
            own.third = Int64(ticks)
            own.fourth = isFinalReading ? 1 : 0
            note(own, mark, element)
        case .faultLatched(let fault):
            own.kind = 6
            own.first = row(of: fault)
            note(own, element)
        case .faultCleared(let fault, let clearing):
            own.kind = 7
            own.first = row(of: fault)
            own.second = number(of: clearing)
            note(own, element)
        case .wear(let wear):
            own.kind = 8
            own.first = Int64(wear.operations)
            own.second = Int64(wear.openingsUnderLoad)
            own.third = Int64(bitPattern: wear.switchedSquareAmpereMilliseconds)
            own.fourth = wear.closingTime.rawValue
            own.fifth = wear.openingTime.rawValue
            note(own, element)
        case .residualSelfTest(let passed, let tripTime):
            own.kind = 9
            own.first = passed ? 1 : 0
            if let tripTime {
                own.second = 1
                own.third = tripTime.rawValue
            }
            note(own, element)
        }
    }

    @_noLocks
    private mutating func note(_ own: IntentFields, _ mark: SessionMark, _ element: Int32) {
        var fields = own
        fields.session = Int64(mark.session)
        fields.grantSlot = Int64(mark.grantSlot)
        fields.number = Int64(bitPattern: mark.sample.number)
        fields.imported = mark.sample.imported.rawValue
        fields.at = mark.sample.at.nanoseconds
        fields.elapsed = mark.sample.elapsed.rawValue
        fields.energy = mark.energy.rawValue
        note(fields, element)
    }

    /// The words of an intent, in order.
    @_noLocks
    mutating func note(_ fields: IntentFields, _ element: Int32) {
        enter("records", element: element)
        word(fields.kind, "kind")
        word(fields.first, "first")
        word(fields.second, "second")
        word(fields.third, "third")
        word(fields.fourth, "fourth")
        word(fields.fifth, "fifth")
        word(fields.session, "session")
        word(fields.grantSlot, "grantSlot")
        word(fields.number, "sample.number")
        word(fields.imported, "sample.imported")
        word(fields.at, "sample.at")
        word(fields.elapsed, "sample.elapsed")
        word(fields.energy, "energy")
    }

    @_noLocks
    private func row(of fault: FaultCode?) -> Int64 {
        guard let fault else { return 0 }
        return Int64(unsafeBitCast(fault, to: UInt8.self)) + 1
    }

    /// A choice by its place in its declaration.
    @_noLocks
    private func number(of cause: PauseCause) -> Int64 { Int64(unsafeBitCast(cause, to: UInt8.self)) }

    /// A choice by its place in its declaration.
    @_noLocks
    private func number(of clearing: FaultClearing) -> Int64 { Int64(unsafeBitCast(clearing, to: UInt8.self)) }

    /// A choice by its place in its declaration.
    @_noLocks
    private func number(of reason: StopReason) -> Int64 { Int64(unsafeBitCast(reason, to: UInt8.self)) }
}

/// A record intent with its kind and what is its own as numbers (docs/flight-recording.md, "Record intents").
struct IntentFields: Sendable, BitwiseCopyable {
    var kind: Int64 = 0
    var first: Int64 = 0
    var second: Int64 = 0
    var third: Int64 = 0
    var fourth: Int64 = 0
    var fifth: Int64 = 0
    var session: Int64 = 0
    var grantSlot: Int64 = 0
    var number: Int64 = 0
    var imported: Int64 = 0
    var at: Int64 = 0
    var elapsed: Int64 = 0
    var energy: Int64 = 0

    @_noLocks
    init() {}
}
