/// A list of checks for chargers, one after the other:
///
///     {"name": "Acceptance", "steps": [
///         {"name": "the right one", "run": "ident", "expect": {"serial": "W1-7"}},
///         {"run": "meter", "expect": {"meters[*].accepted": {"least": 3}}, "within_s": 30},
///         {"run": "limit.set", "args": {"current_ma": 16000, "connector": 1}},
///         {"run": "key.rotate", "fails": "E_INTERLOCK"}]}
///
/// `run` is a command as programs give it (docs/service-shell.md). A field that is not known refuses the whole list.
struct CheckList: Equatable {
    struct Step: Equatable {
        var name: String
        var command: String
        var arguments: [String: JSONValue]
        /// Places of the answer, and what each has to be.
        var expectations: [Expectation]
        /// The refusal that is asked for; nil where the command has to be carried out.
        var refusal: String?
        /// So long it is asked again until it holds, in seconds; only for what looks.
        var patience: Int64
    }

    struct Expectation: Equatable {
        var path: AnswerPath
        var condition: Condition
    }

    var name: String
    var steps: [Step]

    /// - Throws: `CheckFault` with the place of what is no list of checks.
    init(reading value: JSONValue) throws(CheckFault) {
        let members = try Self.members(value, at: "list", known: ["name", "steps"])
        name = try Self.text(members["name"], at: "name") ?? "Checks"
        guard case .list(let items)? = members["steps"], !items.isEmpty else {
            throw CheckFault(place: "steps", expected: "a list of steps", found: members["steps"]?.encoded ?? "nothing")
        }
        steps = []
        for (number, item) in items.enumerated() { steps.append(try Self.step(item, at: "steps[\(number)]")) }
    }

    private static func step(_ value: JSONValue, at place: String) throws(CheckFault) -> Step {
        let members = try members(
            value, at: place, known: ["name", "run", "args", "expect", "fails", "within_s"])
        guard let command = try text(members["run"], at: "\(place).run"), !command.isEmpty else {
            throw CheckFault(place: "\(place).run", expected: "a command", found: "nothing")
        }
        let arguments = try members["args"].map { (value) throws(CheckFault) in
            try Self.members(value, at: "\(place).args", known: nil)
        }
        var expectations: [Expectation] = []
        if let expect = members["expect"] {
            let wanted = try Self.members(expect, at: "\(place).expect", known: nil)
            for (key, value) in wanted.sorted(by: { $0.key < $1.key }) {
                let at = "\(place).expect.\(key)"
                guard let path = AnswerPath(key) else {
                    throw CheckFault(place: at, expected: "a place in an answer, as a.b[0] or a[*].b", found: key)
                }
                expectations.append(Expectation(path: path, condition: try Condition(reading: value, at: at)))
            }
        }
        let refusal = try text(members["fails"], at: "\(place).fails")
        if refusal != nil, !expectations.isEmpty {
            throw CheckFault(place: place, expected: "expect or fails", found: "both")
        }
        var patience: Int64 = 0
        if let value = members["within_s"] {
            guard case .integer(let seconds) = value, (0...3_600).contains(seconds) else {
                throw CheckFault(place: "\(place).within_s", expected: "0 to 3600 seconds", found: value.encoded)
            }
            patience = seconds
        }
        return Step(
            name: try text(members["name"], at: "\(place).name") ?? command, command: command,
            arguments: arguments ?? [:], expectations: expectations, refusal: refusal, patience: patience)
    }

    private static func members(
        _ value: JSONValue, at place: String, known: Set<String>?
    ) throws(CheckFault) -> [String: JSONValue] {
        guard case .object(let members) = value else {
            throw CheckFault(place: place, expected: "an object", found: value.encoded)
        }
        if let known, let strange = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw CheckFault(
                place: "\(place).\(strange)", expected: known.sorted().joined(separator: ", "), found: "\"\(strange)\"")
        }
        return members
    }

    private static func text(_ value: JSONValue?, at place: String) throws(CheckFault) -> String? {
        switch value {
        case nil: return nil
        case .text(let text): return text
        case let other?: throw CheckFault(place: place, expected: "a text", found: other.encoded)
        }
    }
}
