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
    let meterProfileHash: ContentHash
    let bench: Bool
    let energyFactor: UInt32
    /// The greatest power that this board lets through.
    let maximumPower: Milliwatts
    /// What the contactor is built for.
    let contactorRating: ContactorRating
}
