/// How well a meter profile is known to fit real meters.
public enum MeterTrust: UInt8, Hashable, Sendable {
    case unverified = 0
    case community = 1
    case bench = 2
    case vendorDocument = 3
}

/// The meter as it identified itself, and the profile that it is read by.
public struct MeterIdentity: Hashable, Sendable {
    /// Each text has at most 32 bytes; the serial is empty where the meter cannot say it.
    public var vendor: String
    public var model: String
    public var serial: String
    public var profileID: String
    /// SHA-256 of the profile file.
    public var profileHash: ContentHash
    public var trust: MeterTrust

    public init(
        vendor: String, model: String, serial: String, profileID: String, profileHash: ContentHash, trust: MeterTrust
    ) {
        self.vendor = vendor
        self.model = model
        self.serial = serial
        self.profileID = profileID
        self.profileHash = profileHash
        self.trust = trust
    }
}

extension MeterIdentity: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "vendor", .text(vendor)),
            RecordField(2, "model", .text(model)),
            RecordField(3, "serial", .text(serial)),
            RecordField(4, "profile", .text(profileID)),
            RecordField(5, "profile_hash", .bytes(profileHash.bytes)),
            RecordField(6, "trust", .code(trust)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        vendor = try fields.text(1, "vendor", maximum: 32)
        model = try fields.text(2, "model", maximum: 32)
        serial = try fields.text(3, "serial", maximum: 32)
        profileID = try fields.text(4, "profile", maximum: 32)
        profileHash = try fields.identifier(5, "profile_hash", ContentHash.self)
        trust = try fields.code(6, "trust", MeterTrust.self)
    }
}
