/// The pulse line into the retriggerable one-shot (100 to 200 ms) that is ANDed with the enable in hardware.
public protocol CoilGate: AnyObject, Sendable {
    /// Writes one edge. Answers whether it was written.
    func pulse() -> Bool
}
