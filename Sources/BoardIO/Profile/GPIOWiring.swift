public import Quantities

/// How a board of kind `gpio` is wired: the device files and lines that its driver opens.
public struct GPIOWiring: Equatable, Sendable {
    /// A channel of an IIO converter, with the board's calibration.
    public struct ConverterChannel: Equatable, Sendable {
        /// The IIO device: its name, such as `2198000.adc`, or its number, such as `iio:device0`.
        public var device: String
        /// `in_voltage<channel>_raw`.
        public var channel: Int
        /// How much of the measured quantity one count is, in microvolts at the board's terminal.
        public var microvoltsPerCount: Int64
        /// What 0 counts are, in millivolts at the board's terminal.
        public var offset: Millivolts

        /// A calibrated channel.
        public init(device: String, channel: Int, microvoltsPerCount: Int64, offset: Millivolts) {
            self.device = device
            self.channel = channel
            self.microvoltsPerCount = microvoltsPerCount
            self.offset = offset
        }
    }

    /// A divider of a known resistor to a known supply above the plug's proximity contact.
    public struct ProximityDivider: Equatable, Sendable {
        /// The channel that measures the contact's voltage.
        public var channel: ConverterChannel
        /// The resistor between the supply and the contact.
        public var pullUp: Ohms
        /// The supply.
        public var supply: Millivolts

        /// A divider.
        public init(channel: ConverterChannel, pullUp: Ohms, supply: Millivolts) {
            self.channel = channel
            self.pullUp = pullUp
            self.supply = supply
        }
    }

    /// A channel of an IIO converter that tells a temperature, by the kernel's own scale.
    public struct TemperatureChannel: Equatable, Sendable {
        /// The IIO device, as for `ConverterChannel`.
        public var device: String
        /// `in_temp<channel>_raw`, or with a curve `in_voltage<channel>_raw`.
        public var channel: Int
        /// What the voltages of the channel mean; `nil` where it measures temperature itself.
        public var curve: TemperatureCurve?

        /// A channel.
        public init(device: String, channel: Int, curve: TemperatureCurve?) {
            self.device = device
            self.channel = channel
            self.curve = curve
        }
    }

    /// Where a temperature comes from.
    public enum TemperatureSource: Equatable, Sendable {
        /// A file below the sysfs root that holds millidegrees Celsius, the unit of hwmon and thermal zones.
        case file(String)
        /// Counts of a converter.
        case converter(TemperatureChannel)
    }

    /// How long a plug lock's motor is driven.
    public struct LockMotorTimes: Equatable, Sendable {
        /// The longest pulse.
        public var pulse: Nanoseconds
        /// The least rest between two pulses.
        public var pause: Nanoseconds

        /// Both times.
        public init(pulse: Nanoseconds, pause: Nanoseconds) {
            self.pulse = pulse
            self.pause = pause
        }
    }

    /// What makes the pilot, by `pilot.generator`.
    public enum Generator: Equatable, Sendable {
        /// A channel of a PWM chip of the kernel: its device's name, such as `20fc000.pwm`, or its number, such as `pwmchip0`.
        case kernelPWM(chip: String, channel: Int)
        /// A thread that moves this line: a bench board's.
        case line(GPIOLine)
    }

    /// How peak-hold circuits are emptied before each measurement, by the lines of `LineRole`.
    public struct PeakReset: Equatable, Sendable {
        /// How long both resets are active.
        public var active: Nanoseconds
        /// How long the circuits then take in the pilot before they are read: a period of it at least.
        public var settle: Nanoseconds

        /// Both times.
        public init(active: Nanoseconds, settle: Nanoseconds) {
            self.active = active
            self.settle = settle
        }
    }

    /// Where the pilot's peaks come from, by `pilot.sensing`.
    public enum PilotSource: Equatable, Sendable {
        /// Two peak-hold circuits, read through the converter's files; with `reset`, emptied before each reading.
        case peakDetectors(high: ConverterChannel, low: ConverterChannel, reset: PeakReset? = nil)
        /// Two channels of one converter, which this trigger of the kernel starts in phase with the PWM.
        case triggered(high: ConverterChannel, low: ConverterChannel, trigger: String)
        /// Window comparators on the lines of `LineRole`.
        case comparators
        /// A microcontroller on this serial device, at this speed in bits a second.
        case companion(device: String, speed: Int)
    }

    /// What makes the pilot.
    public var generator: Generator
    /// Where the pilot's peaks come from.
    public var pilot: PilotSource
    /// How often the board's thread takes the inputs.
    public var sampleInterval: Nanoseconds
    /// The proximity contact of a socket outlet.
    public var proximity: ProximityDivider?
    /// The temperature of the electronics.
    public var boardTemperature: TemperatureSource?
    /// That of the plug's contacts.
    public var plugTemperature: TemperatureSource?
    /// The plug lock's motor, where the lock is not moved by the one line `plug-lock`.
    public var lockMotor: LockMotorTimes?
    /// The lines by what they do.
    public var lines: [LineRole: GPIOLine]
}
