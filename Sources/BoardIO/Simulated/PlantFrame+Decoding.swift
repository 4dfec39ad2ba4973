import Quantities

extension PlantFrame {
    /// Reads exactly one frame; refuses everything that `write(into:)` would not have written.
    public init(reading bytes: UnsafeRawBufferPointer) throws(BoardError) {
        guard bytes.count >= 8 else {
            throw .frame(offset: bytes.count, expected: "a header of 8 bytes", found: "the end")
        }
        let magic: UInt32 = get(0, bytes)
        guard magic == PlantFrame.magic else { throw .frame(offset: 0, expected: "magic WSB2", found: "\(magic)") }
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
        guard bits < 64 else { throw .frame(offset: 17, expected: "bits 0 to 5", found: "\(bits)") }
        try requireZero(bytes, 18..<24)
        let outputs = BoardOutputs(
            pilot: pilot, contactorEnable: bits & 1 != 0, phases: bits & 32 != 0 ? .three : .single,
            lock: bits & 2 != 0, pilotConnected: bits & 4 != 0, residualSelfTest: bits & 8 != 0,
            ventilation: bits & 16 != 0)
        return .outputs(outputs, at: MonotonicInstant(nanoseconds: get(8, bytes)))
    }

    private static func readSample(_ bytes: UnsafeRawBufferPointer) throws(BoardError) -> PlantFrame {
        var sample = BoardSample()
        sample.number = get(8, bytes)
        sample.at = MonotonicInstant(nanoseconds: get(16, bytes))
        sample.pilotAt = MonotonicInstant(nanoseconds: get(24, bytes))
        sample.pilotHigh = Millivolts(try readPilotLevel(bytes, 32))
        sample.pilotLow = Millivolts(try readPilotLevel(bytes, 36))
        try readMeasured(bytes, &sample)
        try readBits(bytes, &sample)
        try readContacts(bytes, &sample)
        try requireZero(bytes, 86..<88)
        return .sample(sample)
    }

    private static func readMeasured(
        _ bytes: UnsafeRawBufferPointer, _ sample: inout BoardSample
    ) throws(BoardError) {
        let present: UInt16 = get(80, bytes)
        guard present < 1_024 else { throw .frame(offset: 80, expected: "bits 0 to 9", found: "\(present)") }
        func value(_ bit: UInt16) throws(BoardError) -> Int32? {
            try readOptional(bytes, 40 + 4 * Int(bit), present & 1 << bit != 0)
        }
        sample.proximity = try value(0).map { Ohms($0) }
        sample.boardTemperature = try value(1).map { DeciCelsius($0) }
        sample.plugTemperature = try value(2).map { DeciCelsius($0) }
        sample.currentL1 = try value(3).map { Milliamps($0) }
        sample.currentL2 = try value(4).map { Milliamps($0) }
        sample.currentL3 = try value(5).map { Milliamps($0) }
        sample.voltageL1 = try value(6).map { Millivolts($0) }
        sample.voltageL2 = try value(7).map { Millivolts($0) }
        sample.voltageL3 = try value(8).map { Millivolts($0) }
        sample.frequency = try value(9).map { Millihertz($0) }
    }

    private static func readBits(_ bytes: UnsafeRawBufferPointer, _ sample: inout BoardSample) throws(BoardError) {
        let bits: UInt16 = get(82, bytes)
        guard bits < 1_024 else { throw .frame(offset: 82, expected: "bits 0 to 9", found: "\(bits)") }
        sample.inputsValid = bits & 1 != 0
        sample.pilotValid = bits & 2 != 0
        sample.emergencyStop = bits & 4 != 0
        sample.residualDC = bits & 8 != 0
        sample.residualAC = bits & 16 != 0
        sample.outputFault = bits & 32 != 0
        sample.enclosureOpen = bits & 64 != 0
        sample.supplyLow = bits & 128 != 0
        sample.fanRuns = bits & 256 != 0
        sample.localReset = bits & 512 != 0
    }

    private static func readContacts(
        _ bytes: UnsafeRawBufferPointer, _ sample: inout BoardSample
    ) throws(BoardError) {
        let contacts: UInt16 = get(84, bytes)
        func state(_ place: UInt16) -> UInt8 { UInt8(contacts >> (2 * place) & 3) }
        guard let mirror = ContactState(rawValue: state(0)), let second = ContactState(rawValue: state(1)),
            let loadL1 = SupplyState(rawValue: state(2)), let loadL2 = SupplyState(rawValue: state(3)),
            let loadL3 = SupplyState(rawValue: state(4)), let lock = LockState(rawValue: state(5)),
            let gate = GateState(rawValue: state(6)), let earth = EarthState(rawValue: state(7))
        else { throw .frame(offset: 84, expected: "contact states 0 to 2", found: "\(contacts)") }
        sample.mirror = mirror
        sample.secondMirror = second
        sample.loadL1 = loadL1
        sample.loadL2 = loadL2
        sample.loadL3 = loadL3
        sample.lock = lock
        sample.gate = gate
        sample.earth = earth
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
