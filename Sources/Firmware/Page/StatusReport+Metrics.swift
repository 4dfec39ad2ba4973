import Quantities
import StatusPage

/// The status as metrics: base units, counters that only rise while the daemon runs, and nothing where nothing is known.
extension StatusReport {
    func metrics(_ sheet: DeviceSheet) -> [MetricFamily] {
        device(sheet) + connectorStates() + connectorFigures() + meters() + meterLines() + recordFigures()
            + ledgerFigures() + loopFigures() + mainsFigures()
    }

    private func device(_ sheet: DeviceSheet) -> [MetricFamily] {
        var info = MetricFamily("wattseal_device", .info, help: "The device and its firmware.")
        info.add(
            .whole(1), ("device", device), ("product", sheet.product), ("serial", sheet.serial),
            ("board", sheet.board), ("version", sheet.firmwareVersion), ("keys", sheet.keyProtection))
        var uptime = MetricFamily("wattseal_uptime", .gauge, unit: "seconds", help: "Time since the daemon's start.")
        uptime.add(.whole(sheet.uptimeS))
        var boots = MetricFamily("wattseal_boots", .counter, help: "Boots of this device.")
        boots.add(.whole(sheet.bootCount))
        var limitations = MetricFamily(
            "wattseal_limitations", .gauge, help: "What this process could not get (see the status).")
        limitations.add(.whole(self.limitations.count))
        return [info, uptime, boots, limitations]
    }

    private static let states = ["A", "B", "C", "D", "E", "F", "invalid"]

    private func connectorStates() -> [MetricFamily] {
        var state = MetricFamily(
            "wattseal_connector_pilot_state", .gauge, help: "1 for the pilot's state, 0 for the others.")
        var open = MetricFamily("wattseal_connector_session_open", .gauge, help: "1 while a session is open.")
        var closed = MetricFamily(
            "wattseal_connector_contactor_closed", .gauge, help: "1 while the contactor is closed.")
        var service = MetricFamily(
            "wattseal_connector_service_mode", .gauge, help: "1 while a technician has it in service mode.")
        var fault = MetricFamily("wattseal_connector_fault", .gauge, help: "1 for each fault that stands, by its code.")
        for outlet in connectors {
            let connector = ("connector", "\(outlet.number)")
            let shown = outlet.connector
            let letter = shown.state == "invalid" ? "invalid" : String(shown.state.prefix(1))
            for each in Self.states { state.add(.flag(each == letter), connector, ("state", each)) }
            open.add(.flag(shown.isSessionOpen), connector)
            closed.add(.flag(shown.contactorClosed), connector)
            service.add(.flag(!shown.service.isEmpty), connector)
            for code in shown.faultCodes { fault.add(.whole(1), connector, ("code", "\(code)")) }
        }
        return [state, open, closed, service, fault]
    }

    private func connectorFigures() -> [MetricFamily] {
        var offered = MetricFamily(
            "wattseal_connector_offered_current", .gauge, unit: "amperes", help: "What the pilot offers, per phase.")
        var phases = MetricFamily(
            "wattseal_connector_phases", .gauge, help: "Phases that a closed contactor connects.")
        var energy = MetricFamily(
            "wattseal_connector_session_energy", .gauge, unit: "joules",
            help: "Energy of the session that runs or ran last.")
        var paid = MetricFamily(
            "wattseal_connector_session_paid", .gauge, unit: "units",
            help: "What that session has paid by proof, in the ledger's unit of account.")
        var closings = MetricFamily(
            "wattseal_connector_contactor_closings", .counter,
            help: "How often the contactor has closed since it was new.")
        for outlet in connectors {
            let connector = ("connector", "\(outlet.number)")
            offered.add(.milli(outlet.connector.offeredMA), connector)
            phases.add(.whole(outlet.connector.phases), connector)
            energy.add(.joules(milliwattHours: outlet.connector.energyMWh), connector)
            paid.add(.micro(outlet.paidMicro), connector)
            closings.add(.whole(outlet.connector.operations), connector)
        }
        return [offered, phases, energy, paid, closings]
    }

    /// The billing meters by their connector, and the mains meter.
    private var allMeters: [(label: String, meter: Meter)] {
        connectors.map { ("\($0.number)", $0.meter) } + (mains.map { [("mains", $0.meter)] } ?? [])
    }

    private func meters() -> [MetricFamily] {
        var register = MetricFamily(
            "wattseal_meter_import", .counter, unit: "joules",
            help: "The meter's import register; it falls where the meter is replaced or set back.")
        var power = MetricFamily("wattseal_meter_power", .gauge, unit: "watts", help: "Active power of all phases.")
        var volts = MetricFamily("wattseal_meter_voltage", .gauge, unit: "volts", help: "Voltage of a phase.")
        var amps = MetricFamily("wattseal_meter_current", .gauge, unit: "amperes", help: "Current of a phase.")
        var age = MetricFamily(
            "wattseal_meter_reading_age", .gauge, unit: "seconds", help: "Age of the newest accepted reading.")
        var lost = MetricFamily("wattseal_meter_lost", .gauge, help: "1 while the meter does not answer.")
        for (label, meter) in allMeters {
            let name = ("meter", label)
            lost.add(.flag(meter.isLost), name)
            guard meter.accepted > 0 else { continue }
            register.add(.joules(milliwattHours: meter.importMWh), name)
            age.add(meter.ageMS >= 0 ? .milli(meter.ageMS) : nil, name)
            // An old value would pass for one of now.
            guard (0..<PageDesk.oldestReading).contains(meter.ageMS) else { continue }
            power.add(meter.hasPower ? .milli(meter.powerMW) : nil, name)
            for (index, phase) in ["L1", "L2", "L3"].enumerated() {
                volts.add(meter.voltageMV[index].map { .milli($0) }, name, ("phase", phase))
                amps.add(meter.currentMA[index].map { .milli($0) }, name, ("phase", phase))
            }
        }
        return [register, power, volts, amps, age, lost]
    }

