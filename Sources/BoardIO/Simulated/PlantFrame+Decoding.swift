import Quantities

extension PlantFrame {
    /// Reads exactly one frame; refuses everything that `write(into:)` would not have written.
    public init(reading bytes: UnsafeRawBufferPointer) throws(BoardError) {
        guard bytes.count >= 8 else {
            throw .frame(offset: bytes.count, expected: "a header of 8 bytes", found: "the end")
        }
        let magic: UInt32 = get(0, bytes)
        guard magic == PlantFrame.magic else { throw .frame(offset: 0, expected: "magic WSB1", found: "\(magic)") }
        let length: UInt16 = get(6, bytes)
        try requireZero(bytes, 5..<6)
        let kind = bytes[4]
        switch kind {
        case PlantFrame.outputsKind:
            try requireLength(bytes, length, PlantFrame.outputsLength)
            self = try .readOutputs(bytes)
        case PlantFrame.pulseKind:
            try requireLength(bytes, length, PlantFrame.pulseLength)
            self = .pulse(at: MonotonicInstant(nanoseconds: get(8, bytes)))
        case PlantFrame.sampleKind:
            try requireLength(bytes, length, PlantFrame.sampleLength)
            self = try .readSample(bytes)
        default:
            throw .frame(offset: 4, expected: "kind 1 to 3", found: "\(kind)")
        }
    }

    private static func readOutputs(_ bytes: UnsafeRawBufferPointer) throws(BoardError) -> PlantFrame {
        let highTime: Int64 = get(24, bytes)
        let pilot: PilotOutput
        switch (bytes[16], highTime) {
        case (0, 0): pilot = .x1
        case (1, 1..<PilotOutput.period.rawValue): pilot = .pwm(highTime: Nanoseconds(highTime))
        case (2, 0): pilot = .off
        case (0, _), (2, _): throw .frame(offset: 24, expected: "high time 0", found: "\(highTime)")
        case (1, _): throw .frame(offset: 24, expected: "high time 1 to 999999", found: "\(highTime)")
        default: throw .frame(offset: 16, expected: "pilot 0 to 2", found: "\(bytes[16])")
        }
        let bits = bytes[17]
        guard bits < 16 else { throw .frame(offset: 17, expected: "bits 0 to 3", found: "\(bits)") }
        try requireZero(bytes, 18..<24)
        let outputs = BoardOutputs(
            pilot: pilot, contactorEnable: bits & 1 != 0, lock: bits & 2 != 0, pilotConnected: bits & 4 != 0,
            residualSelfTest: bits & 8 != 0)
        return .outputs(outputs, at: MonotonicInstant(nanoseconds: get(8, bytes)))
    }

    private static func readSample(_ bytes: UnsafeRawBufferPointer) throws(BoardError) -> PlantFrame {
        var sample = BoardSample()
        sample.number = get(8, bytes)
        sample.at = MonotonicInstant(nanoseconds: get(16, bytes))
        sample.pilotAt = MonotonicInstant(nanoseconds: get(24, bytes))
        sample.pilotHigh = Millivolts(try readPilotLevel(bytes, 32))
        sample.pilotLow = Millivolts(try readPilotLevel(bytes, 36))
        let present = bytes[60]
        guard present < 32 else { throw .frame(offset: 60, expected: "bits 0 to 4", found: "\(present)") }
        sample.proximity = try readOptional(bytes, 40, present & 1 != 0).map { Ohms($0) }
        sample.temperature = try readOptional(bytes, 44, present & 2 != 0).map { DeciCelsius($0) }
        sample.currentL1 = try readOptional(bytes, 48, present & 4 != 0).map { Milliamps($0) }
        sample.currentL2 = try readOptional(bytes, 52, present & 8 != 0).map { Milliamps($0) }
        sample.currentL3 = try readOptional(bytes, 56, present & 16 != 0).map { Milliamps($0) }
        let bits = bytes[61]
        guard bits < 64 else { throw .frame(offset: 61, expected: "bits 0 to 5", found: "\(bits)") }
        sample.inputsValid = bits & 1 != 0
        sample.pilotValid = bits & 2 != 0
        sample.emergencyStop = bits & 4 != 0
        sample.residualDC = bits & 8 != 0
        sample.residualAC = bits & 16 != 0
        sample.outputFault = bits & 32 != 0
        let contacts = bytes[62]
        guard let auxiliary = ContactState(rawValue: contacts & 3), let load = SupplyState(rawValue: contacts >> 2 & 3),
            let lock = LockState(rawValue: contacts >> 4 & 3), let gate = GateState(rawValue: contacts >> 6)
        else { throw .frame(offset: 62, expected: "contact states 0 to 2", found: "\(contacts)") }
        sample.contactorAuxiliary = auxiliary
        sample.loadVoltage = load
        sample.lock = lock
        sample.gate = gate
        try requireZero(bytes, 63..<64)
        return .sample(sample)
    }

    private static func readPilotLevel(_ bytes: UnsafeRawBufferPointer, _ offset: Int) throws(BoardError) -> Int32 {
        let level: Int32 = get(offset, bytes)
        guard level >= -pilotLimit, level <= pilotLimit else {
            throw .frame(offset: offset, expected: "a pilot level within ±\(pilotLimit) mV", found: "\(level)")
        }
        return level
    }

    private static func readOptional(
        _ bytes: UnsafeRawBufferPointer, _ offset: Int, _ isPresent: Bool
    ) throws(BoardError) -> Int32? {
        let value: Int32 = get(offset, bytes)
        if isPresent { return value }
        guard value == 0 else { throw .frame(offset: offset, expected: "0 for an absent value", found: "\(value)") }
        return nil
    }
}

private func get<Number: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, _ bytes: UnsafeRawBufferPointer
) -> Number {
    Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
}

private func requireLength(
    _ bytes: UnsafeRawBufferPointer, _ named: UInt16, _ expected: Int
) throws(BoardError) {
    guard Int(named) == expected else { throw .frame(offset: 6, expected: "length \(expected)", found: "\(named)") }
    guard bytes.count == expected else {
        throw .frame(offset: min(bytes.count, expected), expected: "\(expected) bytes", found: "\(bytes.count)")
    }
}

private func requireZero(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(BoardError) {
    for offset in range where bytes[offset] != 0 {
        throw .frame(offset: offset, expected: "0", found: "\(bytes[offset])")
    }
}
