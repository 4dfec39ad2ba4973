/// Why register words do not decode to a value: the detail of `MeteringError.undecodable`.
public enum DecodingFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// One of the patterns by which this meter says "not available".
    case notAvailable
    /// A floating-point number that is not a number.
    case notANumber
    case infinite
    /// Minus zero: no register of ours says that.
    case negativeZero
    /// Too small to be a measurement: what a float with its words exchanged looks like.
    case denormal
    /// Not within the values that the quantity can have; in its thousandths (mWh, mV, mA, mW, mHz).
    case outOfRange(Int64, ClosedRange<Int64>)
    /// So large that it does not fit 64 bits.
    case tooLarge
    /// SunSpec: an accumulator that reads 0 is not implemented.
    case notImplemented
    /// A text with a byte that is no printable ASCII.
    case notText
    /// SunSpec: a scale factor that is no power of ten from -10 to 10.
    case scaleFactor(Int16)
    /// Fewer words than the field has.
    case truncated(expected: Int, found: Int)

    public var description: String {
        switch self {
        case .notAvailable: "the meter says \"not available\""
        case .notANumber: "expected a number, found NaN"
        case .infinite: "expected a number, found an infinity"
        case .negativeZero: "expected a number, found minus zero"
        case .denormal: "expected a number, found a denormal (are the words exchanged?)"
        case .outOfRange(let value, let range):
            "expected \(range.lowerBound) to \(range.upperBound) thousandths, found \(value)"
        case .tooLarge: "expected a number that fits 64 bits"
        case .notImplemented: "the accumulator is not implemented (it reads 0)"
        case .notText: "expected printable ASCII"
        case .scaleFactor(let found): "expected a scale factor from -10 to 10, found \(found)"
        case .truncated(let expected, let found): "expected \(expected) words, found \(found)"
        }
    }
}
