public import Quantities

/// A GPIO line of a chip: where it is, and how it is to be requested.
public struct GPIOLine: Equatable, Sendable {
    /// Which line of its chip.
    public enum Place: Equatable, Sendable {
        /// The name that the device tree gives it; names survive where offsets move.
        case name(String)
        /// Its number on the chip, from 0, for boards whose device tree names no lines.
        case offset(Int)
    }

    /// The chip's device path, such as `/dev/gpiochip0`; nil: the one chip that has a line of this name.
    public var chip: String?
    /// Which of its lines.
    public var place: Place
    /// Whether low voltage means active.
    public var activeLow: Bool
    /// The pull resistor, for inputs.
    public var bias: LineBias
    /// How the line is driven, for outputs.
    public var drive: LineDrive
    /// For inputs: how long a level must stand before it counts; zero for at once.
    public var debounce: Nanoseconds
    /// For inputs: whether the kernel keeps the line's edges, so that what is shorter than the time between two looks is seen.
    public var keepsEdges: Bool

    /// A line.
    public init(
        chip: String?, place: Place, activeLow: Bool = false, bias: LineBias = .asIs, drive: LineDrive = .pushPull,
        debounce: Nanoseconds = .zero, keepsEdges: Bool = false
    ) {
        self.chip = chip
        self.place = place
        self.activeLow = activeLow
        self.bias = bias
        self.drive = drive
        self.debounce = debounce
        self.keepsEdges = keepsEdges
    }

    /// A named line.
    public init(chip: String? = nil, name: String, activeLow: Bool = false, bias: LineBias = .asIs) {
        self.init(chip: chip, place: .name(name), activeLow: activeLow, bias: bias)
    }

    /// The line's name, or `#5` for offset 5.
    public var text: String {
        switch place {
        case .name(let name): name
        case .offset(let offset): "#\(offset)"
        }
    }
}

/// The pull resistor that the processor is to switch on at an input.
public enum LineBias: String, CaseIterable, Sendable {
    /// Whatever the boot loader and the device tree left.
    case asIs = "as-is"
    case pullUp = "pull-up"
    case pullDown = "pull-down"
    case off
}

/// How an output is driven.
public enum LineDrive: String, CaseIterable, Sendable {
    /// Both levels.
    case pushPull = "push-pull"
    /// Low only; something else pulls it up.
    case openDrain = "open-drain"
    /// High only; something else pulls it down.
    case openSource = "open-source"
}

/// An edge of an input, as the kernel saw it.
public struct LineEdge: Equatable, Sendable, BitwiseCopyable {
    /// When, by the monotonic clock.
    public var at: MonotonicInstant
    /// Whether the line became active.
    public var isActive: Bool

    /// An edge.
    public init(at: MonotonicInstant, isActive: Bool) {
        self.at = at
        self.isActive = isActive
    }
}
