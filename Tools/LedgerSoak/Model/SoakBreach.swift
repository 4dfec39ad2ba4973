/// An invariant that did not hold, in words.
public struct SoakBreach: Error, Sendable {
    public let words: String

    init(_ words: String) { self.words = words }
}

/// Ends a world where something is not so.
func require(_ holds: Bool, _ words: @autoclosure () -> String) throws(SoakBreach) {
    if !holds { throw SoakBreach(words()) }
}
