/// What a trial is asked for before it is confirmed (docs/updates.md). The numbers stand in the boot record.
public struct ConfirmConditions: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Every output is off.
    public static let outputsOff = ConfirmConditions(rawValue: 1 << 0)
    /// The contactors' feedback says open.
    public static let contactorOpen = ConfirmConditions(rawValue: 1 << 1)
    /// The pilot is at idle, with no car.
    public static let pilotIdle = ConfirmConditions(rawValue: 1 << 2)
    /// The keys have signed a probe.
    public static let keyUsable = ConfirmConditions(rawValue: 1 << 3)
    /// The journal is open and has made something durable.
    public static let journalDurable = ConfirmConditions(rawValue: 1 << 4)
    /// The control loop was never later than 40 ms.
    public static let punctual = ConfirmConditions(rawValue: 1 << 5)
    /// The meter has answered at least three times.
    public static let meterAnswers = ConfirmConditions(rawValue: 1 << 6)
    /// The network is there.
    public static let networkUp = ConfirmConditions(rawValue: 1 << 7)
    /// The ledger is in reach.
    public static let ledgerReached = ConfirmConditions(rawValue: 1 << 8)

    /// Those that are always asked for; only a technician's override excuses from them.
    public static let always: ConfirmConditions = [
        .outputsOff, .contactorOpen, .pilotIdle, .keyUsable, .journalDurable, .punctual,
    ]
    /// Those that are reported, and not asked for, where they had failed before the switch.
    public static let ifBefore: ConfirmConditions = [.meterAnswers, .networkUp, .ledgerReached]
    public static let all: ConfirmConditions = always.union(ifBefore)

    /// Their names, in the order of their numbers.
    public var names: [String] {
        let all = [
            "outputs off", "contactor open", "pilot idle", "key usable", "journal durable", "loop punctual",
            "meter answers",
            "network up", "ledger reached",
        ]
        return all.indices.filter { rawValue & 1 << UInt16($0) != 0 }.map { all[$0] }
    }
}
