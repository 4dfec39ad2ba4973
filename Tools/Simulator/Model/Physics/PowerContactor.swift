public import Quantities

/// The contactor: its contacts follow the coil after a delay, unless they are welded or do not close any more.
public struct PowerContactor: Equatable, Sendable {
    /// From the coil's change to the contacts' change, either way.
    public var delay = Nanoseconds.milliseconds(20)
    /// The contacts weld when they are closed, and do not open while this is set.
    public var welds = false
    /// The contacts do not close while this is set.
    public var staysOpen = false
    /// The main contacts.
    public private(set) var isClosed = false
    /// The coil.
    public private(set) var isEnergised = false
    /// How often the contacts closed.
    public private(set) var closings: Int64 = 0
    /// How often they opened with more than `loadThreshold` on a phase.
    public private(set) var openingsUnderLoad: Int64 = 0
    /// When they last closed.
    public private(set) var lastClosed: MonotonicInstant?
    /// When they last opened.
    public private(set) var lastOpened: MonotonicInstant?
    /// The largest phase current that they last opened.
    public private(set) var lastOpenedCurrent = Milliamps.zero
    private var coilChanged = MonotonicInstant(nanoseconds: 0)

    /// Above this an opening wears the contacts: 0.5 A.
    public static let loadThreshold = Milliamps(500)

    /// An open contactor with a dead coil.
    public init() {}

    /// What the contacts did in a step.
    public enum Move: Equatable, Sendable { case none, closed, opened }

    /// Steps to this moment.
    public mutating func step(coil: Bool, current: Milliamps, at now: MonotonicInstant) -> Move {
        if coil != isEnergised {
            isEnergised = coil
            coilChanged = now
        }
        guard now - coilChanged >= delay, isEnergised != isClosed else { return .none }
        if isEnergised {
            if staysOpen { return .none }
            isClosed = true
            closings += 1
            lastClosed = now
            return .closed
        }
        if welds { return .none }
        isClosed = false
        lastOpened = now
        lastOpenedCurrent = current
        if current > Self.loadThreshold { openingsUnderLoad += 1 }
        return .opened
    }

    /// Forgets the counts, not the state.
    public mutating func resetCounts() {
        closings = 0
        openingsUnderLoad = 0
    }
}
