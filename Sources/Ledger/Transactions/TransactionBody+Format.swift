internal import Quantities
internal import SignedRecords

// This file owns the fields of each kind of transaction, 4 and up. A state value that a transaction brings whole stands in it as
// the byte string of its encoding.

extension TransactionBody {
    /// Fields 4 and up.
    var fields: [(UInt64, CBOR?)] {
        switch self {
        case .transfer(let to, let amount): return [(4, .bytes(to.bytes)), (5, .integer(amount.rawValue))]
        case .publishTariff(let tariff): return [(4, .bytes(tariff.encoded()))]
        case .registerCharger(let genesis, let tariff): return [(4, .bytes(genesis)), (5, .bytes(tariff.bytes))]
        case .registerMoved(let registration, let tariff):
            return registration.fields(from: 4) + [(6, .bytes(tariff.bytes))]
        case .setTariff(let device, let tariff): return [(4, .bytes(device.bytes)), (5, .bytes(tariff.bytes))]
        case .grant(let device, let chain, let amount, let tariff, let expiry, let limit):
            return Self.place(device, chain) + [
                (6, .integer(amount.rawValue)), (7, .bytes(tariff.bytes)), (8, .integer(expiry.rawValue)),
                (9, limit.map { .integer($0.rawValue) }),
            ]
        case .releaseGrant(let device, let chain), .releaseVoucher(let device, let chain):
            return Self.place(device, chain)
        case .reportFraud(let one, let other): return [(4, .bytes(one)), (5, .bytes(other))]
        case .allow(let bearer, let operatedBy, let amount, let price, let expiry):
            return [
                (4, .bytes(bearer.bytes)), (5, operatedBy.map { .bytes($0.bytes) }), (6, .integer(amount.rawValue)),
                (7, .integer(price.rawValue)), (8, .integer(expiry.rawValue)),
            ]
        case .draw(let allowance, let device, let chain, let amount, let tariff, let expiry, let limit):
            return Self.place(device, chain) + [
                (6, .integer(amount.rawValue)), (7, .bytes(tariff.bytes)), (8, .integer(expiry.rawValue)),
                (9, limit.map { .integer($0.rawValue) }), (10, .bytes(allowance.bytes)),
            ]
        case .releaseAllowance(let allowance): return [(4, .bytes(allowance.bytes))]
        case .registerOperator(let said): return [(4, .bytes(said.encoded()))]
        case .registerUser: return []
        case .describe(let device, let site): return [(4, .bytes(device.bytes)), (5, .bytes(site.encoded()))]
        case .share(let device, let sharing):
            return [(4, .bytes(device.bytes)), (5, sharing.map { .bytes($0.encoded()) })]
        case .claim(let device, let chain, let until):
            return Self.place(device, chain) + [(6, .integer(until.rawValue))]
        case .reserve(let device, let chain, let from, let until, let deposit):
            return Self.place(device, chain) + [
                (6, .integer(from.rawValue)), (7, .integer(until.rawValue)), (8, .integer(deposit.rawValue)),
            ]
        case .settleReservation(let device, let chain, let reservation):
            return Self.place(device, chain) + [(6, .bytes(reservation.bytes))]
        case .refund(let device, let session, let payer, let amount):
            return [
                (4, .bytes(device.bytes)), (5, .bytes(session.bytes)), (6, .bytes(payer.bytes)),
                (7, .integer(amount.rawValue)),
            ]
        case .releaseFirmware(let release): return [(4, .bytes(release.encoded()))]
        case .vote(let proposal): return [(4, .bytes(proposal.encoded()))]
        }
    }

    private static func place(_ device: DeviceID, _ chain: ChainNumber) -> [(UInt64, CBOR?)] {
        [(4, .bytes(device.bytes)), (5, .unsigned(UInt64(chain.rawValue)))]
    }

