/// What came of a step.
enum CheckVerdict: Equatable {
    case holds
    /// The answer is another one than it has to be.
    case differs([Difference])
    /// Carried out, though a refusal was asked for; or refused, or refused for another reason.
    case refused(expected: String?, found: String)
    /// The charger did not answer.
    case noAnswer

    struct Difference: Equatable {
        var place: String
        var expected: String
        var found: String
    }

    /// Judges a reply: the whole line of JSON that came back.
    static func of(_ reply: JSONValue, for step: CheckList.Step) -> CheckVerdict {
        guard case .object(let members) = reply, case .flag(let isDone)? = members["ok"] else { return .noAnswer }
        guard isDone else {
            let code = text(members["err"]) ?? "refused"
            if code == step.refusal { return .holds }
            return .refused(
                expected: step.refusal, found: text(members["msg"]).map { "\(code): \($0)" } ?? code)
        }
        if let refusal = step.refusal { return .refused(expected: refusal, found: "carried out") }
        let answer = members["data"] ?? .null
        let differences = step.expectations.flatMap { deviations(of: answer, from: $0) }
        return differences.isEmpty ? .holds : .differs(differences)
    }

    private static func deviations(
        of answer: JSONValue, from expectation: CheckList.Expectation
    ) -> [Difference] {
        switch expectation.path.values(in: answer) {
        case .nothing(let place):
            if expectation.condition == .present(false) { return [] }
            return [Difference(place: place, expected: "\(expectation.condition)", found: "nothing")]
        case .values(let values):
            return values.filter { !expectation.condition.holds(for: $0.value) }.map {
                Difference(place: $0.place, expected: "\(expectation.condition)", found: $0.value.encoded)
            }
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        if case .text(let text)? = value { text } else { nil }
    }

    /// One line for each thing that is not as it has to be.
    var words: [String] {
        switch self {
        case .holds: []
        case .differs(let differences):
            differences.map { "\($0.place): expected \($0.expected), found \($0.found)" }
        case .refused(let expected?, let found): ["expected the refusal \(expected), found: \(found)"]
        case .refused(nil, let found): ["refused: \(found)"]
        case .noAnswer: ["no answer"]
        }
    }
}
