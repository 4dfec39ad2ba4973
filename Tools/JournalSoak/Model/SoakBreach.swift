/// An invariant that did not hold, in words.
public struct SoakBreach: Error, Sendable {
    public let words: String

    init(_ words: String) { self.words = words }
}
