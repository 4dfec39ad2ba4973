// One sample, and a view of it for each command that shows a part.
extension ConnectorSample {
    /// The view that a command shows.
    enum View: Sendable { case pilot, proximity, contactor, residual, earth, temperatures, lock, power, limits }

    func report(_ view: View) -> Report {
        var report = Report()
        report.add("connector", .count(UInt64(number)))
        switch view {
        case .pilot: addPilot(to: &report)
        case .proximity:
            report.add("resistance", .ohms(proximity))
            report.add("cable rating", .milliamps(cableRating))
            report.add("plug lock", .text(lock.rawValue))
        case .contactor: addContactor(to: &report)
        case .residual:
            report.add("trip direct", .flag(residualDirectTripped))
            report.add("trip alternating", .flag(residualAlternatingTripped))
            report.add("trips a minute", .count(UInt64(residualTrips)))
        case .earth: report.add("protective earth", .flag(earthPresent))
        case .temperatures:
            report.add("board", .deciCelsius(boardTemperature))
            report.add("plug", .deciCelsius(plugTemperature))
            report.add("limited by", .text(binding))
        case .lock: report.add("plug lock", .text(lock.rawValue))
        case .power:
            report.add("supply low", .flag(isSupplyLow))
            report.add("coil gate held", .flag(isGateHeld))
            report.add("emergency stop", .flag(isEmergencyStop))
            report.add("enclosure open", .flag(isEnclosureOpen))
            report.add("mains", .voltages(voltages))
            report.add("frequency", .millihertz(frequency))
        case .limits:
            report.add("offered", .milliamps(pilot.offered))
            report.add("limited by", .text(binding))
            report.add("from outside", .rows(limits.map(Self.report)))
        }
        report.add("sample age", .duration(age))
        return report
    }

    private func addPilot(to report: inout Report) {
        report.add("state", .text(pilot.state.rawValue))
        report.add("high", .millivolts(pilot.high))
        report.add("low", .millivolts(pilot.low))
        report.add("high least", .millivolts(pilot.highs?.lowerBound))
        report.add("high most", .millivolts(pilot.highs?.upperBound))
        report.add("low least", .millivolts(pilot.lows?.lowerBound))
        report.add("low most", .millivolts(pilot.lows?.upperBound))
        report.add("over", .duration(pilot.window))
        report.add("offered", .milliamps(pilot.offered))
        report.add("duty", pilot.duty.map { .basisPoints($0) } ?? .none(of: .basisPoints(nil)))
        report.add("diode seen", .flag(pilot.isDiodeSeen))
    }

    private func addContactor(to report: inout Report) {
        report.add("told to close", .flag(contactor.isEnabled))
        report.add("mirror", .text(contactor.mirror.rawValue))
        report.add("second mirror", .text(contactor.secondMirror.rawValue))
        for (index, load) in contactor.loads.enumerated() { report.add("behind L\(index + 1)", .text(load.rawValue)) }
        report.add("closings", .count(UInt64(contactor.operations)))
    }

    private static func report(_ limit: Limit) -> Report {
        var row = Report()
        row.add("source", .text(limit.source))
        row.add("current", .milliamps(limit.current))
        row.add("because", .text(limit.reason))
        return row
    }
}
