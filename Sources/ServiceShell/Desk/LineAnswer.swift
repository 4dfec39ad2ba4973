/// One line of a board, as its driver last knew it.
public struct LineAnswer: Equatable, Sendable, Reportable {
    public var connector: UInt32
    /// What it does: `contactor-enable`.
    public var role: String
    /// Its name in the device tree, or its number there.
    public var name: String
    /// `gpiochip0:17`; nil where it is not known.
    public var place: String?
    public var isOutput: Bool
    /// nil before it was first looked at, and where it cannot be read.
    public var isActive: Bool?
    public var consumer: String
    /// How often its level has changed: by the kernel's edges where it keeps them, else as far as the driver saw.
    public var changes: UInt64
    public var keepsEdges: Bool

    public init(
        connector: UInt32, role: String, name: String, place: String?, isOutput: Bool, isActive: Bool?,
        consumer: String, changes: UInt64, keepsEdges: Bool
    ) {
        self.connector = connector
        self.role = role
        self.name = name
        self.place = place
        self.isOutput = isOutput
        self.isActive = isActive
        self.consumer = consumer
        self.changes = changes
        self.keepsEdges = keepsEdges
    }

    var report: Report {
        var report = Report()
        report.add("role", .text(role))
        report.add("connector", .count(UInt64(connector)))
        report.add("line", .text(name))
        report.add("place", .text(place))
        report.add("direction", .text(isOutput ? "output" : "input"))
        report.add("active", .flag(isActive))
        report.add("consumer", .text(consumer))
        report.add("changes", .count(changes))
        report.add("counted by", .text(keepsEdges ? "kernel edges" : "the driver's looks"))
        return report
    }
}
