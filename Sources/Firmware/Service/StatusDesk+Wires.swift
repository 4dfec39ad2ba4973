internal import BoardIO
internal import Metering
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// Single lines, registers and links: what stands behind the values that the other answers show.
extension StatusDesk {
    func lines() throws(ServiceShellError) -> [LineAnswer] {
        var answers: [LineAnswer] = []
        for (index, board) in reach.boards.enumerated() {
            for line in board.lineStates() {
                answers.append(
                    LineAnswer(
                        connector: UInt32(index + 1), role: line.role, name: line.name,
                        place: line.place.map { "\($0)" }, isOutput: line.isOutput, isActive: line.isActive,
                        consumer: CharacterDeviceLines.consumer, changes: line.changes, keepsEdges: line.keepsEdges))
            }
        }
        guard !answers.isEmpty else { throw .unavailable("this board has no GPIO lines of its own") }
        return answers
    }

    func readRegisters(_ range: RegisterRange) throws(ServiceShellError) -> RegisterAnswer {
        let access = try meter(of: .connector(range.connector))
        guard Int(range.first) + range.count <= 65_536 else {
            throw .unavailable("expected registers up to 65535, got \(range.first) and \(range.count - 1) behind it")
        }
        let session = Self.openSession(board.current.connectors)
        let request = RegisterRequest(
            functionCode: range.table == .holding ? 3 : 4, address: range.first, count: range.count)
        do throws(MeteringError) {
            let reading = try access.bus.readRegisters(
                request, of: access.index, mayDelay: session == nil, within: reach.patience)
            return RegisterAnswer(
                unit: reading.unit, request: request.protocolData, reply: request.protocolData(of: reading.words),
                first: range.first, words: reading.words, latency: reading.elapsed)
        } catch {
            if case .noRoom = error, let session { throw .unavailable("\(error), and no poll waits: \(session)") }
            throw .unavailable("\(error)")
        }
    }

    func scanUnits(_ range: UnitRange) throws(ServiceShellError) -> BusScanAnswer {
        let owner: MeterLine.Owner = range.line == 0 ? .mains : .connector(range.line)
        let bus = try meter(of: owner).bus
        if let session = Self.openSession(board.current.connectors) { throw .interlock(session) }
        let configured = reach.meters.filter { $0.bus === bus }.map { access in
            BusScanAnswer.Configured(unit: bus.unit(of: access.index), owner: access.owner.words)
        }
        // First those that should be there: without one of them nothing can be told apart.
        let known = configured.map(\.unit)
        let units = known + range.units.filter { !known.contains($0) }
        do throws(MeteringError) {
            let scan = try bus.scanUnits(units, within: Self.scanPatience) {
                Self.openSession(board.current.connectors) != nil
            }
            return BusScanAnswer(
                line: bus.name, configured: configured, range: range.units, asked: scan.asked,
                units: scan.answers.map { .init($0) }, took: scan.took, next: scan.next)
        } catch {
            throw .unavailable("\(bus.name): \(error)")
        }
    }

    /// One scan takes no longer, but for its last unit: 32 dead units of a slow line.
    private static let scanPatience = Nanoseconds.seconds(45)

    private func meter(of owner: MeterLine.Owner) throws(ServiceShellError) -> MeterAccess {
        guard let access = reach.meters.first(where: { $0.owner == owner }) else {
            let known = reach.meters.map(\.owner.words).joined(separator: ", ")
            throw .unavailable("expected the meter of one of: \(known); got that of \(owner.words)")
        }
        return access
    }

    func links() throws(ServiceShellError) -> [LinkAnswer] {
        do throws(FirmwareError) { return try NetworkLinks().all() } catch { throw .unavailable("\(error)") }
    }

    func proveKeys(nonce: [UInt8]) throws(ServiceShellError) -> KeyProof {
        let (device, keys, epoch) = (parts.identity.device, reach.keys.publicKeys, reach.keys.epoch)
        do throws(KeyStoreError) {
            return KeyProof(
                device: device.bytes, epoch: epoch, publicKey: keys.ed25519,
                statement: PossessionStatement.signedBytes(
                    device: device, nonce: nonce, publicKey: keys.ed25519, epoch: epoch),
                signature: try reach.keys.signPossession(device: device, nonce: nonce))
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

extension MeterLine.Owner {
    /// For people: `connector 1`.
    fileprivate var words: String {
        switch self {
        case .connector(let number): "connector \(number)"
        case .mains: "mains"
        }
    }
}

extension BusScanAnswer.Unit {
    fileprivate init(_ answer: UnitScan.Answer) {
        switch answer.reply {
        case .registers: self.init(number: answer.unit, reply: "registers", isReply: true)
        case .exception(let code): self.init(number: answer.unit, reply: "exception \(code)", isReply: true)
        case .garbled(let error): self.init(number: answer.unit, reply: "\(error)", isReply: false)
        }
    }
}

extension RegisterRequest {
    /// Modbus application protocol 1.1b3, sections 6.3 and 6.4: function code, address, count.
    fileprivate var protocolData: [UInt8] {
        [functionCode] + Self.bytes(address) + Self.bytes(UInt16(count))
    }

    /// The reply that carries these words, which is the only one that the line takes for an answer: function code, number of
    /// bytes, words.
    fileprivate func protocolData(of words: [UInt16]) -> [UInt8] {
        [functionCode, UInt8(words.count * 2)] + words.flatMap(Self.bytes)
    }

    private static func bytes(_ word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 0xFF)] }
}
