import SignedRecords

extension UpdaterRequest {
    /// The request's packet.
    func encoded() -> [UInt8] {
        switch self {
        case .status: UpdaterWire.message(1, [])
        case .begin(let manifest): UpdaterWire.message(2, [(1, manifest.map { .bytes($0.bytes) })])
        case .put(let bytes, let offset): UpdaterWire.message(3, [(1, .bytes(bytes)), (2, .unsigned(offset))])
        case .stage: UpdaterWire.message(4, [])
        case .activate(let request, let standing, let manifest):
            UpdaterWire.message(
                5, [(1, request.item), (2, standing.item), (3, manifest.map { .bytes($0.bytes) })])
        case .confirm(let slot): UpdaterWire.message(6, [(1, .unsigned(UInt64(slot.rawValue)))])
        case .abandon: UpdaterWire.message(7, [])
        case .confirmSystem: UpdaterWire.message(8, [])
        case .abandonSystem: UpdaterWire.message(9, [])
        case .restart(let request): UpdaterWire.message(10, [(1, request.item)])
        case .technicians: UpdaterWire.message(11, [])
        }
    }

    /// Reads a packet strictly: a request has one form.
    init(decoding packet: [UInt8]) throws(CBORError) {
        var (number, fields) = try UpdaterWire.fields(of: packet, atMost: UpdaterWire.mostRequest, "request")
        switch number {
        case 1: self = .status
        case 2:
            self = .begin(try Self.manifest(&fields, 1))
        case 3:
            let bytes = try fields.bytes(1, "bytes", count: 1...Self.mostPiece)
            self = .put(bytes, at: try fields.unsigned(2, "offset", maximum: UInt64(Int64.max)))
        case 4: self = .stage
        case 5:
            let request = try ActivationRequest(try fields.fields(1, "state"))
            let standing = try ReleaseStanding(try fields.fields(2, "standing"))
            self = .activate(request, standing: standing, of: try Self.manifest(&fields, 3))
        case 6:
            let code = try fields.unsigned(1, "slot")
            guard let slot = UInt8(exactly: code).flatMap(Slot.init) else {
                throw UpdaterWire.unknown("request.slot", code, expected: "1 or 2")
            }
            self = .confirm(slot)
        case 7: self = .abandon
        case 8: self = .confirmSystem
        case 9: self = .abandonSystem
        case 10: self = .restart(try ActivationRequest(try fields.fields(1, "state")))
        case 11: self = .technicians
        default: throw UpdaterWire.unknown("request.kind", number, expected: "1 to 11")
        }
        try fields.finish()
    }

    private static func manifest(_ fields: inout CBORFields, _ key: UInt64) throws(CBORError) -> ContentHash? {
        guard let item = fields.optional(key, "manifest") else { return nil }
        return ContentHash(exactly: try CBORFields.bytes(item, "request.manifest", count: 32...32))
    }
}

extension ActivationRequest {
    /// 0 no, 1 yes; a field that is not there is not known.
    fileprivate var item: CBOR {
        func flag(_ value: Bool?) -> CBOR? { value.map { .bool($0) } }
        return CBOR.fields([
            (1, flag(isSessionOpen)), (2, flag(isContactorClosed)), (3, flag(isCarConnected)), (4, flag(isTestPending)),
            (5, flag(areTicksDurable)), (6, .unsigned(UInt64(holding.rawValue))), (7, .bool(countsLateness)),
            (8, overriddenBy.map { .text($0) }),
        ])
    }

    fileprivate init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        func flag(_ key: UInt64, _ name: String) throws(CBORError) -> Bool? {
            guard let item = fields.optional(key, name) else { return nil }
            guard case .bool(let value) = item else {
                throw .field(
                    path: "\(fields.path).\(name)", problem: .wrongType(expected: "a boolean", found: item.kindName))
            }
            return value
        }
        self.init(
            isSessionOpen: try flag(1, "session"), isContactorClosed: try flag(2, "contactor"),
            isCarConnected: try flag(3, "car"), isTestPending: try flag(4, "test"),
            areTicksDurable: try flag(5, "durable"),
            holding: ConfirmConditions(rawValue: try fields.integer(6, "holding", as: UInt16.self)),
            countsLateness: try fields.bool(7, "lateness"),
            overriddenBy: try fields.optional(8, "overridden").map { (item) throws(CBORError) in
                try CBORFields.text(item, "\(fields.path).overridden", maximum: UpdaterWire.mostName)
            })
        try fields.finish()
    }
}

extension ReleaseStanding {
    fileprivate var item: CBOR {
        switch self {
        case .proved: CBOR.fields([(1, .unsigned(1))])
        case .notProved: CBOR.fields([(1, .unsigned(2))])
        case .overridden(let name): CBOR.fields([(1, .unsigned(3)), (2, .text(name))])
        }
    }

    fileprivate init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        let number = try fields.unsigned(1, "standing")
        switch number {
        case 1: self = .proved
        case 2: self = .notProved
        case 3: self = .overridden(by: try fields.text(2, "name", maximum: UpdaterWire.mostName))
        default: throw UpdaterWire.unknown("\(fields.path).standing", number, expected: "1 to 3")
        }
        try fields.finish()
    }
}
