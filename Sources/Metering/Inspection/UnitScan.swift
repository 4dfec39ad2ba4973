public import Quantities

/// Which units of a line answered, asked one after the other between the polls of its meters.
public struct UnitScan: Equatable, Sendable {
    /// A unit that let itself be heard.
    public struct Answer: Equatable, Sendable {
        public let unit: UInt8
        public let reply: Reply
    }

    /// What came from a unit.
    public enum Reply: Equatable, Sendable {
        case registers
        /// One of the protocol's exceptions: it is there, and has no such registers.
        case exception(UInt8)
        /// Something that is no reply of it: two units with one number, another speed, a line that is too long.
        case garbled(MeteringError)
    }

    public internal(set) var answers: [Answer] = []
    /// How many units were asked.
    public internal(set) var asked = 0
    /// The first of the units that time did not suffice for.
    public internal(set) var next: UInt8?
    public internal(set) var took = Nanoseconds.zero

    /// Takes in what became of asking a unit.
    ///
    /// - Throws: what says nothing about the unit: no line, no room.
    mutating func take(_ result: Result<RegisterReadout, MeteringError>, of unit: UInt8) throws(MeteringError) {
        asked += 1
        switch result {
        case .success: answers.append(Answer(unit: unit, reply: .registers))
        case .failure(.exception(let code)):
            // Modbus application protocol 1.1b3, section 7: a gateway says so of a unit that is not there.
            if code != 10, code != 11 { answers.append(Answer(unit: unit, reply: .exception(code))) }
        case .failure(let error):
            switch error {
            case .timeout: break
            // A gateway may close the connection over a unit that it does not know.
            case .linkLost(let number) where number == Self.reset: break
            case .checksum, .wrongReply, .tooFast: answers.append(Answer(unit: unit, reply: .garbled(error)))
            default:
                asked -= 1
                throw error
            }
        }
    }

    /// `ECONNRESET` of Linux.
    private static let reset: Int32 = 104
}

extension ModbusBus {
    /// Asks units for two registers, one between two polls of each meter; while a contactor behind one of the meters is closed,
    /// only where there is room. Blocks the caller.
    ///
    /// - Parameters:
    ///   - units: 1 to 247 each.
    ///   - patience: what all of them together may take; the last may exceed it by the time of one read.
    ///   - isOver: asked before each unit; ends the scan.
    /// - Throws: the line cannot be opened, or the polls leave no room.
    public func scanUnits(
        _ units: [UInt8], within patience: Nanoseconds, isOver: () -> Bool = { false }
    ) throws(MeteringError) -> UnitScan {
        var scan = UnitScan()
        let (began, probe) = (MonotonicInstant.fromKernel(), probe)
        for unit in units {
            let left = patience - (MonotonicInstant.fromKernel() - began)
            guard left > .zero, !isOver() else {
                scan.next = unit
                break
            }
            let result: Result<RegisterReadout, MeteringError>
            do throws(MeteringError) {
                // The line may have to be opened, and a poll of each meter to fail, before the unit has its turn.
                result = .success(
                    try readRegisters(probe, of: 0, unit: unit, mayDelay: true, within: .seconds(10)))
            } catch {
                result = .failure(error)
            }
            try scan.take(result, of: unit)
        }
        scan.took = MonotonicInstant.fromKernel() - began
        return scan
    }
}
