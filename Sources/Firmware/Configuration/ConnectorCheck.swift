internal import BoardIO
internal import ChargeControl
internal import Metering
internal import Quantities

/// Whether a connector's board, its meter and what the configuration says of it fit together, which none of the files can say for
/// itself. The check of a configuration and the start of the daemon ask the same.
struct ConnectorCheck {
    /// 1 and up.
    let number: UInt32
    let configuration: FirmwareConfiguration.Connector
    let board: BoardProfile
    let meter: MeterProfile
    let energyFactor: UInt32
    /// `--bench` was given.
    let benchAllowed: Bool

    /// What the control core is told of the connector.
    ///
    /// - Parameter seed: of the connector's random delays.
    /// - Throws: `FirmwareError.configuration` with everything that does not fit.
    func control(seed: UInt64) throws(FirmwareError) -> ControlConfiguration {
        let mistakes = boardMistakes + meterMistakes
        guard mistakes.isEmpty else { throw .configuration(mistakes.map { "connector \(number): \($0)" }) }
        let cable: CableArrangement
        switch board.cable {
        case .tethered(let rating): cable = .tethered(rating: rating)
        case .socket: cable = .socket
        }
        do {
            return try ControlConfiguration(
                maximumCurrent: board.ratedCurrent, phases: UInt8(board.phases), cable: cable,
                meterPollPeriod: configuration.meter.pollPeriod, energyFactor: energyFactor,
                benchBoard: board.bench, benchAllowed: benchAllowed,
                simulatedBoard: board.kind == .simulated || board.isEmulated,
                options: ControlOptions(board, configuration.charging, seed: seed))
        } catch {
            throw .configuration(["connector \(number): \(error)"])
        }
    }

    private var boardMistakes: [String] {
        var mistakes: [String] = []
        let isSimulated = board.kind == .simulated
        if isSimulated, configuration.board.plantSocket == nil {
            mistakes.append("board.plant_socket: expected a path, since \(board.id) is simulated; got none")
        }
        if !isSimulated, configuration.board.plantSocket != nil {
            mistakes.append("board.plant_socket: expected none, since \(board.id) is not simulated")
        }
        if !isSimulated, energyFactor != 1 {
            mistakes.append(
                "simulation.energy_factor: expected 1 on a board that is not simulated, got \(energyFactor)")
        }
        if configuration.maximumCurrent > board.ratedCurrent {
            mistakes.append(
                "connector.maximum_current_ma: expected at most the board's \(board.ratedCurrent.rawValue), "
                    + "got \(configuration.maximumCurrent.rawValue)")
        }
        if board.bench, !benchAllowed {
            mistakes.append("board.profile: \(board.id) is marked bench = true; start wattseald with --bench")
        }
        return mistakes
    }

    private var meterMistakes: [String] {
        var mistakes: [String] = []
        if !meter.maySign {
            mistakes.append("meter.profile: expected a meter that may sign, found \(meter.id), which may not")
        }
        if meter.phases < board.phases {
            mistakes.append(
                "meter.profile: expected a meter of \(board.phases) phases, found \(meter.id) with \(meter.phases): the "
                    + "others would be neither sold nor watched")
        }
        return mistakes
    }
}
