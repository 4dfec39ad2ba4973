import Quantities

/// Eastron SDM630-Modbus V2, protocol 1.8: input registers are 32-bit floats at even addresses; the serial number and
/// the meter code are holding registers.
enum SDM630Registers {
    /// At most 40 parameters in one request.
    static let largestRequest: UInt16 = 80
    /// The input registers end here; parameters without a meaning in between read 0.
    static let inputEnd: UInt16 = 0x0180

    static func input(_ face: MeterFace) -> RegisterImage {
        var image = RegisterImage()
        for address in stride(from: UInt16(0), to: inputEnd, by: 2) { image.put(0.0, at: address) }
        for phase in 0..<3 {
            let offset = UInt16(phase * 2)
            let volts = Double(face.voltages[phase].rawValue) / 1_000
            let amperes = Double(face.currents[phase].rawValue) / 1_000
            image.put(volts, at: 0x0000 + offset)
            image.put(amperes, at: 0x0006 + offset)
            image.put(volts * amperes, at: 0x000C + offset)
            image.put(volts * amperes, at: 0x0012 + offset)
            image.put(1.0, at: 0x001E + offset)
        }
        image.put(face.voltages.list.reduce(0.0) { $0 + Double($1.rawValue) } / 3_000, at: 0x002A)
        image.put(face.currents.list.reduce(0.0) { $0 + Double($1.rawValue) } / 1_000, at: 0x0030)
        let watts = Double(face.power.rawValue) / 1_000
        image.put(watts, at: 0x0034)
        image.put(watts, at: 0x0038)
        image.put(1.0, at: 0x003E)
        image.put(Double(face.frequency.rawValue) / 1_000, at: 0x0046)
        let kilowattHours = Double(face.energy.rawValue) / 1_000_000
        let energy = face.isEnergyMissing ? Double.nan : kilowattHours
        image.put(energy, at: 0x0048)
        image.put(energy, at: 0x0156)
        return image
    }

    static func holding(serial: UInt32, unit: UInt8) -> RegisterImage {
        var image = RegisterImage()
        image.put(3.0, at: 0x000A)  // 3 phases, 4 wires
        image.put(Double(unit), at: 0x0014)
        image.put(2.0, at: 0x001C)  // 9600 baud
        image.put(2141.0, at: 0x0028)  // word order: most significant first
        image.put(serial, at: 0xFC00)
        image.put(word: 0x0070, at: 0xFC02)
        return image
    }
}
