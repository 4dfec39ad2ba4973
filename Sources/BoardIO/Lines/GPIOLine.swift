/// The pull resistor that the processor is to switch on at an input.
public enum LineBias: String, CaseIterable, Sendable {
    /// Whatever the boot loader and the device tree left.
    case asIs = "as-is"
    case pullUp = "pull-up"
    case pullDown = "pull-down"
    case off
}

/// A GPIO line by the name that the device tree gives it.
public struct GPIOLine: Equatable, Sendable {
    /// The chip's device path, such as `/dev/gpiochip0`; nil: the one chip that has a line of this name.
    public var chip: String?
    /// The line's name on that chip.
    public var name: String
    /// Whether low voltage means active.
    public var activeLow: Bool
    /// The pull resistor, for inputs.
    public var bias: LineBias

    /// A named line.
    public init(chip: String? = nil, name: String, activeLow: Bool = false, bias: LineBias = .asIs) {
        self.chip = chip
        self.name = name
        self.activeLow = activeLow
        self.bias = bias
    }
}