    /// Reads fields 4 and up of a kind.
    init(_ kind: Kind, reading fields: inout CBORFields) throws(LedgerError) {
        do {
            switch kind {
            case .transfer, .registerCharger, .registerMoved, .setTariff, .grant, .releaseGrant, .releaseVoucher,
                .reportFraud, .publishTariff:
                self = try Self.charging(kind, &fields)
            case .allow, .draw, .releaseAllowance, .share, .claim, .reserve, .settleReservation, .refund:
                self = try Self.sharing(kind, &fields)
            case .registerOperator: self = .registerOperator(try fields.value(4, "operator"))
            case .registerUser: self = .registerUser
            case .describe: self = .describe(device: try fields.identifier(4, "device"), try fields.value(5, "site"))
            case .releaseFirmware: self = .releaseFirmware(try fields.value(4, "release"))
            case .vote: self = .vote(try fields.value(4, "proposal"))
            }
        } catch let error as CBORError {
            throw .malformed(what: "transaction", reason: error.description)
        } catch let error as LedgerError {
            throw error
        } catch {
            invariantBroken("a transaction's fields throw the two errors above")
        }
    }

    private static func charging(_ kind: Kind, _ fields: inout CBORFields) throws -> TransactionBody {
        switch kind {
        case .transfer: return .transfer(to: try fields.identifier(4, "to"), amount: try fields.amount(5, "amount"))
        case .publishTariff: return .publishTariff(try fields.value(4, "tariff"))
        case .registerCharger:
            return .registerCharger(
                genesis: try fields.bytes(4, "genesis", count: 1...Record.maximumMessageBytes),
                tariff: try fields.identifier(5, "tariff"))
        case .registerMoved:
            return .registerMoved(
                try MovedRegistration(from: 4, reading: &fields), tariff: try fields.identifier(6, "tariff"))
        case .setTariff:
            return .setTariff(
                device: try fields.identifier(4, "device"), tariff: try fields.identifier(5, "tariff"))
        case .grant:
            return .grant(
                device: try fields.identifier(4, "device"), chain: try fields.chain(5),
                amount: try fields.amount(6, "amount"), tariff: try fields.identifier(7, "tariff"),
                expiry: try fields.moment(8, "expiry"), energyLimit: try fields.optionalEnergy(9, "energy_limit"))
        case .releaseGrant:
            return .releaseGrant(device: try fields.identifier(4, "device"), chain: try fields.chain(5))
        case .releaseVoucher:
            return .releaseVoucher(device: try fields.identifier(4, "device"), chain: try fields.chain(5))
        default:
            return .reportFraud(
                one: try fields.bytes(4, "one", count: 1...Record.maximumMessageBytes),
                other: try fields.bytes(5, "other", count: 1...Record.maximumMessageBytes))
        }
    }

    private static func sharing(_ kind: Kind, _ fields: inout CBORFields) throws -> TransactionBody {
        switch kind {
        case .allow:
            return .allow(
                bearer: try fields.identifier(4, "bearer"), operatedBy: try fields.optionalIdentifier(5, "operator"),
                amount: try fields.amount(6, "amount"),
                highestPrice: PricePerKilowattHour(
                    Int64(try fields.unsigned(7, "highest_price", maximum: UInt64(Tariff.maximumPrice.rawValue)))),
                expiry: try fields.moment(8, "expiry"))
        case .draw:
            return .draw(
                allowance: try fields.identifier(10, "allowance"), device: try fields.identifier(4, "device"),
                chain: try fields.chain(5), amount: try fields.amount(6, "amount"),
                tariff: try fields.identifier(7, "tariff"), expiry: try fields.moment(8, "expiry"),
                energyLimit: try fields.optionalEnergy(9, "energy_limit"))
        case .releaseAllowance: return .releaseAllowance(try fields.identifier(4, "allowance"))
        case .share:
            return .share(device: try fields.identifier(4, "device"), try fields.optionalValue(5, "sharing"))
        case .claim:
            return .claim(
                device: try fields.identifier(4, "device"), chain: try fields.chain(5),
                until: try fields.moment(6, "until"))
        case .reserve:
            return .reserve(
                device: try fields.identifier(4, "device"), chain: try fields.chain(5),
                from: try fields.moment(6, "from"), until: try fields.moment(7, "until"),
                deposit: Microunits(Int64(try fields.unsigned(8, "deposit", maximum: UInt64(Int64.max)))))
        case .settleReservation:
            return .settleReservation(
                device: try fields.identifier(4, "device"), chain: try fields.chain(5),
                reservation: try fields.identifier(6, "reservation"))
        default:
            return .refund(
                device: try fields.identifier(4, "device"), session: try fields.identifier(5, "session"),
                payer: try fields.identifier(6, "payer"), amount: try fields.amount(7, "amount"))
        }
    }
}
