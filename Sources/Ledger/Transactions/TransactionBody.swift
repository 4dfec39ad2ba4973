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
    /// Sets money aside for a connector, under the charger's current tariff; at most for so much energy where a limit is given.
    case grant(
        device: DeviceID, chain: ChainNumber, amount: Microunits, tariff: TariffHash, expiry: UTCMilliseconds,
        energyLimit: MilliwattHours? = nil)
    /// Gives a grant's remainder back to its payer.
    case releaseGrant(device: DeviceID, chain: ChainNumber)
    /// Gives back what a voucher's hold at a connector has left, long after the voucher's expiry; anyone may.
    case releaseVoucher(device: DeviceID, chain: ChainNumber)
    /// Shows two different records with one number, both signed by a charger's key (the whole COSE_Sign1 messages);
    /// anyone may.
    case reportFraud(one: [UInt8], other: [UInt8])

    // MARK: Any charger

    /// Sets money aside for charging at any charger, or any of one operator.
    case allow(
        bearer: AccountID, operatedBy: AccountID?, amount: Microunits, highestPrice: PricePerKilowattHour,
        expiry: UTCMilliseconds)
    /// Makes a grant for a connector from an allowance; its payer or its bearer only.
    case draw(
        allowance: GrantHash, device: DeviceID, chain: ChainNumber, amount: Microunits, tariff: TariffHash,
        expiry: UTCMilliseconds, energyLimit: MilliwattHours? = nil)
    /// Gives what an allowance has left back to its payer.
    case releaseAllowance(GrantHash)

    // MARK: Who and what

    /// Registers the sender as an operator, or changes what it says of itself.
    case registerOperator(Operator)
    /// Registers the sender as a user.
    case registerUser
    /// Says where a charger stands and what it offers; owner only.
    case describe(device: DeviceID, Site)

    // MARK: Sharing

    /// Sets when guests may use a charger, or (nil) makes it public; owner only.
    case share(device: DeviceID, Sharing?)
    /// Keeps a connector for its owner until a moment, or (a moment that has passed) lets it go again; owner only.
    case claim(device: DeviceID, chain: ChainNumber, until: UTCMilliseconds)
    /// Reserves a connector for the sender. `deposit` is what the owner asks.
    case reserve(
        device: DeviceID, chain: ChainNumber, from: UTCMilliseconds, until: UTCMilliseconds, deposit: Microunits)
    /// Ends a reservation: its user cancels it, or anyone says that its time is over.
    case settleReservation(device: DeviceID, chain: ChainNumber, reservation: GrantHash)
    /// Gives back some of what a session paid; the session's owner only. The payer is named to be checked against the
    /// settlement.
    case refund(device: DeviceID, session: SessionID, payer: AccountID, amount: Microunits)

    // MARK: Authority

    /// Lets devices install an image, or forbids it again; release authorities only.
    case releaseFirmware(FirmwareRelease)
    /// Votes for new rules; members of the governance only.
    case vote(Proposal)

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
        case allow = 10
        case draw = 11
        case releaseAllowance = 12
        case registerOperator = 13
        case registerUser = 14
        case describe = 15
        case share = 16
        case claim = 17
        case reserve = 18
        case settleReservation = 19
        case refund = 20
        case releaseFirmware = 21
        case vote = 22
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
        case .allow: .allow
        case .draw: .draw
        case .releaseAllowance: .releaseAllowance
        case .registerOperator: .registerOperator
        case .registerUser: .registerUser
        case .describe: .describe
        case .share: .share
        case .claim: .claim
        case .reserve: .reserve
        case .settleReservation: .settleReservation
        case .refund: .refund
        case .releaseFirmware: .releaseFirmware
        case .vote: .vote
        }
    }
}
