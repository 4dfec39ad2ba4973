internal import BoardIO
internal import ChargeControl
internal import Metering
internal import Quantities
internal import SignedRecords

/// One connector's rooms as the configuration wants them, made but not started.
struct ConnectorParts: Sendable {
    /// 1 and up; its chain's number.
    let number: UInt32
    let configuration: FirmwareConfiguration.Connector
    let profile: BoardProfile
    let board: any Board
    let meterProfile: MeterProfile
    let control: ControlConfiguration
    let limits: ConnectorLimits
    let identity: ConnectorIdentity
    /// What is made of the calibrations that are kept for its board.
    let calibration: CalibrationVerdict

    init(
        _ configuration: FirmwareConfiguration.Connector, number: UInt32, device: DeviceID, energyFactor: UInt32,
        benchAllowed: Bool, calibration: CalibrationKeeper
    ) throws(FirmwareError) {
        self.number = number
        self.configuration = configuration
        do { profile = try BoardProfile.load(path: configuration.board.profile) } catch {
            throw .configuration(["\(error)"])
        }
        do { meterProfile = try MeterProfile.load(path: configuration.meter.profile) } catch {
            throw .configuration(["\(error)"])
        }
        let seed = Self.seed(device, number)
        control = try ConnectorCheck(
            number: number, configuration: configuration, board: profile, meter: meterProfile,
            energyFactor: energyFactor, benchAllowed: benchAllowed
        ).control(seed: seed)
        self.calibration = calibration.inForce(number, on: profile)
        board = try Self.makeBoard(configuration, profile, self.calibration)
        limits = ConnectorLimits(installer: configuration.maximumCurrent, configuration.limits, seed: seed)
        identity = ConnectorIdentity(
            chain: .connector(number), meterProfileHash: ContentHash(hashing: meterProfile.fileBytes),
            maximumPower: control.greatestPower, control: control, meterResolution: meterProfile.resolution,
            registerRefresh: meterProfile.link.refresh)
    }

    /// What the board lacks and what is left out for that, in words.
    var limitations: [String] {
        guard !profile.hasPilotRelay else { return calibrationLimitations }
        var skipped: [String] = []
        if configuration.charging.wakeUp != .never {
            skipped.append("a sleeping car is not woken by cutting the pilot")
        }
        if profile.hasPhaseSwitching { skipped.append("phases are switched at x1, without cutting the pilot") }
        guard !skipped.isEmpty else { return calibrationLimitations }
        return ["connector \(number): no pilot relay: \(skipped.joined(separator: ", "))"] + calibrationLimitations
    }

    /// Which calibrations are left out, and why.
    private var calibrationLimitations: [String] {
        calibration.unused.sorted { $0.key.rawValue < $1.key.rawValue }.map { role, reason in
            "connector \(number): the calibration of \(role.rawValue) is not used: \(reason)"
        }
    }

    private static func makeBoard(
        _ configuration: FirmwareConfiguration.Connector, _ profile: BoardProfile, _ calibration: CalibrationVerdict
    ) throws(FirmwareError) -> any Board {
        do {
            switch profile.kind {
            case .simulated:
                return try SimulatedBoard(profile: profile, socketPath: configuration.board.plantSocket ?? "")
            case .gpio: return try GPIOBoard(profile: profile, calibration: calibration.scales)
            }
        } catch {
            throw .room("board", reason: "\(error)")
        }
    }

    /// Another number for each connector of each device in the world, and the same after each start.
    private static func seed(_ device: DeviceID, _ number: UInt32) -> UInt64 {
        let digest = ContentHash(hashing: device.bytes + [UInt8(truncatingIfNeeded: number)])
        return digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension ControlConfiguration {
    /// What flows at most: the rated current in every phase at the nominal voltage.
    var greatestPower: Milliwatts {
        Milliwatts(Int64(maximumCurrent.rawValue) * Int64(nominalVoltage.rawValue) / 1_000 * Int64(phases))
    }
}
