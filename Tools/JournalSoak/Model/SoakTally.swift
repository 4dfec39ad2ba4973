/// What a run of histories went through.
public struct SoakTally: Sendable, Equatable {
    public var histories = 0
    public var lives = 0
    public var kills = 0
    public var cuts = 0
    public var records = 0
    public var sessions = 0
    public var acknowledgements = 0
    public var prunes = 0
    public var resumes = 0
    public var signerLosses = 0
    /// Openings that a reported error kept shut; the next one went on.
    public var refusedOpenings = 0
    /// Histories in which only faults of class 1 came to pass.
    public var classOne = 0
    /// Histories in which the disk lied.
    public var classTwo = 0
    /// Lies that cost nothing.
    public var harmless = 0
    /// Refused by the journal, with the slot, segment or file named.
    public var named = 0
    /// The two stated exceptions: published records were gone, and the journal alone could not know.
    public var droppedFlush = 0
    public var rotOfTheLast = 0
    /// How many of the exceptions the signer's memory or the ledger's head showed before anything new was signed.
    public var shownElsewhere = 0

    public init() {}

    public mutating func add(_ other: SoakTally) {
        histories += other.histories
        lives += other.lives
        kills += other.kills
        cuts += other.cuts
        records += other.records
        sessions += other.sessions
        acknowledgements += other.acknowledgements
        prunes += other.prunes
        resumes += other.resumes
        signerLosses += other.signerLosses
        refusedOpenings += other.refusedOpenings
        classOne += other.classOne
        classTwo += other.classTwo
        harmless += other.harmless
        named += other.named
        droppedFlush += other.droppedFlush
        rotOfTheLast += other.rotOfTheLast
        shownElsewhere += other.shownElsewhere
    }

    /// For people.
    public var text: String {
        """
        \(histories) histories, \(lives) lives (\(kills) kills, \(cuts) power cuts), \(records) records, \
        \(sessions) sessions, \(acknowledgements) acknowledgements, \(prunes) prunes, \(resumes) resumes after a fault, \
        \(signerLosses) signers lost, \(refusedOpenings) openings refused by a reported error
        class 1 alone: \(classOne) histories, nothing lost, changed, doubled or invented
        class 2: \(classTwo) histories: \(harmless) cost nothing, \(named) refused and named, \
        exceptions: \(droppedFlush) dropped flushes of the last frames, \(rotOfTheLast) rot of the last frame before its \
        anchor (\(shownElsewhere) of them shown by the signer or the ledger before anything was signed)
        """
    }
}
