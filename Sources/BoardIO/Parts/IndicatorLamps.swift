/// The charger's lamps.
public protocol IndicatorLamps: AnyObject, Sendable {
    /// Lights what says this. Answers whether all of it was written.
    func write(indication: Indication) -> Bool
}
