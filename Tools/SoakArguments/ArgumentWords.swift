/// The words of a soak's command line, taken one by one. The soaks are built without the package's libraries where their bugs are put
/// back, so they read their few words themselves.
public struct ArgumentWords {
    /// Something that is no argument.
    public struct Mistake: Error {
        /// What is wrong, for the first line of the answer.
        public let words: String
    }

    private var left: ArraySlice<String>

    /// The words behind the program's name.
    public init(_ words: [String]) { left = words[...] }

    /// The next word, or nil behind the last.
    public mutating func next() -> String? { left.popFirst() }

    /// The number behind an argument's name: `least` at least, below 2^62.
    public mutating func number(after name: String, from least: UInt64) throws(Mistake) -> UInt64 {
        guard let word = left.popFirst(), let number = UInt64(word), number >= least, number < 1 << 62 else {
            throw Mistake(words: "\(name) needs a number from \(least)")
        }
        return number
    }

    /// How many threads work at once: 1 to 256.
    public mutating func jobs(after name: String) throws(Mistake) -> Int {
        Int(min(try number(after: name, from: 1), 256))
    }

    /// What to throw for a word that nobody knows.
    public static func unknown(_ word: String) -> Mistake { Mistake(words: "unknown argument \(word)") }
}
