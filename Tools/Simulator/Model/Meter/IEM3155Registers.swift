import Quantities

/// Schneider iEM3155: holding registers, most significant word first; energies are 64-bit watt-hours, the rest 32-bit
/// floats. A measurement that the meter does not have reads FFC0 0000 (float) or 8000 0000 0000 0000 (integer).
enum IEM3155Registers {
    static let largestRequest: UInt16 = 125

    static func holding(_ face: MeterFace, serial: UInt32) -> RegisterImage {
        var image = RegisterImage()
        putIdentity(&image, serial)
        for address in stride(from: UInt16(0x0BB7), to: 0x0C83, by: 2) { image.put(UInt32(0xFFC0_0000), at: address) }
        for address in [0x0DBD, 0x0DC1, 0x0DC5] as [UInt16] { image.put(Int64.min, at: address) }
        for phase in 0..<3 {
            let offset = UInt16(phase * 2)
            let volts = Double(face.voltages[phase].rawValue) / 1_000
            let amperes = Double(face.currents[phase].rawValue) / 1_000
            image.put(amperes, at: 0x0BB7 + offset)
            image.put(volts, at: 0x0BD3 + offset)
            image.put(volts * amperes / 1_000, at: 0x0BED + offset)
        }
        image.put(Double(face.power.rawValue) / 1_000_000, at: 0x0BF3)
        image.put(Double(face.frequency.rawValue) / 1_000, at: 0x0C25)
        let wattHours = face.energy.rawValue / 1_000
        image.put(face.isEnergyMissing ? Int64.min : wattHours, at: 0x0C83)
        image.put(Int64(0), at: 0x0C87)
        image.put(face.isEnergyMissing ? Double.nan : Double(wattHours) / 1_000, at: 0xB02B)
        image.put(0.0, at: 0xB02D)
        return image
    }

    private static func putIdentity(_ image: inout RegisterImage, _ serial: UInt32) {
        image.put("Energy Meter", at: 0x001D, words: 20)
        image.put("iEM3155", at: 0x0031, words: 20)
        image.put("Schneider Electric", at: 0x0045, words: 20)
        image.put(serial, at: 0x0081)
        for address in UInt16(0x0083)...0x0086 { image.put(word: 0, at: address) }
    }
}