    private func meterLines() -> [MetricFamily] {
        var readings = MetricFamily("wattseal_meter_readings", .counter, help: "Readings by what was thought of them.")
        var requests = MetricFamily("wattseal_meter_requests", .counter, help: "Modbus requests.")
        var errors = MetricFamily("wattseal_meter_line_errors", .counter, help: "What went wrong on the line, by kind.")
        for (label, meter) in allMeters {
            let name = ("meter", label)
            readings.add(.whole(meter.accepted), name, ("result", "accepted"))
            readings.add(.whole(meter.refused), name, ("result", "refused"))
            requests.add(.whole(meter.line.requests), name)
            let line = meter.line
            let kinds = [
                ("timeout", line.timeouts), ("checksum", line.checksums), ("exception", line.exceptions),
                ("stale", line.stale), ("wrong_reply", line.wrongReplies), ("implausible", line.implausible),
                ("undecodable", line.undecodable), ("missing_value", line.missingValues), ("loss", line.losses),
            ]
            for (kind, count) in kinds { errors.add(.whole(count), name, ("kind", kind)) }
        }
        return [readings, requests, errors]
    }

    private func recordFigures() -> [MetricFamily] {
        var made = MetricFamily("wattseal_records", .counter, help: "Durable signed records of a chain.")
        var taken = MetricFamily(
            "wattseal_records_acknowledged", .counter, help: "Those of them that the ledger has proved to hold.")
        for chain in records.chains {
            made.add(.whole(chain.head), ("chain", "\(chain.number)"))
            taken.add(.whole(chain.acknowledged), ("chain", "\(chain.number)"))
        }
        var free = MetricFamily("wattseal_records_free", .gauge, help: "Records that still fit before the sale stops.")
        free.add(.whole(records.free))
        var written = MetricFamily(
            "wattseal_records_written", .counter, unit: "bytes", help: "Bytes that records cost since the start.")
        written.add(.whole(records.bytes))
        var flushes = MetricFamily("wattseal_records_flushes", .counter, help: "Flushes to the disk since the start.")
        flushes.add(.whole(records.flushes))
        var stopped = MetricFamily("wattseal_records_stopped", .gauge, help: "1 while no record can be written.")
        stopped.add(.flag(!records.problem.isEmpty))
        return [made, taken, free, written, flushes, stopped]
    }

    private func ledgerFigures() -> [MetricFamily] {
        var height = MetricFamily("wattseal_ledger_height", .gauge, help: "Height of the newest verified header.")
        height.add(ledger.height > 0 ? .whole(ledger.height) : nil)
        var age = MetricFamily(
            "wattseal_ledger_header_age", .gauge, unit: "seconds", help: "Age of that header by this device's clock.")
        age.add(ledger.headerAgeMS >= 0 ? .milli(ledger.headerAgeMS) : nil)
        var reachable = MetricFamily(
            "wattseal_ledger_reachable", .gauge, help: "1 while a node answers and is believed.")
        reachable.add(.flag(ledger.reachable))
        var registered = MetricFamily("wattseal_ledger_registered", .gauge, help: "1 while the registration is proved.")
        registered.add(.flag(ledger.registered))
        return [height, age, reachable, registered]
    }

    private func loopFigures() -> [MetricFamily] {
        var periods = MetricFamily("wattseal_control_periods", .counter, help: "Periods of the control loop.")
        periods.add(.whole(timing.periods))
        var worst = MetricFamily(
            "wattseal_control_worst_lateness", .gauge, unit: "seconds", help: "The latest beginning of a period.")
        worst.add(.micro(timing.worstLatenessUS))
        return [
            periods, worst,
            Self.histogram("wattseal_control_lateness", timing.lateness, "How late periods began."),
            Self.histogram("wattseal_control_step", timing.step, "How long a period's work took."),
        ]
    }

    /// Buckets of powers of two of microseconds, summed up as a histogram's are; the last has no end.
    private static func histogram(_ name: String, _ buckets: [UInt64], _ help: String) -> MetricFamily {
        var family = MetricFamily(name, .histogram, unit: "seconds", help: help)
        var sum: UInt64 = 0
        for (index, count) in buckets.enumerated() {
            sum += count
            let end = index == buckets.count - 1 ? "+Inf" : "\(MetricValue.micro(UInt64(1) << UInt64(index)))"
            family.add(.whole(sum), ("le", end))
        }
        return family
    }

    private func mainsFigures() -> [MetricFamily] {
        guard let mains else { return [] }
        var fuse = MetricFamily("wattseal_mains_fuse", .gauge, unit: "amperes", help: "What each phase may carry.")
        fuse.add(.milli(mains.fuseMA))
        var left = MetricFamily(
            "wattseal_mains_available", .gauge, unit: "amperes", help: "What all connectors may take now, per phase.")
        left.add(.milli(mains.availableMA))
        return [fuse, left]
    }
}
