import ChargeControl
import Quantities
import SignedRecords

/// What the genesis record says of this device, and what every begin record repeats.
struct DeviceIdentity: Sendable {
    let device: DeviceID
    let ledger: LedgerChainID
    let owner: AccountID
    let product: String
    let serial: String
    let board: String
    let boardProfileHash: ContentHash
    let firmwareDigest: ContentHash
    let bench: Bool
    let energyFactor: UInt32
    let connectors: [ConnectorIdentity]
    /// What it is told to be, for configuration changes.
    var configuration: [ConfigurationSubject] = []
    /// What may be sold on vouchers; nil where they are not taken.
    var vouchers: VoucherLimits?
    /// The card readers; each with the connector that its cards are for, or nil.
    var readers: [ChainNumber?] = []
    /// The move that the configuration states; nil where it states none.
    var move: LedgerMove?
}

/// What the records of one connector rest on.
struct ConnectorIdentity: Sendable {
    let chain: ChainNumber
    let meterProfileHash: ContentHash
    /// The greatest power that the board lets through.
    let maximumPower: Milliwatts
    /// The core's configuration: the fault table's rows and the contactor's rating.
    let control: ControlConfiguration
    /// The step of the meter's import register, by its profile.
    var meterResolution = MilliwattHours(1_000)
    /// How old what the meter reports may be when it is asked for.
    var registerRefresh = Nanoseconds.zero
}
