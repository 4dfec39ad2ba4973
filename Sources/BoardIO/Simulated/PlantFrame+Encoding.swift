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
        put(bits, 17, buffer)
    }

    private func put(_ sample: BoardSample, _ buffer: UnsafeMutableRawBufferPointer) {
        put(sample.number, 8, buffer)
        put(sample.at.nanoseconds, 16, buffer)
        put(sample.pilotAt.nanoseconds, 24, buffer)
        put(sample.pilotHigh.rawValue, 32, buffer)
        put(sample.pilotLow.rawValue, 36, buffer)
        put(sample.proximity?.rawValue ?? 0, 40, buffer)
        put(sample.temperature?.rawValue ?? 0, 44, buffer)
        put(sample.currentL1?.rawValue ?? 0, 48, buffer)
        put(sample.currentL2?.rawValue ?? 0, 52, buffer)
        put(sample.currentL3?.rawValue ?? 0, 56, buffer)
        var present: UInt8 = sample.proximity != nil ? 1 : 0
        if sample.temperature != nil { present |= 2 }
        if sample.currentL1 != nil { present |= 4 }
        if sample.currentL2 != nil { present |= 8 }
        if sample.currentL3 != nil { present |= 16 }
        put(present, 60, buffer)
        var bits: UInt8 = sample.inputsValid ? 1 : 0
        if sample.pilotValid { bits |= 2 }
        if sample.emergencyStop { bits |= 4 }
        if sample.residualDC { bits |= 8 }
        if sample.residualAC { bits |= 16 }
        if sample.outputFault { bits |= 32 }
        put(bits, 61, buffer)
        let contacts =
            sample.contactorAuxiliary.rawValue | sample.loadVoltage.rawValue << 2 | sample.lock.rawValue << 4
            | sample.gate.rawValue << 6
        put(contacts, 62, buffer)
    }
}
