import SignedRecords

extension SignerRequest {
    /// The packet of a request; `number` comes back in its reply.
    func encode(number: UInt64) -> [UInt8] {
        CBOR.fields([
            (1, .unsigned(SignerWire.version)), (2, .unsigned(number)), (3, .unsigned(operation)),
            (4, CBOR.fields(arguments)),
        ]).encode()
    }

    private var operation: UInt64 {
        switch self {
        case .hello: 1
        case .sign: 2
        case .pending: 3
        case .crossSignature: 4
        case .signOCMF: 5
        case .prepareKeyChange: 6
        case .activate: 7
        case .discardRetiredKeys: 8
        case .provePossession: 9
        case .destroyKeys: 10
        case .signDiagnostics: 11
        case .signPossession: 12
        }
    }

    private var arguments: [(UInt64, CBOR?)] {
        switch self {
        case .hello, .crossSignature, .discardRetiredKeys, .destroyKeys: []
        case .sign(let record, let ledger, let head):
            [(1, .bytes(record.encodePayload())), (2, .text(ledger.text)), (3, .unsigned(head))]
        case .pending(let chain): [(1, .unsigned(UInt64(chain.rawValue)))]
        case .signOCMF(let payload): [(1, .bytes(payload))]
        case .prepareKeyChange(let device, let sequence, let previous):
            [(1, .bytes(device.bytes)), (2, .unsigned(sequence)), (3, .bytes(previous.bytes))]
        case .activate(let epoch): [(1, .unsigned(UInt64(epoch)))]
        case .provePossession(let product, let serial, let nonce):
            [(1, .text(product)), (2, .text(serial)), (3, .bytes(nonce))]
        case .signPossession(let device, let nonce): [(1, .bytes(device.bytes)), (2, .bytes(nonce))]
        case .signDiagnostics(let device, let time, let manifest):
            [
                (1, .bytes(device.bytes)), (2, .unsigned(UInt64(max(0, time.rawValue)))), (3, .bytes(manifest.bytes)),
            ]
        }
    }

    /// Reads a packet strictly: the decoder takes deterministic CBOR alone, so a request has one form.
    static func decode(_ packet: [UInt8]) throws(RecordError) -> (number: UInt64, request: SignerRequest) {
        do {
            let limits = CBORLimits(maximumBytes: SignerWire.maximumRequestBytes, maximumDepth: 4)
            var fields = try CBORFields(try CBOR.decode(packet, limits: limits), path: "request")
            let version = try fields.unsigned(1, "version")
            guard version == SignerWire.version else {
                throw CBORError.field(
                    path: "request.version",
                    problem: .outOfRange(expected: "version \(SignerWire.version)", found: "\(version)"))
            }
            let number = try fields.unsigned(2, "number")
            let operation = try fields.unsigned(3, "operation")
            var arguments = try fields.fields(4, "arguments")
            try fields.finish()
            let request = try read(operation, &arguments)
            try arguments.finish()
            return (number, request)
        } catch let error as CBORError {
            throw .payload(error)
        } catch let error as RecordError {
            throw error
        } catch {
            throw .notCanonical
        }
    }

    private static func read(_ operation: UInt64, _ fields: inout CBORFields) throws -> SignerRequest {
        switch operation {
        case 1: return .hello
        case 2:
            let payload = try fields.bytes(1, "record", count: 1...Record.maximumMessageBytes)
            let ledger = try LedgerChainID(try fields.text(2, "ledger", maximum: 50))
            let head = try fields.unsigned(3, "durable_head")
            return .sign(try Record(decodingPayload: payload), ledger: ledger, durableHead: head)
        case 3: return .pending(chain: ChainNumber(rawValue: try fields.integer(1, "chain", as: UInt32.self)))
        case 4: return .crossSignature
        case 5: return .signOCMF(payload: try fields.bytes(1, "payload", count: 2...SignerWire.maximumPayloadBytes))
        case 6:
            return .prepareKeyChange(
                device: try DeviceID(fields.bytes(1, "device", count: 32)),
                sequence: try fields.unsigned(2, "sequence"),
                previous: try RecordHash(fields.bytes(3, "previous", count: 32)))
        case 7: return .activate(epoch: try fields.integer(1, "epoch", as: UInt32.self))
        case 8: return .discardRetiredKeys
        case 9:
            return .provePossession(
                product: try fields.text(1, "product", maximum: 64), serial: try fields.text(2, "serial", maximum: 64),
                nonce: try fields.bytes(3, "nonce", count: EnrolmentStatement.nonceBytes))
        case 10: return .destroyKeys
        case 11:
            return .signDiagnostics(
                device: try DeviceID(fields.bytes(1, "device", count: 32)),
                time: UTCMilliseconds(Int64(try fields.unsigned(2, "time", maximum: UInt64(Int64.max)))),
                manifest: try ContentHash(fields.bytes(3, "manifest", count: 32)))
        case 12:
            return .signPossession(
                device: try DeviceID(fields.bytes(1, "device", count: 32)),
                nonce: try fields.bytes(2, "nonce", count: PossessionStatement.nonceBytes))
        default:
            throw CBORError.field(
                path: "request.operation", problem: .outOfRange(expected: "1 to 12", found: "\(operation)"))
        }
    }
}
