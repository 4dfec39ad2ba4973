public import Quantities
public import SignedRecords

/// What a signed transaction asks for.
public enum TransactionBody: Hashable, Sendable {
    /// Moves money from the sender.
    case transfer(to: AccountID, amount: Microunits)
    /// Puts a tariff on the ledger.
    case publishTariff(Tariff)
    /// Registers a charger by its genesis record (the whole COSE_Sign1 message); the sender must be the owner that it names.
    case registerCharger(genesis: [UInt8], tariff: TariffHash)
    /// Registers a charger that came from another ledger; the sender must be the owner that its genesis record names.
    case registerMoved(MovedRegistration, tariff: TariffHash)
    /// Sets a charger's tariff; owner only.
    case setTariff(device: DeviceID, tariff: TariffHash)
    /// Sets money aside for a connector, under the charger's current tariff.
    case grant(device: DeviceID, chain: ChainNumber, amount: Microunits, tariff: TariffHash, expiry: UTCMilliseconds)
    /// Gives a grant's remainder back to its payer.
    case releaseGrant(device: DeviceID, chain: ChainNumber)
    /// Gives back what a voucher's hold at a connector has left, long after the voucher's expiry; anyone may.
    case releaseVoucher(device: DeviceID, chain: ChainNumber)
    /// Shows two different records with one number, both signed by a charger's key (the whole COSE_Sign1 messages);
    /// anyone may.
    case reportFraud(one: [UInt8], other: [UInt8])

    /// The kinds with their numbers in field 1.
    public enum Kind: UInt64, CaseIterable, Hashable, Sendable {
        case transfer = 1
        case publishTariff = 2
        case registerCharger = 3
        case setTariff = 4
        case grant = 5
        case releaseGrant = 6
        case reportFraud = 7
        case registerMoved = 8
        case releaseVoucher = 9
    }

    /// The kind, as field 1 names it.
    public var kind: Kind {
        switch self {
        case .transfer: .transfer
        case .publishTariff: .publishTariff
        case .registerCharger: .registerCharger
        case .registerMoved: .registerMoved
        case .setTariff: .setTariff
        case .grant: .grant
        case .releaseGrant: .releaseGrant
        case .releaseVoucher: .releaseVoucher
        case .reportFraud: .reportFraud
        }
    }

    /// Fields 4 and up.
    var fields: [(UInt64, CBOR?)] {
        switch self {
        case .transfer(let to, let amount):
            [(4, .bytes(to.bytes)), (5, .integer(amount.rawValue))]
        case .publishTariff(let tariff):
            [(4, .bytes(tariff.encoded()))]
        case .registerCharger(let genesis, let tariff):
            [(4, .bytes(genesis)), (5, .bytes(tariff.bytes))]
        case .registerMoved(let registration, let tariff):
            registration.fields(from: 4) + [(6, .bytes(tariff.bytes))]
        case .setTariff(let device, let tariff):
            [(4, .bytes(device.bytes)), (5, .bytes(tariff.bytes))]
        case .grant(let device, let chain, let amount, let tariff, let expiry):
            [
                (4, .bytes(device.bytes)), (5, .unsigned(UInt64(chain.rawValue))), (6, .integer(amount.rawValue)),
                (7, .bytes(tariff.bytes)), (8, .integer(expiry.rawValue)),
            ]
        case .releaseGrant(let device, let chain), .releaseVoucher(let device, let chain):
            [(4, .bytes(device.bytes)), (5, .unsigned(UInt64(chain.rawValue)))]
        case .reportFraud(let one, let other):
            [(4, .bytes(one)), (5, .bytes(other))]
        }
    }

    /// Reads fields 4 and up of a kind.
    init(_ kind: Kind, reading fields: inout CBORFields) throws(LedgerError) {
        do {
            switch kind {
            case .transfer:
                self = .transfer(
                    to: try fields.identifier(4, "to"), amount: try fields.amount(5, "amount"))
            case .publishTariff:
                let bytes = try fields.bytes(4, "tariff", count: 1...1024)
                self = .publishTariff(try Tariff(decoding: bytes))
            case .registerCharger:
                self = .registerCharger(
                    genesis: try fields.bytes(4, "genesis", count: 1...Record.maximumMessageBytes),
                    tariff: try fields.identifier(5, "tariff"))
            case .registerMoved:
                self = .registerMoved(
                    try MovedRegistration(from: 4, reading: &fields), tariff: try fields.identifier(6, "tariff"))
            case .setTariff:
                self = .setTariff(
                    device: try fields.identifier(4, "device"),
                    tariff: try fields.identifier(5, "tariff"))
            case .grant:
                self = .grant(
                    device: try fields.identifier(4, "device"), chain: try fields.chain(5),
                    amount: try fields.amount(6, "amount"), tariff: try fields.identifier(7, "tariff"),
                    expiry: try fields.moment(8, "expiry"))
            case .releaseGrant:
                self = .releaseGrant(
                    device: try fields.identifier(4, "device"), chain: try fields.chain(5))
            case .releaseVoucher:
                self = .releaseVoucher(
                    device: try fields.identifier(4, "device"), chain: try fields.chain(5))
            case .reportFraud:
                self = .reportFraud(
                    one: try fields.bytes(4, "one", count: 1...Record.maximumMessageBytes),
                    other: try fields.bytes(5, "other", count: 1...Record.maximumMessageBytes))
            }
        } catch let error as CBORError {
            throw .malformed(what: "transaction", reason: error.description)
        } catch let error as LedgerError {
            throw error
        } catch {
            invariantBroken("a transaction's fields throw the two errors above")
        }
    }
}
