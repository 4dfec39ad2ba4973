public import Crypto
public import Quantities
public import SignedRecords

// This file owns the format of vouchers: a COSE_Sign1 message under "wattseal-voucher/1" whose payload is a deterministic
// CBOR map {1: number, 2: payer's Ed25519 public key, 3: amount, 4: highest price, 5: expiry, 6: charger?, 7: owner?, 8: bearer's
// Ed25519 public key?}.

/// A payer's promise that stands on no ledger before it is used: whoever holds it may charge once, up to its amount, where the
/// platform cannot be asked. The charger's acceptance record brings it to the ledger, which settles it from the payer's
/// account as far as that reaches.
public struct Voucher: Hashable, Sendable {
    /// The longest message: it stands whole in a record.
    public static let maximumBytes = 2_048

    /// What the payer promises.
    public struct Terms: Hashable, Sendable {
        /// Makes two vouchers with like terms two.
        public var number: UInt64
        /// The most that the session on it may cost; 1 and up.
        public var amount: Microunits
        /// The dearest tariff that it may be used under; 0 and up.
        public var highestPrice: PricePerKilowattHour
        /// No session begins on it from then on.
        public var expiry: UTCMilliseconds
        /// The one charger that may take it; nil for any.
        public var device: DeviceID?
        /// The owner whose chargers may take it; nil for any.
        public var owner: AccountID?
        /// The Ed25519 public key of the card that must answer a charger's challenge; nil where whoever holds the voucher may
        /// use it. 32 bytes.
        public var bearer: [UInt8]?

        /// Terms from their parts.
        public init(
            number: UInt64, amount: Microunits, highestPrice: PricePerKilowattHour, expiry: UTCMilliseconds,
            device: DeviceID? = nil, owner: AccountID? = nil, bearer: [UInt8]? = nil
        ) {
            self.number = number
            self.amount = amount
            self.highestPrice = highestPrice
            self.expiry = expiry
            self.device = device
            self.owner = owner
            self.bearer = bearer
        }

        /// Whether a charger may take it.
        public func isFor(device: DeviceID, of owner: AccountID) -> Bool {
            (self.device ?? device) == device && (self.owner ?? owner) == owner
        }
    }

    /// The whole COSE_Sign1 message, as it stands in the acceptance record.
    public let bytes: [UInt8]
    /// What is promised.
    public let terms: Terms
    /// The payer's Ed25519 public key; the account is its SHA-256.
    public let payerKey: [UInt8]
    private let envelope: COSESign1

    /// Who pays.
    public var payer: AccountID { AccountID(hashing: payerKey) }

    /// The name by which sessions refer to it: SHA-256 of the bytes.
    public var hash: GrantHash { GrantHash(hashing: bytes) }

    /// Signs a voucher; no ledger is asked. Throws `LedgerError.signature` where the key cannot sign, `.malformed` for terms
    /// out of range.
    public static func sign(
        _ terms: Terms, key: Curve25519.Signing.PrivateKey, ledger: LedgerChainID
    ) throws(LedgerError) -> Voucher {
        let payload = payload(terms, payerKey: Array(key.publicKey.rawRepresentation))
        let envelope: COSESign1
        do {
            envelope = try COSESign1.sign(
                payload: payload, aad: SigningContext.voucher.additionalData(ledger: ledger), key: key)
        } catch {
            throw .signature(of: "voucher", reason: "\(error)")
        }
        return try Voucher(decoding: envelope.message)
    }

    /// What a card that is its payer's key signs, and the payload that its signature makes a voucher of.
    ///
    /// - Parameter payerKey: The payer's Ed25519 public key; 32 bytes.
    public static func toSign(
        _ terms: Terms, payerKey: [UInt8], ledger: LedgerChainID
    ) -> (statement: [UInt8], payload: [UInt8]) {
        let payload = payload(terms, payerKey: payerKey)
        let aad = SigningContext.voucher.additionalData(ledger: ledger)
        return (COSESign1.signedBytes(payload: payload, aad: aad), payload)
    }

