/// A line of a board, as its driver last knew it.
public struct BoardLine: Equatable, Sendable {
    /// What it does, by its name in the profile.
    public var role: String
    /// Its name in the device tree, or `#5`.
    public var name: String
    /// nil where the driver does not know it.
    public var place: LinePlace?
    public var isOutput: Bool
    /// nil before the first look, and where it cannot be read.
    public var isActive: Bool?
    /// How often its level has changed: the kernel's edges where it keeps them, else what the driver's looks have shown.
    public var changes: UInt64
    public var keepsEdges: Bool
}

/// Where a line is: a chip and the line's number there.
public struct LinePlace: Equatable, Sendable, CustomStringConvertible {
    public var chip: String
    public var offset: UInt32

    public init(chip: String, offset: UInt32) {
        self.chip = chip
        self.offset = offset
    }

    /// `gpiochip0:17`.
    public var description: String { "\(chip.split(separator: "/").last.map { String($0) } ?? chip):\(offset)" }
}
