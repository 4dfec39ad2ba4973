/// What a value has to be.
enum Condition: Equatable, CustomStringConvertible {
    case equal(JSONValue)
    case not(JSONValue)
    case oneOf([JSONValue])
    /// Numbers, both ends included.
    case range(least: Double?, most: Double?)
    case contains(String)
    /// Whether there is a value at all; `null` is none.
    case present(Bool)

    /// - Parameter place: where the condition stands, for errors.
    init(reading value: JSONValue, at place: String) throws(CheckFault) {
        guard case .object(let members) = value else {
            guard value.isScalar else {
                throw CheckFault(place: place, expected: "a value or a condition", found: value.encoded)
            }
            self = .equal(value)
            return
        }
        switch (members.keys.sorted(), members) {
        case (["least"], _), (["most"], _), (["least", "most"], _):
            for key in members.keys where members[key]?.quantity == nil {
                throw CheckFault(place: "\(place).\(key)", expected: "a number", found: members[key]?.encoded ?? "")
            }
            self = .range(least: members["least"]?.quantity, most: members["most"]?.quantity)
        case (["one_of"], _):
            guard case .list(let values)? = members["one_of"], !values.isEmpty, values.allSatisfy(\.isScalar) else {
                throw CheckFault(place: "\(place).one_of", expected: "a list of values", found: value.encoded)
            }
            self = .oneOf(values)
        case (["not"], _):
            guard let other = members["not"], other.isScalar else {
                throw CheckFault(place: "\(place).not", expected: "a value", found: value.encoded)
            }
            self = .not(other)
        case (["contains"], _):
            guard case .text(let text)? = members["contains"] else {
                throw CheckFault(place: "\(place).contains", expected: "a text", found: value.encoded)
            }
            self = .contains(text)
        case (["present"], _):
            guard case .flag(let flag)? = members["present"] else {
                throw CheckFault(place: "\(place).present", expected: "true or false", found: value.encoded)
            }
            self = .present(flag)
        default:
            throw CheckFault(
                place: place, expected: "least, most, one_of, not, contains or present", found: value.encoded)
        }
    }

    /// Whether a value is as it has to be.
    func holds(for value: JSONValue) -> Bool {
        switch self {
        case .equal(let other): Self.equals(value, other)
        case .not(let other): !Self.equals(value, other)
        case .oneOf(let values): values.contains { Self.equals(value, $0) }
        case .range(let least, let most):
            value.quantity.map { $0 >= least ?? $0 && $0 <= most ?? $0 } ?? false
        case .contains(let text):
            if case .text(let found) = value { found.contains(text) } else { false }
        case .present(let isPresent): (value != .null) == isPresent
        }
    }

    private static func words(_ number: Double) -> String { Int64(exactly: number).map { "\($0)" } ?? "\(number)" }

    private static func equals(_ one: JSONValue, _ other: JSONValue) -> Bool {
        if let quantity = one.quantity, let otherQuantity = other.quantity { return quantity == otherQuantity }
        return one == other
    }

    var description: String {
        switch self {
        case .equal(let value): value.encoded
        case .not(let value): "not \(value.encoded)"
        case .oneOf(let values): values.map(\.encoded).joined(separator: " or ")
        case .range(let least?, let most?): "\(Self.words(least)) to \(Self.words(most))"
        case .range(let least?, nil): "at least \(Self.words(least))"
        case .range(nil, let most): "at most \(Self.words(most ?? .infinity))"
        case .contains(let text): "a text with \"\(text)\""
        case .present(let isPresent): isPresent ? "a value" : "no value"
        }
    }
}

/// What is wrong in a list of checks, and where.
struct CheckFault: Error, Equatable, CustomStringConvertible {
    var place: String
    var expected: String
    var found: String

    var description: String { "\(place): expected \(expected), found \(found)" }
}
