internal import BoardIO
internal import ChargeControl
internal import DeviceKeys
internal import Glibc
internal import Journal
internal import LightClient
internal import Logging
internal import Metering
internal import PlatformLink
internal import Quantities
internal import SignedRecords

/// The rooms as the configuration wants them, made but not started.
struct DaemonParts: Sendable {
    let configuration: FirmwareConfiguration
    let board: any Board
    let meterProfile: MeterProfile
    let control: ControlConfiguration
    let keys: FileKeyStore
    let identity: DeviceIdentity
    let clock: RecordClock

    var keyProtection: String { keys.protection }

    init(_ configuration: FirmwareConfiguration, benchAllowed: Bool) throws(FirmwareError) {
        self.configuration = configuration
        let profile: BoardProfile
        do { profile = try BoardProfile.load(path: configuration.board.profile) } catch {
            throw .configuration(["\(error)"])
        }
        try Self.checkTogether(configuration, profile, benchAllowed: benchAllowed)
        meterProfile = try Self.parsed { try MeterProfile.load(path: configuration.meter.profile) }
        board = try Self.makeBoard(configuration, profile)
        control = try Self.makeControl(configuration, profile, benchAllowed: benchAllowed)

        for folder in ["", "/keys", "/journal", "/link"] { try Self.makeFolder(configuration.home + folder) }
        do { keys = try FileKeyStore(directory: configuration.home + "/keys") } catch {
            throw .room("keys", reason: "\(error)")
        }
        clock = RecordClock(boot: try BootIdentity.read(countFile: configuration.home + "/boot"))
        identity = try Self.makeIdentity(configuration, profile, meterProfile, keys, control)
    }

    /// What no file can say for itself.
    private static func checkTogether(
        _ configuration: FirmwareConfiguration, _ profile: BoardProfile, benchAllowed: Bool
    ) throws(FirmwareError) {
        var mistakes: [String] = []
        let isSimulated = profile.kind == .simulated
        if isSimulated, configuration.board.plantSocket == nil {
            mistakes.append("board.plant_socket: expected a path, since \(profile.id) is simulated; got none")
        }
        if !isSimulated, configuration.board.plantSocket != nil {
            mistakes.append("board.plant_socket: expected none, since \(profile.id) is not simulated")
        }
        if !isSimulated, configuration.energyFactor != 1 {
            mistakes.append(
                "simulation.energy_factor: expected 1 on a board that is not simulated, got \(configuration.energyFactor)"
            )
        }
        if configuration.connector.maximumCurrent > profile.ratedCurrent {
            mistakes.append(
                "connector.maximum_current_ma: expected at most the board's \(profile.ratedCurrent.rawValue), "
                    + "got \(configuration.connector.maximumCurrent.rawValue)")
        }
        if profile.bench, !benchAllowed {
            mistakes.append("board.profile: \(profile.id) is marked bench = true; start wattseald with --bench")
        }
        if !mistakes.isEmpty { throw .configuration(mistakes) }
    }

    private static func parsed<Value>(_ parse: () throws -> Value) throws(FirmwareError) -> Value {
        do { return try parse() } catch { throw .configuration(["\(error)"]) }
    }

    private static func makeBoard(
        _ configuration: FirmwareConfiguration, _ profile: BoardProfile
    ) throws(FirmwareError) -> any Board {
        switch profile.kind {
        case .simulated:
            do {
                return try SimulatedBoard(profile: profile, socketPath: configuration.board.plantSocket ?? "")
            } catch {
                throw .room("board", reason: "\(error)")
            }
        case .gpio:
            do { return try GPIOBoard(profile: profile) } catch { throw .room("board", reason: "\(error)") }
        }
    }

    private static func makeControl(
        _ configuration: FirmwareConfiguration, _ profile: BoardProfile, benchAllowed: Bool
    ) throws(FirmwareError) -> ControlConfiguration {
        let cable: CableArrangement
        switch profile.cable {
        case .tethered(let rating): cable = .tethered(rating: rating)
        case .socket: cable = .socket
        }
        var options = ControlOptions()
        options.hasPilotRelay = profile.hasPilotRelay
        options.hasVentilation = profile.hasVentilation
        options.hasLock = profile.hasPlugLock
        options.hasResidualTest = profile.hasResidualTest
        options.switchesPhases = profile.hasPhaseSwitching
        options.hasBothFeedbacks = profile.hasBothFeedbacks
        options.hasGateReadback = profile.hasGateReadback
        options.watchesEarth = profile.watchesEarth
        options.watchesVoltage = profile.watchesVoltage
        options.hasBoardTemperature = profile.hasBoardTemperature
        options.hasPlugTemperature = profile.hasPlugTemperature
        do {
            return try ControlConfiguration(
                maximumCurrent: min(configuration.connector.maximumCurrent, profile.ratedCurrent),
                phases: UInt8(profile.phases), cable: cable, meterPollPeriod: configuration.meter.pollPeriod,
                energyFactor: configuration.energyFactor, benchBoard: profile.bench, benchAllowed: benchAllowed,
                simulatedBoard: profile.kind == .simulated, options: options)
        } catch {
            throw .configuration(["\(error)"])
        }
    }

    private static func makeFolder(_ path: String) throws(FirmwareError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .system(call: "mkdir \(path)", errno: errno) }
    }

    private static func makeIdentity(
        _ configuration: FirmwareConfiguration, _ profile: BoardProfile, _ meter: MeterProfile, _ keys: FileKeyStore,
        _ control: ControlConfiguration
    ) throws(FirmwareError) -> DeviceIdentity {
        let power =
            Int64(control.maximumCurrent.rawValue) * Int64(control.nominalVoltage.rawValue) / 1_000
            * Int64(control.phases)
        do {
            return DeviceIdentity(
                device: keys.publicKeys.deviceID, ledger: try LedgerChainID(configuration.ledger.chainID),
                owner: try AccountID(hex: configuration.device.owner), product: configuration.device.product,
                serial: configuration.device.serial, board: profile.id,
                boardProfileHash: ContentHash(hashing: profile.fileBytes),
                firmwareDigest: try FirmwareImage.digest(), meterProfileHash: ContentHash(hashing: meter.fileBytes),
                bench: profile.bench, energyFactor: configuration.energyFactor, maximumPower: Milliwatts(power),
                contactorRating: control.options.contactorRating)
        } catch let error as FirmwareError {
            throw error
        } catch {
            throw .configuration(["\(error)"])
        }
    }
}
