import Foundation

/// Calls that a kind of room never makes.
enum CallRule {
    struct Ban {
        let pattern: String
        let message: String
        /// A match that contains this is let through.
        var exception: String?
    }

    /// In a pure room, time, randomness and the world come in by parameters.
    static let inPureRooms: [Ban] = [
        Ban(
            pattern: #"\b(clock_gettime|gettimeofday|clock_nanosleep|mach_absolute_time)\b"#,
            message: "reads a clock; time comes in as a parameter"),
        Ban(
            pattern: #"\b(ContinuousClock|SuspendingClock|DispatchTime|ProcessInfo)\b"#,
            message: "reads a clock; time comes in as a parameter"),
        Ban(
            pattern: #"\bDate(\.init)?\s*\(\s*\)|\bDate\.now\b|(?<![.\w])time\s*\(\s*(nil|NULL|&|0\s*\))"#,
            message: "reads a clock; time comes in as a parameter"),
        Ban(
            pattern:
                #"(?<![.\w])open(at)?\s*\(\s*("|[^()]*\bO_[A-Z])|\bfopen\b|\b(FileHandle|FileManager|FileDescriptor)\b"#,
            message: "touches files; bytes come in as a parameter"),
        Ban(
            pattern: #"(?<![.\w])(?<!func )(print|debugPrint|dump|fputs|puts|printf|fprintf|NSLog)\s*\("#,
            message: "writes output; results go out as values"),
        Ban(
            pattern:
                #"\b(SystemRandomNumberGenerator|getrandom|arc4random\w*)\b|\bUUID\s*\(\s*\)|\bSymmetricKey\s*\(\s*size"#,
            message: "draws a random number; randomness comes in as a parameter"),
        Ban(
            pattern: #"\.(random|randomElement|shuffled?)\s*\(([^()]|\([^()]*\))*\)"#,
            message: "draws a random number; randomness comes in as a parameter", exception: "using:"),
        Ban(
            pattern: #"\bPrivateKey\s*\(\s*(compactRepresentable:[^()]*)?\)"#,
            message: "makes a key; keys are made in DeviceKeys"),
        Ban(pattern: #"\bgetenv\b|\bCommandLine\b"#, message: "reads the process's surroundings"),
    ]

    /// In whatever ships, a broken invariant speaks and opens the contactor before it traps.
    static let inSources: [Ban] = [
        Ban(
            pattern: #"(?<![.\w])(precondition|preconditionFailure|fatalError|assert|assertionFailure)\s*\("#,
            message: "traps without a word in a release build; use invariant(_:_:), or refuse with an error"),
        Ban(pattern: #"\btry!"#, message: "traps on an error; handle it"),
    ]

    static func check(path: String, text: String, rooms: [Room] = Arrows.rooms) -> [Violation] {
        let kind = FileKind(path: path, text: text)
        guard kind == .swift || kind == .c, path.hasPrefix("Sources/") else { return [] }
        var bans = inSources
        if ImportRule.room(holding: path, in: rooms)?.isPure == true { bans += inPureRooms }
        let code = SourceText.code(of: text)
        return bans.flatMap { found($0, in: code, path: path) }.sorted { $0.line < $1.line }
    }

    private static func found(_ ban: Ban, in code: String, path: String) -> [Violation] {
        guard let expression = try? NSRegularExpression(pattern: ban.pattern) else {
            return [Violation(path, 0, "the tidy's own pattern does not compile: \(ban.pattern)")]
        }
        let text = code as NSString
        return expression.matches(in: code, range: NSRange(location: 0, length: text.length)).compactMap { match in
            let words = text.substring(with: match.range)
            if let exception = ban.exception, words.contains(exception) { return nil }
            let before = text.substring(to: match.range.location)
            let line = before.utf8.count(where: { $0 == UInt8(ascii: "\n") }) + 1
            return Violation(path, line, "`\(words.prefix(40))` \(ban.message)")
        }
    }
}
