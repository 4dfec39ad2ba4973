/// An invariant that did not hold.
public struct SoakBreach: Error {
    public let words: String

    init(_ words: String) { self.words = words }
}
