/// What stands against switching to another image now.
public enum ActivationBlock: Hashable, Sendable, CustomStringConvertible {
    case sessionOpen
    case contactorClosed
    case carConnected
    case testPending
    case ticksNotDurable
    /// Conditions that the trial will be asked for do not hold now already: it could never be confirmed.
    case alreadyFailing(ConfirmConditions)

    public var description: String {
        switch self {
        case .sessionOpen: "a session is open"
        case .contactorClosed: "a contactor is closed, or may be"
        case .carConnected: "a car is connected, or may be"
        case .testPending: "a technician's test is under way"
        case .ticksNotDurable: "records are not durable yet"
        case .alreadyFailing(let conditions):
            "already failing, and asked of the new release: \(conditions.names.joined(separator: ", "))"
        }
    }
}

/// What the ledger was proved to say of a release. The caller has the proof; here it is only asked for.
public enum ReleaseStanding: Equatable, Sendable {
    /// The release's digest stands on the ledger.
    case proved
    case notProved
    /// An authorised technician takes it on himself; his name goes on record.
    case overridden(by: String)
}

/// The charger's state at the moment of a switch, all connectors together. nil is unknown, and counts as the worse.
public struct ActivationRequest: Equatable, Sendable {
    public var isSessionOpen: Bool?
    public var isContactorClosed: Bool?
    public var isCarConnected: Bool?
    public var isTestPending: Bool?
    public var areTicksDurable: Bool?
    /// The confirm conditions that hold now.
    public var holding: ConfirmConditions
    /// Whether a late loop fails the gate; an emulated board only counts it.
    public var countsLateness: Bool
    /// The technician who switches in spite of conditions that are always asked for and fail already; nil where nobody does.
    public var overriddenBy: String?

    public init(
        isSessionOpen: Bool?, isContactorClosed: Bool?, isCarConnected: Bool?, isTestPending: Bool?,
        areTicksDurable: Bool?, holding: ConfirmConditions, countsLateness: Bool = true, overriddenBy: String? = nil
    ) {
        self.isSessionOpen = isSessionOpen
        self.isContactorClosed = isContactorClosed
        self.isCarConnected = isCarConnected
        self.isTestPending = isTestPending
        self.areTicksDurable = areTicksDurable
        self.holding = holding
        self.countsLateness = countsLateness
        self.overriddenBy = overriddenBy
    }

    /// Where no firmware runs, since none may start: nothing drives an output, so that no contactor is held and nothing is cut off; a
    /// session that the end of the last firmware left open is ended by the next one, from its records. A car may be there: the trial
    /// serves it or does not, as each start does. What is always asked for is asked of the trial; what may have failed before is only
    /// reported, since nobody looked, and there is nothing to go back to.
    public static let withoutFirmware = ActivationRequest(
        isSessionOpen: false, isContactorClosed: false, isCarConnected: false, isTestPending: false,
        areTicksDurable: true, holding: .always)

    /// The conditions that are always asked for, and fail already.
    public var alreadyFailing: ConfirmConditions {
        var failing = ConfirmConditions.always.subtracting(holding)
        if !countsLateness { failing.remove(.punctual) }
        return failing
    }

    /// Everything that stands against it.
    public var blocks: [ActivationBlock] {
        var blocks: [ActivationBlock] = []
        if isSessionOpen ?? true { blocks.append(.sessionOpen) }
        if isContactorClosed ?? true { blocks.append(.contactorClosed) }
        if isCarConnected ?? true { blocks.append(.carConnected) }
        if isTestPending ?? true { blocks.append(.testPending) }
        if !(areTicksDurable ?? false) { blocks.append(.ticksNotDurable) }
        if !alreadyFailing.isEmpty, overriddenBy == nil { blocks.append(.alreadyFailing(alreadyFailing)) }
        return blocks
    }

    /// What stands against starting the machine again, behind a switch that was decided on: what the charger does now, and no more
    /// what the trial will be asked for.
    public var restartBlocks: [ActivationBlock] {
        blocks.filter { if case .alreadyFailing = $0 { false } else { true } }
    }

    /// What the trial is excused from: what has failed before, as far as that is only reported, or overridden.
    public var excused: ConfirmConditions {
        let reported = ConfirmConditions.ifBefore.subtracting(holding)
        return overriddenBy == nil ? reported : reported.union(alreadyFailing)
    }
}