    /// Takes a message apart strictly; the signature is not checked here. Throws `LedgerError.malformed`.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        do {
            envelope = try COSESign1.decode(bytes, maximumBytes: Self.maximumBytes)
        } catch {
            throw .malformed(what: "voucher", reason: error.description)
        }
        do {
            let limits = CBORLimits(maximumBytes: Self.maximumBytes, maximumDepth: 2)
            var fields = try CBORFields(try CBOR.decode(envelope.payload, limits: limits), path: "voucher")
            let number = try fields.unsigned(1, "number")
            payerKey = try fields.bytes(2, "payer", count: 32)
            terms = Terms(
                number: number, amount: try fields.amount(3, "amount"),
                highestPrice: PricePerKilowattHour(
                    Int64(try fields.unsigned(4, "highest_price", maximum: UInt64(Tariff.maximumPrice.rawValue)))),
                expiry: try fields.moment(5, "expiry"),
                device: try fields.optionalIdentifier(6, "device"), owner: try fields.optionalIdentifier(7, "owner"),
                bearer: try fields.optional(8, "bearer").map { item throws(CBORError) in
                    try CBORFields.bytes(item, "voucher.bearer", count: 32...32)
                })
            try fields.finish()
        } catch {
            throw .malformed(what: "voucher", reason: error.description)
        }
        self.bytes = bytes
        // No byte is unread: what was read encodes to the same payload again.
        guard Self.payload(terms, payerKey: payerKey) == envelope.payload else {
            throw .malformed(what: "voucher", reason: "not the canonical encoding")
        }
    }

    /// Checks the payer's signature for a ledger. Throws `LedgerError.signature`.
    public func verify(ledger: LedgerChainID) throws(LedgerError) {
        do {
            try envelope.verify(publicKey: payerKey, aad: SigningContext.voucher.additionalData(ledger: ledger))
        } catch {
            throw .signature(of: "voucher", reason: error.description)
        }
    }

    /// Holds what an acceptance record states against the voucher in it, and the voucher against the charger, the tariff and
    /// its bearer. Throws `LedgerError.malformed` or `.signature` for what is no voucher, `.refused` for the first thing that
    /// differs.
    ///
    /// - Parameter chain: The connector in whose chain the record stands: the bearer answered it and no other.
    public static func read(
        _ acceptance: VoucherAcceptance, by device: DeviceID, at chain: ChainNumber, of owner: AccountID,
        tariff: Tariff, ledger: LedgerChainID
    ) throws(LedgerError) -> Voucher {
        let voucher = try check(acceptance, by: device, of: owner, tariff: tariff, ledger: ledger)
        try voucher.checkBearer(acceptance.answer, by: device, at: chain, ledger: ledger)
        return voucher
    }

    /// Whether the bearer's answer is the one that the voucher asks for: none where it names no bearer. Throws
    /// `LedgerError.refused` or `.signature`.
    public func checkBearer(
        _ answer: BearerAnswer?, by device: DeviceID, at chain: ChainNumber, ledger: LedgerChainID
    ) throws(LedgerError) {
        switch (terms.bearer, answer) {
        case (nil, nil): break
        case (nil, .some):
            throw .refused(what: "bearer's answer", expected: "none: the voucher names no bearer", found: "one")
        case (.some(let key), nil):
            throw .refused(what: "bearer's answer", expected: "one of key \(Hexadecimal.encode(key))", found: "none")
        case (.some(let key), .some(let answer)):
            guard answer.isValid(key: key, ledger: ledger, device: device, chain: chain, voucher: hash) else {
                throw .signature(of: "bearer's answer", reason: "not by the voucher's key for this connector")
            }
        }
    }

    /// As `read`, without the bearer: what a charger can tell before it asks the card.
    public static func check(
        _ acceptance: VoucherAcceptance, by device: DeviceID, of owner: AccountID, tariff: Tariff,
        ledger: LedgerChainID
    ) throws(LedgerError) -> Voucher {
        let voucher = try Voucher(decoding: acceptance.voucher)
        try voucher.verify(ledger: ledger)
        let terms = voucher.terms
        guard acceptance.payer == voucher.payer else {
            throw .refused(what: "voucher's payer", expected: voucher.payer.hex, found: acceptance.payer.hex)
        }
        guard acceptance.amount > .zero, acceptance.amount <= terms.amount else {
            throw .refused(
                what: "amount on a voucher", expected: "1 to \(terms.amount.rawValue) microunits",
                found: "\(acceptance.amount.rawValue)")
        }
        guard acceptance.expiry == terms.expiry else {
            throw .refused(
                what: "voucher's expiry", expected: "\(terms.expiry.rawValue)", found: "\(acceptance.expiry.rawValue)")
        }
        guard acceptance.tariff == tariff.hash, tariff.highestPrice <= terms.highestPrice, tariff.hasNoFees else {
            throw .refused(
                what: "tariff on a voucher",
                expected: "at most \(terms.highestPrice.rawValue) microunits a kWh, without fees",
                found: "up to \(tariff.highestPrice.rawValue)\(tariff.hasNoFees ? "" : " and fees")")
        }
        guard terms.isFor(device: device, of: owner) else {
            throw .refused(what: "charger", expected: "one that the voucher names", found: device.hex)
        }
        return voucher
    }

    // MARK: Payload

    private static func payload(_ terms: Terms, payerKey: [UInt8]) -> [UInt8] {
        CBOR.fields([
            (1, .unsigned(terms.number)), (2, .bytes(payerKey)), (3, .integer(terms.amount.rawValue)),
            (4, .integer(terms.highestPrice.rawValue)), (5, .integer(terms.expiry.rawValue)),
            (6, terms.device.map { .bytes($0.bytes) }), (7, terms.owner.map { .bytes($0.bytes) }),
            (8, terms.bearer.map { .bytes($0) }),
        ]).encode()
    }
}
