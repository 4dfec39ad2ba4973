internal import BoardIO
internal import ConfigurationText
internal import Metering

extension ConfigurationCheck {
    /// What neither the configuration nor a profile can say for itself: whether each connector's parts fit together, whether the
    /// boards leave each other what they need, whether the grid operator's relay has a limit, whether the meters of a line can be told
    /// apart, and whether the mains meter measures what it is to guard. The start of the daemon asks the same.
    ///
    /// - Parameter benchAllowed: a board that is marked for the bench may be named: the daemon is started with `--bench`.
    /// - Throws: `FirmwareError.configuration` with everything that does not fit.
    static func checkTogether(
        _ configuration: FirmwareConfiguration, benchAllowed: Bool
    ) throws(FirmwareError) {
        let connectors = try checks(configuration, benchAllowed: benchAllowed)
        let boards = connectors.map(\.board)
        var mistakes: [String] = []
        for connector in connectors {
            mistakes += try found { () throws(FirmwareError) in _ = try connector.control(seed: 0) }
        }
        let members = connectors.map {
            BoardSet.Member(
                owner: "connector \($0.number)", file: $0.configuration.board.profile, profile: $0.board)
        }
        mistakes += BoardSet(members).mistakes().map(\.description)
        mistakes += relayMistakes(configuration, boards)
        var meters = connectors.map {
            MeterLine.Meter(owner: .connector($0.number), choice: $0.configuration.meter, profile: $0.meter)
        }
        mistakes += try found { () throws(FirmwareError) in
            guard let mains = try MainsParts(configuration, boards: boards) else { return }
            meters.append(MeterLine.Meter(owner: .mains, choice: mains.configuration.meter, profile: mains.profile))
        }
        mistakes += MeterLine.lines(of: meters).flatMap(\.mistakes)
        if !mistakes.isEmpty { throw .configuration(mistakes) }
    }

    private static func checks(
        _ configuration: FirmwareConfiguration, benchAllowed: Bool
    ) throws(FirmwareError) -> [ConnectorCheck] {
        var checks: [ConnectorCheck] = []
        do {
            for (index, connector) in configuration.connectors.enumerated() {
                checks.append(
                    ConnectorCheck(
                        number: UInt32(index + 1), configuration: connector,
                        board: try BoardProfile.load(path: connector.board.profile),
                        meter: try MeterProfile.load(path: connector.meter.profile),
                        energyFactor: configuration.energyFactor, benchAllowed: benchAllowed))
            }
        } catch {
            throw .configuration(["\(error)"])
        }
        return checks
    }

    /// The grid operator's relay and what it limits to come together.
    private static func relayMistakes(_ configuration: FirmwareConfiguration, _ boards: [BoardProfile]) -> [String] {
        let relay = boards.first(where: \.hasGridRelay)
        if configuration.gridRelay != nil, relay == nil {
            return ["limits.grid.relay_ma: expected a board with a line of role \"grid-release\", found none"]
        }
        if configuration.gridRelay == nil, let relay {
            return ["limits.grid.relay_ma: expected the limit of the grid operator's relay on \(relay.id), found none"]
        }
        return []
    }

    /// The mistakes that a look finds.
    private static func found(_ look: () throws(FirmwareError) -> Void) throws(FirmwareError) -> [String] {
        do throws(FirmwareError) {
            try look()
            return []
        } catch {
            guard case .configuration(let mistakes) = error else { throw error }
            return mistakes
        }
    }
}
