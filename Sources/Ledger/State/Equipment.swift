public import Quantities
public import SignedRecords

/// What a connector last measured with and ran on, by its signed records (begin, meter change, firmware change).
public struct Equipment: StateValue {
    public static let noun = "equipment"

    /// The meter; its texts may be empty where it cannot say them.
    public var meter: MeterIdentity?
    /// SHA-256 of the firmware; nil where no record named it.
    public var firmware: ContentHash?

    /// The register at the last session's end, or of the meter that was put in since: the next session begins there or
    /// beyond, or is not paid. Nil before the first session.
    public var register: MilliwattHours?

    /// Nothing known.
    public init() {
        meter = nil
        firmware = nil
        register = nil
    }

    /// A session leaves the register where it stands now; one that began below what was known leaves that, unless it has
    /// passed it.
    mutating func leave(_ now: MilliwattHours, of session: OpenSession) {
        guard let known = register, session.beginImport < known else { return register = now }
        register = max(known, now)
    }

    public var items: [CBOR] {
        let meter: [CBOR] =
            meter.map {
                [
                    .text($0.vendor), .text($0.model), .text($0.serial), .text($0.profileID),
                    .bytes($0.profileHash.bytes), .unsigned(UInt64($0.trust.rawValue)),
                ]
            } ?? []
        return [.array(meter), .bytes(firmware?.bytes ?? [])] + (register.map { [.integer($0.rawValue)] } ?? [])
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        var places = try values.array("meter")
        if places.hasMore {
            let texts = (
                try places.text("vendor", maximum: 32, mayBeEmpty: true),
                try places.text("model", maximum: 32, mayBeEmpty: true),
                try places.text("serial", maximum: 32, mayBeEmpty: true),
                try places.text("profile", maximum: 32, mayBeEmpty: true)
            )
            let hash = try places.identifier("profile hash", as: ContentHash.self)
            let code = try places.unsigned("trust", maximum: 255)
            guard let trust = MeterTrust(rawValue: UInt8(code)) else {
                throw .malformed(what: Self.noun, reason: "trust \(code) is not known")
            }
            meter = MeterIdentity(
                vendor: texts.0, model: texts.1, serial: texts.2, profileID: texts.3, profileHash: hash, trust: trust)
        } else {
            meter = nil
        }
        try places.finish()
        firmware = try values.optionalIdentifier("firmware", as: ContentHash.self)
        register = values.hasMore ? try values.quantity("register", as: MilliwattHours.self) : nil
    }
}
