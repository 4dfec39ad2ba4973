/// What a witness said when it was asked for a header: its word, which the ``Detector`` judges.
public enum WitnessAnswer: Sendable, Equatable {
    /// A header with its commit.
    case header(SignedHeader)
    /// It has no block of that height yet.
    case notYet
    /// It did not answer, cannot be understood, or no longer has the block; the words say why.
    case none(String)
}

/// How a witness stands in one comparison.
public enum WitnessStanding: Sendable, Equatable {
    /// It has not been heard yet.
    case unheard
    /// It does not have the height yet; its newest header is to be asked for.
    case notYet
    /// Its chain had neither reached the height nor the time of the header when it was asked last.
    case behind(newest: Int64)
    /// It has the same header.
    case equal
    /// It has another header.
    case conflicting
    /// It counts for nothing in this comparison.
    case ignored(String)
    /// It is not to be asked again.
    case dropped(String)
}
