internal import BoardIO
internal import Glibc
internal import Journal
internal import SignedRecords

/// The rooms as the configuration wants them, made but not started.
struct DaemonParts: Sendable {
    let configuration: FirmwareConfiguration
    /// Connector 1, connector 2 …
    let connectors: [ConnectorParts]
    /// nil where there is no mains meter.
    let mains: MainsParts?
    let keys: any KeyStore
    let identity: DeviceIdentity
    /// The ledger that genesis names; nil in a new device.
    let firstLedger: LedgerChainID?
    let clock: RecordClock
    /// What scales the boards' converters.
    let calibration: CalibrationKeeper

    /// What the link keeps of the first ledger, and below it of others.
    var linkFolder: String { configuration.home + "/link" }

    var keyProtection: String { keys.protection }

    /// - Parameter connect: opens the way to the keys; called once the folder of everything is there.
    init(
        _ configuration: FirmwareConfiguration, benchAllowed: Bool,
        connect: (FirmwareConfiguration.Keys) throws(FirmwareError) -> any KeyStore
    ) throws(FirmwareError) {
        self.configuration = configuration
        // Before anything is made or started.
        try ConfigurationCheck.checkTogether(configuration, benchAllowed: benchAllowed)
        let image = try ImageDigest()
        for folder in ["", "/journal", "/link", "/flight"] { try Self.makeFolder(configuration.home + folder) }
        keys = try connect(configuration.keys)
        clock = RecordClock(boot: try BootIdentity.read(countFile: configuration.home + "/boot"))
        // The device is named after its first key: once keys have changed, only its records say who it is.
        let genesis = try Self.genesis(configuration.home + "/journal")
        let device = genesis?.record.device ?? keys.publicKeys.deviceID
        firstLedger = if case .genesis(let body)? = genesis?.record.body { body.ledger } else { nil }
        calibration = CalibrationKeeper(.file(configuration.home + "/calibration"))
        var parts: [ConnectorParts] = []
        for (index, connector) in configuration.connectors.enumerated() {
            parts.append(
                try ConnectorParts(
                    connector, number: UInt32(index + 1), device: device, energyFactor: configuration.energyFactor,
                    benchAllowed: benchAllowed, calibration: calibration))
        }
        connectors = parts
        mains = try MainsParts(configuration, boards: parts.map(\.profile))
        identity = try Self.makeIdentity(configuration, parts, mains, device, try image.wait())
    }

    private static func genesis(_ journal: String) throws(FirmwareError) -> SignedRecord? {
        do { return try JournalReader.genesis(directory: journal) } catch {
            throw .room("journal", reason: "\(error)")
        }
    }

    private static func makeFolder(_ path: String) throws(FirmwareError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .system(call: "mkdir \(path)", errno: errno) }
    }

    private static func makeIdentity(
        _ configuration: FirmwareConfiguration, _ connectors: [ConnectorParts], _ mains: MainsParts?,
        _ device: DeviceID, _ firmware: ContentHash
    ) throws(FirmwareError) -> DeviceIdentity {
        do {
            let ledger = try LedgerChainID(configuration.ledger.chainID)
            return DeviceIdentity(
                device: device, ledger: ledger,
                owner: try AccountID(hex: configuration.device.owner), product: configuration.device.product,
                serial: configuration.device.serial, board: connectors[0].profile.id,
                boardProfileHash: profileHash(connectors.map(\.profile)),
                firmwareDigest: firmware, bench: connectors.contains { $0.profile.bench },
                energyFactor: configuration.energyFactor, connectors: connectors.map(\.identity),
                configuration: ConfigurationSubject.all(configuration, connectors, mains),
                vouchers: try VoucherLimits(configuration.offline),
                readers: configuration.readers.map { $0.connector.map { .connector($0) } },
                move: try configuration.ledger.move(to: ledger))
        } catch let error as FirmwareError {
            throw error
        } catch {
            throw .configuration(["\(error)"])
        }
    }

    /// The hash of the board profile; of connectors with different ones, the hash of their hashes in order
    /// (docs/format.md, genesis).
    private static func profileHash(_ profiles: [BoardProfile]) -> ContentHash {
        let hashes = profiles.map { ContentHash(hashing: $0.fileBytes) }
        return Set(hashes).count == 1 ? hashes[0] : ContentHash(hashing: hashes.flatMap(\.bytes))
    }
}
