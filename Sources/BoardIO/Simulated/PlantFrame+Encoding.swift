import Quantities

extension PlantFrame {
    /// Writes the frame into a buffer of at least `longest` bytes and answers its length. Allocates nothing.
    public func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        invariant(buffer.count >= PlantFrame.longest, "a frame buffer holds the longest frame")
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        switch self {
        case .outputs(let outputs, let at):
            writeHeader(PlantFrame.outputsKind, PlantFrame.outputsLength, into: buffer)
            put(at.nanoseconds, 8, buffer)
            put(outputs, buffer)
            return PlantFrame.outputsLength
        case .pulse(let at):
            writeHeader(PlantFrame.pulseKind, PlantFrame.pulseLength, into: buffer)
            put(at.nanoseconds, 8, buffer)
            return PlantFrame.pulseLength
        case .sample(let sample):
            writeHeader(PlantFrame.sampleKind, PlantFrame.sampleLength, into: buffer)
            put(sample, buffer)
            return PlantFrame.sampleLength
        }
    }

    private func writeHeader(_ kind: UInt8, _ length: Int, into buffer: UnsafeMutableRawBufferPointer) {
        put(PlantFrame.magic, 0, buffer)
        put(kind, 4, buffer)
        put(UInt16(length), 6, buffer)
    }

    private func put<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: Number, _ offset: Int, _ buffer: UnsafeMutableRawBufferPointer
    ) {
        buffer.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Number.self)
    }

    private func put(_ outputs: BoardOutputs, _ buffer: UnsafeMutableRawBufferPointer) {
        switch outputs.pilot {
        case .x1: break
        case .pwm(let highTime):
            put(UInt8(1), 16, buffer)
            put(highTime.rawValue, 24, buffer)
        case .off: put(UInt8(2), 16, buffer)
        }
        var bits: UInt8 = outputs.contactorEnable ? 1 : 0
        if outputs.lock { bits |= 2 }
        if outputs.pilotConnected { bits |= 4 }
        if outputs.residualSelfTest { bits |= 8 }
        if outputs.ventilation { bits |= 16 }
        if outputs.phases == .three { bits |= 32 }
        put(bits, 17, buffer)
    }

    private func put(_ sample: BoardSample, _ buffer: UnsafeMutableRawBufferPointer) {
        put(sample.number, 8, buffer)
        put(sample.at.nanoseconds, 16, buffer)
        put(sample.pilotAt.nanoseconds, 24, buffer)
        put(sample.pilotHigh.rawValue, 32, buffer)
        put(sample.pilotLow.rawValue, 36, buffer)
        putMeasured(sample, buffer)
        put(bits(of: sample), 82, buffer)
        var contacts = UInt16(sample.mirror.rawValue) | UInt16(sample.secondMirror.rawValue) << 2
        contacts |= UInt16(sample.loadL1.rawValue) << 4 | UInt16(sample.loadL2.rawValue) << 6
        contacts |= UInt16(sample.loadL3.rawValue) << 8 | UInt16(sample.lock.rawValue) << 10
        contacts |= UInt16(sample.gate.rawValue) << 12 | UInt16(sample.earth.rawValue) << 14
        put(contacts, 84, buffer)
    }

    /// The values that may be absent, and which of them are there.
    private func putMeasured(_ sample: BoardSample, _ buffer: UnsafeMutableRawBufferPointer) {
        var present: UInt16 = 0
        func putOptional(_ value: Int32?, _ bit: UInt16) {
            put(value ?? 0, 40 + 4 * Int(bit), buffer)
            if value != nil { present |= 1 << bit }
        }
        putOptional(sample.proximity?.rawValue, 0)
        putOptional(sample.boardTemperature?.rawValue, 1)
        putOptional(sample.plugTemperature?.rawValue, 2)
        putOptional(sample.currentL1?.rawValue, 3)
        putOptional(sample.currentL2?.rawValue, 4)
        putOptional(sample.currentL3?.rawValue, 5)
        putOptional(sample.voltageL1?.rawValue, 6)
        putOptional(sample.voltageL2?.rawValue, 7)
        putOptional(sample.voltageL3?.rawValue, 8)
        putOptional(sample.frequency?.rawValue, 9)
        put(present, 80, buffer)
    }

    private func bits(of sample: BoardSample) -> UInt16 {
        var bits: UInt16 = sample.inputsValid ? 1 : 0
        if sample.pilotValid { bits |= 2 }
        if sample.emergencyStop { bits |= 4 }
        if sample.residualDC { bits |= 8 }
        if sample.residualAC { bits |= 16 }
        if sample.outputFault { bits |= 32 }
        if sample.enclosureOpen { bits |= 64 }
        if sample.supplyLow { bits |= 128 }
        if sample.fanRuns { bits |= 256 }
        if sample.localReset { bits |= 512 }
        return bits
    }
}
