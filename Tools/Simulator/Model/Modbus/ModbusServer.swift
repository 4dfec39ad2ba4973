/// The meter's side of the Modbus application protocol (V1.1b3, clauses 6.3, 6.4 and 7): read holding registers, read
/// input registers, and exceptions for everything else.
///
/// It is the plant's own and shares nothing with the firmware's client, so that a mistake in one is not repeated in the
/// other.
public struct ModbusServer: Sendable {
    let model: MeterModel
    let serial: UInt32
    let face: MeterFace

    /// A server that shows this face of a meter.
    public init(model: MeterModel, serial: UInt32, face: MeterFace) {
        self.model = model
        self.serial = serial
        self.face = face
    }

    private enum Exception: UInt8 {
        case illegalFunction = 1
        case illegalAddress = 2
        case illegalValue = 3
    }

    /// Answers a request's protocol data unit with a reply's. An empty request is answered as an unknown function 0.
    public func answer(_ request: [UInt8]) -> [UInt8] {
        let function = request.first ?? 0
        guard let (image, limit) = registers(function) else { return exception(function, .illegalFunction) }
        guard request.count == 5 else { return exception(function, .illegalValue) }
        let address = UInt16(request[1]) << 8 | UInt16(request[2])
        let count = UInt16(request[3]) << 8 | UInt16(request[4])
        guard count >= 1, count <= limit else { return exception(function, .illegalValue) }
        guard Int(address) + Int(count) <= 0x1_0000, isAligned(function, address, count) else {
            return exception(function, .illegalAddress)
        }
        var reply = [function, UInt8(count * 2)]
        for offset in 0..<count {
            guard let word = image.words[address + offset] else { return exception(function, .illegalAddress) }
            reply.append(UInt8(word >> 8))
            reply.append(UInt8(word & 0xFF))
        }
        return reply
    }

    private func registers(_ function: UInt8) -> (RegisterImage, limit: UInt16)? {
        switch (model, function) {
        case (.sdm630, 3): (SDM630Registers.holding(serial: serial, unit: 1), SDM630Registers.largestRequest)
        case (.sdm630, 4): (SDM630Registers.input(face), SDM630Registers.largestRequest)
        case (.iem3155, 3): (IEM3155Registers.holding(face, serial: serial), IEM3155Registers.largestRequest)
        default: nil
        }
    }

    /// The SDM630 answers no request that starts or ends inside a float.
    private func isAligned(_ function: UInt8, _ address: UInt16, _ count: UInt16) -> Bool {
        model != .sdm630 || function != 4 || (address % 2 == 0 && count % 2 == 0)
    }

    private func exception(_ function: UInt8, _ code: Exception) -> [UInt8] { [function | 0x80, code.rawValue] }
}
