import BoardIO
import Quantities
import Testing

/// Writes a frame as bytes.
func bytes(of frame: PlantFrame) -> [UInt8] {
    var buffer = [UInt8](repeating: 0xAA, count: PlantFrame.longest)
    let length = buffer.withUnsafeMutableBytes { frame.write(into: $0) }
    return Array(buffer[..<length])
}

/// Reads a frame from bytes.
func frame(from bytes: [UInt8]) throws(BoardError) -> PlantFrame {
    var result = Result<PlantFrame, BoardError>.failure(.alreadyStarted)
    bytes.withUnsafeBytes { raw in
        do throws(BoardError) { result = .success(try PlantFrame(reading: raw)) } catch { result = .failure(error) }
    }
    return try result.get()
}

@Suite("Frames between the board driver and the plant")
struct PlantFrameTests {
    static let frames: [PlantFrame] = {
        var sample = BoardSample()
        sample.number = 77
        sample.at = MonotonicInstant(nanoseconds: 123_456_789_012)
        sample.pilotAt = MonotonicInstant(nanoseconds: 123_456_789_000)
        sample.inputsValid = true
        sample.pilotHigh = Millivolts(6_000)
        sample.pilotLow = Millivolts(-12_000)
        sample.pilotValid = true
        sample.proximity = Ohms(220)
        sample.mirror = .closed
        sample.secondMirror = .open
        sample.loadL1 = .live
        sample.loadL2 = .dead
        sample.earth = .missing
        sample.enclosureOpen = false
        sample.supplyLow = false
        sample.fanRuns = true
        sample.localReset = true
        sample.emergencyStop = false
        sample.residualDC = false
        sample.residualAC = true
        sample.lock = .locked
        sample.gate = .held
        sample.boardTemperature = DeciCelsius(-55)
        sample.plugTemperature = DeciCelsius(901)
        sample.voltageL1 = Millivolts(231_000)
        sample.voltageL3 = Millivolts(0)
        sample.frequency = Millihertz(49_980)
        sample.currentL1 = Milliamps(16_000)
        sample.currentL3 = Milliamps(-1)
        let at = MonotonicInstant(nanoseconds: 987_654_321)
        return [
            .sample(sample), .sample(.none), .pulse(at: at), .outputs(.safe, at: at),
            .outputs(BoardOutputs(pilot: .off, contactorEnable: true, phases: .single, lock: true), at: at),
            .outputs(
                BoardOutputs(
                    pilot: .pwm(highTime: Nanoseconds(533_333)), contactorEnable: true, lock: false,
                    pilotConnected: false, residualSelfTest: true, ventilation: true), at: at),
        ]
    }()

    @Test("a frame reads back as it was written", arguments: frames)
    func roundTrip(_ original: PlantFrame) throws {
        #expect(try frame(from: bytes(of: original)) == original)
    }

    @Test("every truncation and every longer message is refused", arguments: frames)
    func lengths(_ original: PlantFrame) {
        let whole = bytes(of: original)
        for count in 0..<whole.count {
            #expect(throws: BoardError.self) { try frame(from: Array(whole[..<count])) }
        }
        #expect(throws: BoardError.self) { try frame(from: whole + [0]) }
    }

    @Test("a flipped bit is refused or is the one encoding of another frame", arguments: frames)
    func bitFlips(_ original: PlantFrame) {
        let whole = bytes(of: original)
        for bit in 0..<(whole.count * 8) {
            var flipped = whole
            flipped[bit / 8] ^= 1 << (bit % 8)
            guard let read = try? frame(from: flipped) else { continue }
            #expect(read != original, "bit \(bit)")
            #expect(bytes(of: read) == flipped, "bit \(bit)")
        }
    }

    @Test("the refusal names the byte")
    func places() {
        func offset(_ change: (inout [UInt8]) -> Void, _ original: PlantFrame) -> Int? {
            var changed = bytes(of: original)
            change(&changed)
            do throws(BoardError) {
                _ = try frame(from: changed)
                return nil
            } catch {
                if case .frame(let offset, _, _) = error { return offset }
                return nil
            }
        }
        #expect(offset({ $0[0] = 0 }, Self.frames[0]) == 0)
        #expect(offset({ $0[4] = 9 }, Self.frames[0]) == 4)
        #expect(offset({ $0[6] = 1 }, Self.frames[0]) == 6)
        #expect(offset({ $0[35] = 0x7F }, Self.frames[0]) == 32, "a pilot of thousands of volts")
        #expect(offset({ $0[56] = 1 }, Self.frames[0]) == 56, "a value that is marked absent")
        #expect(offset({ $0[81] = 4 }, Self.frames[0]) == 80, "a value that there is none of")
        #expect(offset({ $0[83] = 4 }, Self.frames[0]) == 82)
        #expect(offset({ $0[84] = 3 }, Self.frames[0]) == 84, "neither open nor closed nor unknown")
        #expect(offset({ $0[86] = 1 }, Self.frames[0]) == 86)
        #expect(offset({ $0[16] = 1 }, Self.frames[3]) == 24, "PWM without a high time")
        #expect(offset({ $0[17] = 0x40 }, Self.frames[3]) == 17)
    }

    @Test("a high time of no or of the whole period is no PWM", arguments: [0, -1, 1_000_000, .max] as [Int64])
    func highTimes(_ highTime: Int64) {
        let outputs = BoardOutputs(pilot: .pwm(highTime: Nanoseconds(highTime)), contactorEnable: false, lock: false)
        let written = bytes(of: .outputs(outputs, at: MonotonicInstant(nanoseconds: 0)))
        #expect(throws: BoardError.self) { try frame(from: written) }
    }
}
