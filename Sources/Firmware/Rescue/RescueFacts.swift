internal import BoardIO
internal import Journal
internal import LightClient
internal import PlatformLink
internal import Quantities
internal import SignedRecords

/// What is known of a device while no firmware runs: by its configuration and by what it keeps. Nothing here asks the signer, whose
/// program stands in the same slots.
struct RescueFacts: Sendable {
    /// As genesis says; nil where there is none, or it cannot be read.
    let device: DeviceID?
    let product: String
    let serial: String
    /// The profile's id; empty where it cannot be read.
    let board: String
    let isBench: Bool
    let energyFactor: UInt32
    let boot: BootIdentity
    /// SHA-256 of the rescue shell's own program.
    let digest: ContentHash
    let startedAt: MonotonicInstant
    /// What the launcher found wrong, a line each.
    let findings: [String]
    /// The latest time that is proved.
    let proven = ProvenTime()

    init(_ configuration: FirmwareConfiguration, findings: [String]) throws(FirmwareError) {
        product = configuration.device.product
        serial = configuration.device.serial
        energyFactor = configuration.energyFactor
        let profile = try? BoardProfile.load(path: configuration.connectors[0].board.profile)
        board = profile?.id ?? ""
        isBench = profile?.bench ?? false
        boot = try BootIdentity.read(countFile: configuration.home + "/boot")
        digest = try FirmwareImage.digest()
        startedAt = SystemClock.now()
        self.findings = findings
        let journal = configuration.home + "/journal"
        device = (try? JournalReader.genesis(directory: journal))??.record.device
        proveTime(configuration, journal: journal)
    }

    /// As the firmware does it at its start: by the newest records, and by the newest header that was believed. A damaged file proves
    /// nothing, and nothing that was proved by another is lost by it.
    private func proveTime(_ configuration: FirmwareConfiguration, journal: String) {
        for signed in (try? JournalReader.newest(64, directory: journal)) ?? [] {
            let time = signed.record.time
            if time.quality == .synchronised, let utc = time.utc { proven.raise(to: utc.rawValue) }
        }
        for folder in (try? LinkFolder.all(under: configuration.home + "/link")) ?? [] {
            if let left = try? TrustedStore(directory: folder).load(chainID: configuration.ledger.chainID) {
                proven.raise(to: left.header.time.unixMilliseconds)
            }
        }
    }
}
