/// Why a configuration file or a profile cannot be used.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be read at all.
    case unreadable(file: String, reason: String)
    /// Everything that is wrong in the file, in the order of its lines; never empty.
    case mistakes([ConfigurationMistake])

    /// One line for each mistake.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .mistakes(let mistakes): mistakes.map(\.description).joined(separator: "\n")
        }
    }

    /// The mistakes, one a line to print; an unreadable file counts as one, at its start.
    public var mistakes: [ConfigurationMistake] {
        switch self {
        case .unreadable(let file, let reason):
            [ConfigurationMistake(file: file, position: .start, key: "", expected: "a readable file", found: reason)]
        case .mistakes(let mistakes): mistakes
        }
    }
}
