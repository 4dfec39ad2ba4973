/// What guards the board itself: its supply, its enclosure and the button that resets it.
public protocol SupplyAndEnclosure: AnyObject, Sendable {
    /// The board's own supply is failing; `nil` where that could not be read.
    func supplyIsLow() -> Bool?
    /// The enclosure is open; `nil` where that could not be read.
    func enclosureIsOpen() -> Bool?
    /// The reset button is pressed; `false` where there is none or it cannot be read.
    func resetIsPressed() -> Bool
}
