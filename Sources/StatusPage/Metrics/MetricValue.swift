/// An integer times a power of ten, so that no value is rounded on its way out of integers.
public struct MetricValue: Equatable, Sendable, CustomStringConvertible {
    private let digits: Int64
    /// Digits behind the point, 0 to 9.
    private let places: Int

    private init(_ digits: Int64, places: Int) {
        self.digits = digits
        self.places = places
    }

    public static func whole(_ number: some BinaryInteger) -> Self { Self(Int64(clamping: number), places: 0) }
    public static func flag(_ flag: Bool) -> Self { Self(flag ? 1 : 0, places: 0) }
    /// From thousandths.
    public static func milli(_ number: some BinaryInteger) -> Self { Self(Int64(clamping: number), places: 3) }
    /// From millionths.
    public static func micro(_ number: some BinaryInteger) -> Self { Self(Int64(clamping: number), places: 6) }
    /// Joules from milliwatt-hours, of which each is 3.6.
    public static func joules(milliwattHours number: Int64) -> Self {
        let (tenths, isTooLarge) = number.multipliedReportingOverflow(by: 36)
        return isTooLarge ? Self(number < 0 ? .min : .max, places: 1) : Self(tenths, places: 1)
    }

    public var description: String {
        guard places > 0 else { return "\(digits)" }
        var unit: UInt64 = 1
        for _ in 0..<places { unit *= 10 }
        let (whole, fraction) = digits.magnitude.quotientAndRemainder(dividingBy: unit)
        return "\(digits < 0 ? "-" : "")\(whole).\(String(fraction + unit).dropFirst())"
    }
}
