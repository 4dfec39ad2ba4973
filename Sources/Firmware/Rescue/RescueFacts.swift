internal import BoardIO
internal import Journal
internal import LightClient
internal import PlatformLink
internal import Quantities
internal import SignedRecords

/// What is known of a device while no firmware runs: by its configuration and by what it keeps. Nothing here asks the signer, whose
/// program stands in the same slots.
struct RescueFacts: Sendable {
    /// So many of the newest records are asked for the time: where a time source was lost, those of a day or more say nothing.
    private static let newest = 1_024

    let configuration: RescueConfiguration
    /// As genesis says; nil where there is none, or it cannot be read.
    let device: DeviceID?
    /// The profile's id; empty where it cannot be read.
    let board: String
    let isBench: Bool
    let boot: BootID
    /// nil where it cannot be kept: a full disk does not shut the technician out.
    let bootCount: UInt32?
    /// SHA-256 of the rescue shell's own program.
    let digest: ContentHash
    let startedAt: MonotonicInstant
    /// What was found wrong, by the launcher and here, a line each.
    let findings: [String]
    /// The latest time that is proved.
    let proven = ProvenTime()

    init(_ configuration: RescueConfiguration, findings: [String]) throws(FirmwareError) {
        self.configuration = configuration
        let profile = configuration.boardProfile.flatMap { try? BoardProfile.load(path: $0) }
        (board, isBench) = (profile?.id ?? "", profile?.bench ?? false)
        boot = try BootIdentity.kernelBoot()
        bootCount = (try? BootIdentity.read(countFile: configuration.home + "/boot"))?.count
        digest = try FirmwareImage.digest()
        startedAt = SystemClock.now()
        var found = findings
        let journal = configuration.home + "/journal"
        do {
            device = try JournalReader.genesis(directory: journal)?.record.device
        } catch {
            device = nil
            found.append("who this device is cannot be read: \(error); certificates for it alone do not count")
        }
        self.findings = found
        proveTime(journal)
    }

    /// By the newest records, and by the newest header that was believed. A damaged file proves nothing, and nothing that was proved by
    /// another is lost by it.
    private func proveTime(_ journal: String) {
        for signed in (try? JournalReader.newest(Self.newest, directory: journal)) ?? [] {
            proven.raise(by: signed.record.time)
        }
        for folder in (try? LinkFolder.all(under: configuration.home + "/link")) ?? [] {
            if let left = try? TrustedStore(directory: folder).load(chainID: configuration.chain) {
                proven.raise(to: left.header.time.unixMilliseconds)
            }
        }
    }
}
