import ChargeControl
import Quantities

/// The words of one line of a table, taken from the front.
struct LineWords {
    let place: TablePlace
    private var words: ArraySlice<Substring>

    init(_ text: Substring, place: TablePlace) {
        self.place = place
        words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
    }

    var isEmpty: Bool { words.isEmpty }

    /// The next word.
    mutating func word(_ expected: String) throws(TableError) -> String {
        guard let first = words.popFirst() else { throw .wrong(at: place, expected: expected, found: "nothing") }
        return String(first)
    }

    /// The next word if it is this one.
    mutating func take(_ wanted: String) -> Bool {
        guard let first = words.first, first == wanted else { return false }
        words = words.dropFirst()
        return true
    }

    /// The rest as text.
    mutating func rest() -> String {
        defer { words = [] }
        return words.joined(separator: " ")
    }

    mutating func number(_ expected: String) throws(TableError) -> Int64 {
        let found = try word(expected)
        guard let number = Int64(found), number >= -1_000_000_000, number <= 1_000_000_000_000 else {
            throw .wrong(at: place, expected: expected, found: found)
        }
        return number
    }

    /// One of a few words.
    mutating func choice<Value>(_ choices: [(String, Value)]) throws(TableError) -> Value {
        let expected = choices.map(\.0).joined(separator: ", ")
        let found = try word(expected)
        guard let choice = choices.first(where: { $0.0 == found }) else {
            throw .wrong(at: place, expected: expected, found: found)
        }
        return choice.1
    }

    mutating func fault() throws(TableError) -> FaultCode {
        let found = try word("the number of a fault")
        guard let number = UInt16(found), let code = FaultCode(rawValue: number) else {
            throw .wrong(at: place, expected: "the number of a fault", found: found)
        }
        return code
    }

    func end() throws(TableError) {
        guard let found = words.first else { return }
        throw .wrong(at: place, expected: "the end of the line", found: String(found))
    }
}

extension LineWords {
    mutating func action() throws(TableError) -> Action {
        let found = try word("something to do")
        switch found {
        case "nothing": return .nothing
        case "plant": return .plant(rest())
        case "grant":
            if take("off") { return .noGrant }
            if take("energy") { return .grantEnergy(try number("mWh")) }
            return take("deadline") ? .deadline(try number("milliseconds")) : .grant
        case "owner-stop": return .ownerStop(try choice([("on", true), ("off", false)]))
        case "limit": return try limit()
        case "meter":
            return .meter(
                try choice([("ok", .ok), ("lost", .lost), ("refused", .refused), ("distrusted", .distrusted)]))
        case "records": return .records(try choice([("ok", .ok), ("failed", .failed), ("nearly-full", .nearlyFull)]))
        case "begin": return .acknowledges(try choice([("held", false), ("durable", true)]))
        case "technician": return .technicianReset(try fault())
        case "self-test": return .selfTest
        case "phases": return .phases(try choice([("1", .single), ("3", .three)]))
        case "shutdown": return try choice([("soft", .softShutdown), ("hard", .hardShutdown)])
        case "power-cycle": return .powerCycle(hasNewContactor: take("new-contactor"))
        default: throw .wrong(at: place, expected: "something to do", found: found)
        }
    }

    private mutating func limit() throws(TableError) -> Action {
        let source = try choice(LimitSource.allCases.map { ("\($0)", $0) })
        if take("none") { return .limit(source, nil, expiresAfter: nil, failSafe: 0) }
        let current = try current()
        guard take("expires") else { return .limit(source, current, expiresAfter: nil, failSafe: 0) }
        let expiry = try number("milliseconds")
        return .limit(source, current, expiresAfter: expiry, failSafe: take("failsafe") ? try self.current() : 0)
    }

    private mutating func current() throws(TableError) -> Int32 {
        let found = try number("milliamperes")
        guard let current = Int32(exactly: found) else {
            throw .wrong(at: place, expected: "milliamperes", found: "\(found)")
        }
        return current
    }

    mutating func observable() throws(TableError) -> Observable {
        let found = try word("something that can be seen")
        switch found {
        case "contactor": return .contactor(on: try choice([("on", true), ("off", false)]))
        case "contacts": return .contacts(try choice(Snapshot.Contacts.allCases.map { ($0.rawValue, $0) }))
        case "pilot": return .pilot(try choice(Observable.Pilot.allCases.map { ($0.rawValue, $0) }))
        case "offer": return .offer(try current())
        case "fault": return .fault(try fault())
        case "no":
            guard take("fault") else { throw .wrong(at: place, expected: "fault", found: rest()) }
            guard !isEmpty, let code = try? peekFault() else { return .faultless }
            _ = try fault()
            return .noFault(code)
        case "lock": return .lock(locked: try choice([("locked", true), ("unlocked", false)]))
        case "phase": return .phase(try choice(SessionPhase.allCases.map { ("\($0)", $0) }))
        case "level": return .level(try choice(PilotLevel.allCases.map { (Observable.letter($0), $0) }))
        case "recorded": return .recorded(try choice(Observable.Record.allCases.map { ($0.rawValue, $0) }))
        case "ended": return .ended(try choice(StopReason.allCases.map { ("\($0)", $0) }))
        case "latched": return .latched(try fault())
        case "cleared": return .cleared(try fault())
        case "mode": return .mode(try choice([("single", .single), ("three", .three)]))
        case "ventilation": return .ventilation(on: try choice([("on", true), ("off", false)]))
        default: throw .wrong(at: place, expected: "something that can be seen", found: found)
        }
    }

    private func peekFault() throws(TableError) -> FaultCode {
        var copy = self
        return try copy.fault()
    }

    /// The rest of the line: when it must be so.
    mutating func condition() throws(TableError) -> Expectation.Condition {
        if isEmpty { return .stays }
        let found = try word("by, between, first, lasts, never or nothing")
        switch found {
        case "by": return .between(0, try number("milliseconds"))
        case "between": return .between(try number("milliseconds"), try number("milliseconds"))
        case "first": return .first(try number("milliseconds"), try number("milliseconds"))
        case "lasts": return .lasts(try number("milliseconds"), try number("milliseconds"))
        case "never": return .never
        default: throw .wrong(at: place, expected: "by, between, first, lasts, never or nothing", found: found)
        }
    }
}
