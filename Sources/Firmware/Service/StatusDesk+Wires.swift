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
        guard range.connector >= 1, Int(range.connector) <= reach.meters.count else {
            throw .unavailable("expected a connector from 1 to \(reach.meters.count), got \(range.connector)")
        }
        guard Int(range.first) + range.count <= 65_536 else {
            throw .unavailable("expected registers up to 65535, got \(range.first) and \(range.count - 1) behind it")
        }
        let access = reach.meters[Int(range.connector) - 1]
        let request = RegisterRequest(
            functionCode: range.table == .holding ? 3 : 4, address: range.first, count: range.count)
        do throws(MeteringError) {
            let reading = try access.bus.readRegisters(request, of: access.index, within: reach.patience)
            return RegisterAnswer(
                unit: reading.unit, request: request.protocolData, reply: request.protocolData(of: reading.words),
                first: range.first, words: reading.words, latency: reading.elapsed)
        } catch {
            throw .unavailable("\(error)")
        }
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
