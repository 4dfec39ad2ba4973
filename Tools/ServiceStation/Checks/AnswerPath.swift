/// Where in an answer something stands: `connectors[0].state`, or `parts[*].verdict` for each of a list.
struct AnswerPath: Equatable, CustomStringConvertible {
    private enum Step: Equatable {
        case member(String)
        case place(Int)
        case each
    }

    /// What stands there.
    enum Found: Equatable {
        case values([(place: String, value: JSONValue)])
        /// Nothing, from this place on.
        case nothing(String)

        static func == (one: Found, other: Found) -> Bool {
            switch (one, other) {
            case (.nothing(let place), .nothing(let otherPlace)): place == otherPlace
            case (.values(let values), .values(let others)):
                values.map(\.place) == others.map(\.place) && values.map(\.value) == others.map(\.value)
            default: false
            }
        }
    }

    let description: String
    private let steps: [Step]

    /// nil where the text is no such path.
    init?(_ text: String) {
        var steps: [Step] = []
        for (number, part) in text.split(separator: ".", omittingEmptySubsequences: false).enumerated() {
            var rest = part
            let name = rest.prefix { $0 != "[" }
            guard !name.isEmpty || (number == 0 && rest.first == "[") else { return nil }
            if !name.isEmpty { steps.append(.member(String(name))) }
            rest = rest.dropFirst(name.count)
            while rest.first == "[" {
                guard let end = rest.firstIndex(of: "]") else { return nil }
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                if inside == "*" {
                    steps.append(.each)
                } else {
                    guard let place = Int(inside), place >= 0 else { return nil }
                    steps.append(.place(place))
                }
                rest = rest[rest.index(after: end)...]
            }
            guard rest.isEmpty else { return nil }
        }
        guard !steps.isEmpty else { return nil }
        self.steps = steps
        description = text
    }

    /// What an answer holds there. A list of which each is asked for must not be empty: nothing would be looked at.
    func values(in answer: JSONValue) -> Found {
        var found = [(place: "", value: answer)]
        for step in steps {
            var next: [(place: String, value: JSONValue)] = []
            for (place, value) in found {
                switch (step, value) {
                case (.member(let name), .object(let members)):
                    let path = place.isEmpty ? name : "\(place).\(name)"
                    guard let member = members[name] else { return .nothing(path) }
                    next.append((path, member))
                case (.place(let index), .list(let list)):
                    guard index < list.count else { return .nothing("\(place)[\(index)]") }
                    next.append(("\(place)[\(index)]", list[index]))
                case (.each, .list(let list)):
                    guard !list.isEmpty else { return .nothing("\(place)[0]") }
                    next += list.enumerated().map { ("\(place)[\($0.offset)]", $0.element) }
                case (.member(let name), _): return .nothing(place.isEmpty ? name : "\(place).\(name)")
                case (.place, _), (.each, _): return .nothing("\(place)[]")
                }
            }
            found = next
        }
        return .values(found)
    }
}
