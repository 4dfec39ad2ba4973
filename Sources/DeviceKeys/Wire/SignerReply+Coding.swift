import SignedRecords

extension SignerReply {
    /// The packet of a reply to the request with this number.
    func encode(number: UInt64) -> [UInt8] {
        let (form, fields) = parts
        return CBOR.fields([
            (1, .unsigned(SignerWire.version)), (2, .unsigned(number)), (3, .unsigned(form)), (4, CBOR.fields(fields)),
        ]).encode()
    }

    private var parts: (form: UInt64, fields: [(UInt64, CBOR?)]) {
        switch self {
        case .done: return (0, [])
        case .refused(let error):
            let refusal = SignerRefusal(error)
            return (
                1,
                [
                    (1, .unsigned(refusal.code)), (2, .array(refusal.numbers.map { .unsigned($0) })),
                    (3, .text(refusal.words)),
                ]
            )
        case .keys(let keys):
            return (
                2,
                [
                    (1, .bytes(keys.publicKeys.ed25519)), (2, .bytes(keys.publicKeys.p256)),
                    (3, .unsigned(UInt64(keys.epoch))), (4, .text(keys.protection)), (5, .bool(keys.madeKeys)),
                ]
            )
        case .messages(let messages): return (3, [(1, .array(messages.map { .bytes($0) }))])
        case .signature(let bytes): return (4, [(1, .bytes(bytes))])
        case .keyChange(let change):
            return (
                5,
                [
                    (1, .unsigned(UInt64(change.newEpoch))), (2, .bytes(change.ed25519PublicKey)),
                    (3, .bytes(change.p256PublicKey)), (4, .bytes(change.p256Signature)),
                    (5, .bytes(change.newKeySignature)),
                ]
            )
        }
    }

    /// Reads a packet strictly.
    static func decode(_ packet: [UInt8]) throws(CBORError) -> (number: UInt64, reply: SignerReply) {
        let limits = CBORLimits(maximumBytes: SignerWire.maximumReplyBytes, maximumDepth: 4)
        var fields = try CBORFields(try CBOR.decode(packet, limits: limits), path: "reply")
        let version = try fields.unsigned(1, "version")
        guard version == SignerWire.version else {
            throw .field(
                path: "reply.version",
                problem: .outOfRange(expected: "version \(SignerWire.version)", found: "\(version)"))
        }
        let number = try fields.unsigned(2, "number")
        let form = try fields.unsigned(3, "form", maximum: 5)
        var body = try fields.fields(4, "body")
        try fields.finish()
        let reply = try read(form, &body)
        try body.finish()
        return (number, reply)
    }

    private static func read(_ form: UInt64, _ fields: inout CBORFields) throws(CBORError) -> SignerReply {
        switch form {
        case 0: return .done
        case 1:
            let code = try fields.unsigned(1, "code")
            var numbers: [UInt64] = []
            for item in try fields.array(2, "numbers", count: 0...4) {
                numbers.append(try CBORFields.unsigned(item, "reply.numbers"))
            }
            let words = try fields.text(3, "words", maximum: SignerRefusal.maximumWords)
            return .refused(SignerRefusal(code: code, numbers: numbers, words: words).error)
        case 2:
            return .keys(
                SignerKeys(
                    publicKeys: DevicePublicKeys(
                        ed25519: try fields.bytes(1, "ed25519", count: 32), p256: try fields.bytes(2, "p256", count: 65)
                    ),
                    epoch: try fields.integer(3, "epoch", as: UInt32.self),
                    protection: try fields.text(4, "protection", maximum: 16),
                    madeKeys: try fields.bool(5, "made_keys")))
        case 3:
            var messages: [[UInt8]] = []
            for item in try fields.array(1, "messages", count: 0...PendingRecords.limit) {
                messages.append(
                    try CBORFields.bytes(item, "reply.messages", count: 1...Record.maximumMessageBytes))
            }
            return .messages(messages)
        case 4: return .signature(try fields.bytes(1, "signature", count: 64))
        default:
            return .keyChange(
                KeyChange(
                    newEpoch: try fields.integer(1, "new_epoch", as: UInt32.self),
                    ed25519PublicKey: try fields.bytes(2, "ed25519", count: 32),
                    p256PublicKey: try fields.bytes(3, "p256", count: 65),
                    p256Signature: try fields.bytes(4, "p256_signature", count: 64),
                    newKeySignature: try fields.bytes(5, "new_key_signature", count: 64)))
        }
    }
}
