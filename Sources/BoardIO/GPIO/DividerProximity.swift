import Quantities

/// The proximity contact as the lower resistor of a divider.
final class DividerProximity: ProximitySensor {
    private let divider: GPIOWiring.ProximityDivider
    private let input: ConverterInput

    init(_ divider: GPIOWiring.ProximityDivider, sysfsRoot: String) throws(BoardError) {
        self.divider = divider
        input = try ConverterInput(divider.channel, sysfsRoot: sysfsRoot)
    }

    var newest: ConverterReading? { input.newest }

    func resistance() throws(BoardError) -> Ohms {
        let contact = Int64(try input.read(limit: Millivolts(30_000)).rawValue)
        let supply = Int64(divider.supply.rawValue)
        // A few millivolts below 0 are the converter's offset, not a short beyond a short.
        let level = max(contact, 0)
        guard level < supply else { return BoardSample.openCircuit }
        let ohms = Int64(divider.pullUp.rawValue) * level / (supply - level)
        return min(Ohms(Int32(clamping: ohms)), BoardSample.openCircuit)
    }
}
