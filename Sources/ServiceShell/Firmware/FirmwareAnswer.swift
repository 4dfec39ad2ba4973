public import Quantities

/// The firmware's two slots, and what is under way with them.
public struct FirmwareAnswer: Equatable, Sendable, Reportable {
    /// One slot.
    public struct Slot: Equatable, Sendable {
        /// `a` or `b`.
        public var name: String
        /// `empty`, `staged`, `bootable` or `bad`.
        public var state: String
        /// What it is for: `active`, `trial`, or neither.
        public var part: String?
        /// nil of an empty slot.
        public var version: String?
        public var counter: UInt32?
        /// SHA-256 of the manifest.
        public var manifest: [UInt8]?

        public init(
            name: String, state: String, part: String? = nil, version: String? = nil, counter: UInt32? = nil,
            manifest: [UInt8]? = nil
        ) {
            self.name = name
            self.state = state
            self.part = part
            self.version = version
            self.counter = counter
            self.manifest = manifest
        }
    }

    /// How a trial stands at the gate.
    public struct Gate: Equatable, Sendable {
        public var triesLeft: UInt8
        /// How long all conditions have held, and must.
        public var held: Nanoseconds?
        public var needed: Nanoseconds
        /// What does not hold now.
        public var failing: [String]

        public init(triesLeft: UInt8, held: Nanoseconds?, needed: Nanoseconds, failing: [String]) {
            self.triesLeft = triesLeft
            self.held = held
            self.needed = needed
            self.failing = failing
        }
    }

    /// An image of the operating system.
    public struct System: Equatable, Sendable {
        /// Where it stands, in words.
        public var state: String
        /// nil where none is on its way.
        public var version: String?
        public var counter: UInt32?
        /// No image with a lower counter is accepted.
        public var counterFloor: UInt32
        /// How the one before ended.
        public var last: String?

        public init(state: String, version: String?, counter: UInt32?, counterFloor: UInt32, last: String?) {
            self.state = state
            self.version = version
            self.counter = counter
            self.counterFloor = counterFloor
            self.last = last
        }
    }

    public var slots: [Slot]
    /// The slot that this process runs from; nil where it runs from none.
    public var running: String?
    /// No release with a lower counter is accepted.
    public var counterFloor: UInt32
    public var rootVersion: UInt32
    /// What was done last.
    public var lastChange: String
    public var transfer: TransferAnswer?
    public var gate: Gate?
    /// nil on a device that never had an image of the operating system.
    public var system: System?

    public init(
        slots: [Slot], running: String?, counterFloor: UInt32, rootVersion: UInt32, lastChange: String,
        transfer: TransferAnswer? = nil, gate: Gate? = nil, system: System? = nil
    ) {
        self.slots = slots
        self.running = running
        self.counterFloor = counterFloor
        self.rootVersion = rootVersion
        self.lastChange = lastChange
        self.transfer = transfer
        self.gate = gate
        self.system = system
    }

    var report: Report {
        var report = Report()
        report.add("running", running.map { .text($0) } ?? .nothing)
        report.add("counter floor", .count(UInt64(counterFloor)))
        report.add("root", .count(UInt64(rootVersion)))
        report.add("last change", .text(lastChange))
        report.add("next byte", transfer.map { .count($0.next) } ?? .nothing)
        report.add("length", transfer?.length.map { .count($0) } ?? .nothing)
        report.add("whole", transfer.map { .flag($0.isWhole) } ?? .nothing)
        report.add("tries left", gate.map { .count(UInt64($0.triesLeft)) } ?? .nothing)
        report.add("held", gate?.held.map { .duration($0) } ?? .none(of: .duration(nil)))
        report.add("to hold", gate.map { .duration($0.needed) } ?? .none(of: .duration(nil)))
        report.add("failing", gate.map { .text($0.failing.joined(separator: ", ")) } ?? .nothing)
        if let system {
            report.add("system", .text(system.state))
            report.add("system version", system.version.map { .text($0) } ?? .nothing)
            report.add("system counter", system.counter.map { .count(UInt64($0)) } ?? .nothing)
            report.add("system floor", .count(UInt64(system.counterFloor)))
            report.add("system last", system.last.map { .text($0) } ?? .nothing)
        }
        report.add("slots", .rows(slots.map(Self.row)))
        return report
    }

    private static func row(_ slot: Slot) -> Report {
        var row = Report()
        row.add("slot", .text(slot.name))
        row.add("state", .text(slot.state))
        row.add("part", slot.part.map { .text($0) } ?? .nothing)
        row.add("version", slot.version.map { .text($0) } ?? .nothing)
        row.add("counter", slot.counter.map { .count(UInt64($0)) } ?? .nothing)
        row.add("manifest", slot.manifest.map { .bytes($0) } ?? .nothing)
        return row
    }
}

/// How far a transfer has come.
public struct TransferAnswer: Equatable, Sendable, Reportable {
    /// The byte that is asked for next.
    public var next: UInt64
    /// nil before the bundle's header has come.
    public var length: UInt64?
    /// It is whole, and durable.
    public var isWhole: Bool

    public init(next: UInt64, length: UInt64?, isWhole: Bool) {
        self.next = next
        self.length = length
        self.isWhole = isWhole
    }

    var report: Report {
        var report = Report()
        report.add("next byte", .count(next))
        report.add("length", length.map { .count($0) } ?? .nothing)
        report.add("whole", .flag(isWhole))
        return report
    }
}
