public import Quantities

/// A contactor of two poles: its armature follows the coil after a delay, the poles follow the armature, and each of them
/// can fail by itself.
public struct PowerContactor: Equatable, Sendable {
    /// One pair of main contacts.
    public struct Pole: Equatable, Sendable {
        /// The contacts weld when they are closed, and do not open while this is set.
        public var welds = false
        /// The contacts do not conduct while this is set, wherever the armature is.
        public var isBroken = false
        /// The contacts conduct.
        public fileprivate(set) var isClosed = false

        /// A sound, open pole.
        public init() {}

        /// The contacts weld now, closed.
        public mutating func weldClosed() {
            welds = true
            isClosed = true
        }

        fileprivate mutating func follow(_ armature: Bool) {
            if armature {
                isClosed = !isBroken
            } else if !welds {
                isClosed = false
            }
        }
    }

    /// From the coil's change to the armature's, either way.
    public var delay = Nanoseconds.milliseconds(20)
    /// The armature does not pull in while this is set.
    public var staysOpen = false
    /// The armature does not drop while this is set.
    public var staysClosed = false
    /// L1 of the main contactor, L2 of the second.
    public var first = Pole()
    /// N of the main contactor, L3 of the second.
    public var second = Pole()
    /// The armature.
    public private(set) var isPulledIn = false
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
    private var wasClosed = false

    /// Above this an opening wears the contacts: 0.5 A.
    public static let loadThreshold = Milliamps(500)

    /// An open contactor with a dead coil.
    public init() {}

    /// A pole conducts.
    public var isClosed: Bool { first.isClosed || second.isClosed }

    /// The mirror contact: it cannot say open while a pole is closed (IEC 60947-4-1 Annex F).
    public var mirrorIsClosed: Bool { isPulledIn || isClosed }

    /// What the contacts did in a step.
    public enum Move: Equatable, Sendable { case none, closed, opened }

    /// Steps to this moment; `current` is what flowed until now.
    public mutating func step(coil: Bool, current: Milliamps, at now: MonotonicInstant) -> Move {
        if coil != isEnergised {
            isEnergised = coil
            coilChanged = now
        }
        if now - coilChanged >= delay { settle() }
        guard isClosed != wasClosed else { return .none }
        wasClosed = isClosed
        if wasClosed {
            closings += 1
            lastClosed = now
            return .closed
        }
        lastOpened = now
        lastOpenedCurrent = current
        if current > Self.loadThreshold { openingsUnderLoad += 1 }
        return .opened
    }

    private mutating func settle() {
        if isEnergised {
            if !staysOpen { isPulledIn = true }
        } else if !staysClosed {
            isPulledIn = false
        }
        first.follow(isPulledIn)
        second.follow(isPulledIn)
    }

    /// Forgets the counts, not the state.
    public mutating func resetCounts() {
        closings = 0
        openingsUnderLoad = 0
    }

    /// Repairs what is broken; the delay stays.
    public mutating func repair() {
        staysOpen = false
        staysClosed = false
        first.welds = false
        first.isBroken = false
        second.welds = false
        second.isBroken = false
    }
}
