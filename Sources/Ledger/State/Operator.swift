public import SignedRecords

/// Who runs chargers, as drivers are shown it. Anyone may register; chargers name their operator, not the other way round.
public struct Operator: StateValue {
    public static let noun = "operator"

    /// What drivers see.
    public let name: String
    /// Where a driver finds help: a telephone number, an address.
    public let contact: String

    /// Throws `LedgerError.refused` for an empty text, a name over 64 bytes, a contact over 128.
    public init(name: String, contact: String) throws(LedgerError) {
        try Tariff.check(text: name, what: "operator's name", maximum: 64)
        try Tariff.check(text: contact, what: "operator's contact", maximum: 128)
        self.name = name
        self.contact = contact
    }

    public var items: [CBOR] { [.text(name), .text(contact)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        try self.init(
            name: try values.text("name", maximum: 64), contact: try values.text("contact", maximum: 128))
    }
}
