public import SignedRecords

/// What a technician did, for the device's own chain of records.
public struct AuditEntry: Equatable, Sendable {
    /// How far it came.
    public enum Outcome: Equatable, Sendable {
        /// It is going to be done.
        case begun
        case done
        case refused
        /// It was begun and ended before its time; the subject says by what.
        case cutShort
    }

    public var technician: Technician
    /// The command's name, at most 32 bytes.
    public var action: String
    /// What it was done to and with what values, at most 128 bytes.
    public var subject: String
    public var outcome: Outcome

    /// An entry; a longer subject is cut, its digest is of the whole.
    public init(technician: Technician, action: String, subject: String, outcome: Outcome) {
        self.technician = technician
        self.action = action
        self.outcome = outcome
        arguments = ContentHash(hashing: Array(subject.utf8))
        var kept = subject[...]
        while kept.utf8.count > 128 { kept = kept.dropLast() }
        self.subject = String(kept)
    }

    /// SHA-256 of the whole subject.
    public let arguments: ContentHash
}
