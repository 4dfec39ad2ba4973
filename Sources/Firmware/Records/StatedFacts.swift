import SignedRecords

/// What the newest records of chain 0 say of the device. Held against what is, it gives the records that are owed; so a stop
/// before one of them only delays it.
struct StatedFacts: Equatable, Sendable {
    /// The digest of each subject; zeros for one that is no longer there.
    private(set) var configuration: [String: ContentHash] = [:]
    /// The digest of the firmware that ran; nil without genesis.
    private(set) var firmware: ContentHash?
    /// The heads in the newest checkpoint.
    private(set) var heads: [Checkpoint.Head] = []

    /// Takes in a record of chain 0, in order.
    mutating func take(_ body: RecordBody) {
        switch body {
        case .genesis(let genesis): firmware = genesis.firmwareDigest
        case .firmwareChange(let change): firmware = change.after
        case .event(.configurationChange(let change)): configuration[change.subject] = change.after
        case .checkpoint(let checkpoint): heads = checkpoint.heads
        default: break
        }
    }

    /// What must be put on record of a configuration, in its order; then what is in the records and no longer there.
    func changes(to subjects: [ConfigurationSubject]) -> [ConfigurationChange] {
        var changes: [ConfigurationChange] = []
        for subject in subjects where configuration[subject.name] != subject.digest {
            changes.append(
                ConfigurationChange(
                    subject: subject.name, before: configuration[subject.name] ?? .zero, after: subject.digest))
        }
        for (name, digest) in configuration.sorted(by: { $0.key < $1.key })
        where digest != .zero && !subjects.contains(where: { $0.name == name }) {
            changes.append(ConfigurationChange(subject: name, before: digest, after: .zero))
        }
        return changes
    }
}
