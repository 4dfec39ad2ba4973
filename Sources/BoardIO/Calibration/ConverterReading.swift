/// The newest reading of a converter channel, as the converter gave it: what a calibration is made of.
public struct ConverterReading: Equatable, Sendable, BitwiseCopyable {
    /// Counts the readings of this channel from 1; 0 before the first. The same number twice: nothing new came.
    public var number: UInt64
    /// The converter's counts.
    public var count: Int64

    /// A reading.
    public init(number: UInt64 = 0, count: Int64 = 0) {
        self.number = number
        self.count = count
    }

    /// The reading behind this one.
    func next(_ count: Int64) -> ConverterReading { ConverterReading(number: number &+ 1, count: count) }
}
