import SignedRecords

extension UpdaterReply {
    /// The reply's packet.
    func encoded() -> [UInt8] {
        switch self {
        case .status(let status):
            UpdaterWire.message(
                1,
                [
                    (1, .bytes(status.record.encoded())), (2, status.transfer?.item),
                    (3, status.confirmSeconds.map { .unsigned(UInt64($0)) }), (4, status.system?.item),
                    (5, status.technicians?.item),
                ])
        case .transfer(let progress): UpdaterWire.message(2, [(1, progress.item)])
        case .refused(let refusal):
            UpdaterWire.message(
                3,
                [
                    (1, refusal.step.map { .unsigned(UInt64($0.rawValue)) }),
                    (2, .text(UpdaterWire.printable(refusal.words))), (3, refusal.next.map { .unsigned($0) }),
                ])
        }
    }

    /// Reads a packet strictly.
    init(decoding packet: [UInt8]) throws(CBORError) {
        var (number, fields) = try UpdaterWire.fields(of: packet, atMost: UpdaterWire.mostReply, "reply")
        switch number {
        case 1:
            let bytes = try fields.bytes(1, "record", count: BootRecord.copyLength)
            let record: BootRecord
            do throws(FirmwareUpdateError) { record = try BootRecord(decoding: bytes[...]) } catch {
                throw .field(
                    path: "reply.record", problem: .outOfRange(expected: "a boot record", found: "\(error)"))
            }
            let transfer = try fields.optional(2, "transfer").map { (item) throws(CBORError) in
                try TransferProgress(try CBORFields(item, path: "reply.transfer"))
            }
            let seconds = try fields.optional(3, "confirm").map { (item) throws(CBORError) in
                UInt16(try CBORFields.unsigned(item, "reply.confirm", maximum: UInt64(UInt16.max)))
            }
            let system = try fields.optional(4, "system").map { (item) throws(CBORError) in
                try SystemStatus(try CBORFields(item, path: "reply.system"))
            }
            let technicians = try fields.optional(5, "technicians").map { (item) throws(CBORError) in
                try RootTechnicians(try CBORFields(item, path: "reply.technicians"))
            }
            self = .status(
                UpdaterStatus(
                    record: record, transfer: transfer, confirmSeconds: seconds, system: system,
                    technicians: technicians))
        case 2: self = .transfer(try TransferProgress(try fields.fields(1, "transfer")))
        case 3:
            let step = try fields.optional(1, "step").map { (item) throws(CBORError) in
                let code = try CBORFields.unsigned(item, "reply.step", maximum: 255)
                guard let step = VerifyStep(rawValue: Int(code)) else {
                    throw UpdaterWire.unknown("reply.step", code, expected: "1 to \(VerifyStep.allCases.count)")
                }
                return step
            }
            let words = try fields.text(2, "words", maximum: UpdaterWire.mostWords)
            let next = try fields.optional(3, "next").map { (item) throws(CBORError) in
                try CBORFields.unsigned(item, "reply.next")
            }
            self = .refused(UpdaterRefusal(step: step, words: words, next: next))
        default: throw UpdaterWire.unknown("reply.kind", number, expected: "1 to 3")
        }
        try fields.finish()
    }
}

extension TransferProgress {
    fileprivate var item: CBOR {
        CBOR.fields([(1, .unsigned(next)), (2, length.map { .unsigned($0) }), (3, .bool(isWhole))])
    }

    fileprivate init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        self.init(
            next: try fields.unsigned(1, "next"),
            length: try fields.optional(2, "length").map { (item) throws(CBORError) in
                try CBORFields.unsigned(item, "\(fields.path).length")
            }, isWhole: try fields.bool(3, "whole"))
        try fields.finish()
    }
}
