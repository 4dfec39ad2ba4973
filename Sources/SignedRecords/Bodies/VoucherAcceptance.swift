public import Quantities

/// An offline voucher was accepted while the platform was out of reach. Stands directly before begin, or alone.
public struct VoucherAcceptance: Hashable, Sendable {
    /// SHA-256 of `voucher`; begin's `grant` when a session follows.
    public var voucherHash: GrantHash
    public var payer: AccountID
    public var amount: Microunits
    public var tariff: TariffHash
    public var expiry: UTCMilliseconds
    /// The signed voucher, so that the record settles without its bearer; 1 to 2048 bytes.
    public var voucher: [UInt8]
    /// The answer of the bearer whom the voucher names; nil exactly where it names none.
    public var answer: BearerAnswer?

    public init(
        payer: AccountID, amount: Microunits, tariff: TariffHash, expiry: UTCMilliseconds, voucher: [UInt8],
        answer: BearerAnswer? = nil
    ) {
        voucherHash = GrantHash(hashing: voucher)
        self.payer = payer
        self.amount = amount
        self.tariff = tariff
        self.expiry = expiry
        self.voucher = voucher
        self.answer = answer
    }
}

extension VoucherAcceptance: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "voucher_hash", .bytes(voucherHash.bytes)),
            RecordField(2, "payer", .bytes(payer.bytes)),
            RecordField(3, "amount_micro", .signed(amount.rawValue)),
            RecordField(4, "tariff", .bytes(tariff.bytes)),
            RecordField(5, "expiry_ms", .utc(expiry)),
            RecordField(6, "voucher", .bytes(voucher)),
        ] + (answer.map { [RecordField(7, "answer", .fields($0.fields))] } ?? [])
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        voucherHash = try fields.identifier(1, "voucher_hash", GrantHash.self)
        payer = try fields.identifier(2, "payer", AccountID.self)
        amount = Microunits(Int64(try fields.unsigned(3, "amount_micro", maximum: UInt64(Int64.max))))
        tariff = try fields.identifier(4, "tariff", TariffHash.self)
        expiry = try fields.utc(5, "expiry_ms")
        voucher = try fields.bytes(6, "voucher", count: 1...2048)
        answer = try fields.optional(7, "answer").map { item throws(CBORError) in
            try BearerAnswer.read(item, path: "\(fields.path).answer")
        }
        let hash = GrantHash(hashing: voucher)
        guard voucherHash == hash else {
            throw .field(
                path: "\(fields.path).voucher_hash", problem: .outOfRange(expected: hash.hex, found: voucherHash.hex))
        }
    }
}
