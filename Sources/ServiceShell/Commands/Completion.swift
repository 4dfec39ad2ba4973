/// What Tab makes of a line's beginning.
enum Completion: Equatable, Sendable {
    /// Text to put in.
    case insert(String)
    /// Several go on from here.
    case choices([String])
    case nothing

    init(of text: String, role: AccessRole) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        let begun = text.hasSuffix(" ") ? "" : words.last ?? ""
        let before = text.hasSuffix(" ") ? words : Array(words.dropLast())
        let next = CommandTable.rows.filter { row in
            row.role <= role && row.words.count > before.count && Array(row.words.prefix(before.count)) == before
                && row.words[before.count].hasPrefix(begun)
        }
        let candidates = Set(next.map { $0.words[before.count] }).sorted()
        switch candidates.count {
        case 0: self = .nothing
        case 1: self = .insert(candidates[0].dropFirst(begun.count) + " ")
        default:
            let common = candidates.dropFirst().reduce(candidates[0]) { $0.commonPrefix(with: $1) }
            self = common.count > begun.count ? .insert(String(common.dropFirst(begun.count))) : .choices(candidates)
        }
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
