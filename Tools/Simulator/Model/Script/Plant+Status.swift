import ChargeControl
import Quantities

/// The answer to `status`: the plant's true state as JSON. Whoever runs the plant adds members of its own.
extension Plant {
    /// The plant's part of the status.
    public func status() -> JSONObject {
        var status = JSONObject()
        status.add("time_ns", now.nanoseconds)
        status.add("true_import_mwh", trueImport.total.rawValue)
        status.add("meter_import_mwh", meter.energy.total.rawValue)
        status.add("session_mwh", (trueImport.total - importAtPlug).rawValue)
        status.add("energy_factor", energyFactor)
        status.add("contactor", contactor.isClosed ? "closed" : "open")
        status.add("second_contactor", secondContactor.isClosed ? "closed" : "open")
        status.add("poles", polesStatus())
        status.add("phase_relay", drive.phases == .three ? "three" : "single")
        status.add("enable", drive.enable)
        status.add("gate", gate.isHeld(at: now))
        status.add("coil", contactor.isEnergised)
        status.add("load", isLoadLive(0) ? "live" : "dead")
        status.add("lock", lock.isLocked ? "locked" : "unlocked")
        status.add("lock_fault", lock.fault.rawValue)
        status.add("fan", fan.runs)
        status.add("pilot", pilotStatus())
        status.add("car", carStatus())
        status.add("power_mw", power.rawValue)
        status.add("current_ma", currents.list.map(\.rawValue))
        status.add("house_ma", house.list.map(\.rawValue))
        status.add("mains_ma", mainsCurrents.list.map(\.rawValue))
        status.add("voltage_mv", mains.measured.list.map(\.rawValue))
        status.add("frequency_mhz", mains.frequency.rawValue)
        status.add("residual", residualStatus())
        status.add("emergency_stop", sensing.emergencyStop)
        status.add("earth", sensing.earth.rawValue)
        status.add("enclosure_open", sensing.enclosureOpen)
        status.add("supply_low", sensing.supplyLow)
        status.add("reset_button", sensing.localReset)
        status.add("temperature_dc", sensing.board.reading(at: now)?.rawValue)
        status.add("plug_temperature_dc", sensing.plug.reading(at: now)?.rawValue)
        status.add("operations", contactor.closings)
        status.add("opened_under_load", contactor.openingsUnderLoad)
        status.add("last_opened_ns", contactor.lastOpened?.nanoseconds)
        status.add("last_closed_ns", contactor.lastClosed?.nanoseconds)
        status.add("last_opened_current_ma", contactor.lastOpenedCurrent.rawValue)
        status.add("welded", isWelded)
        status.add("last_pulse_ns", gate.lastPulse?.nanoseconds)
        return status
    }

    /// A pole that welds is closed.
    private var isWelded: Bool {
        for contactor in [contactor, secondContactor] {
            for pole in [contactor.first, contactor.second] where pole.welds && pole.isClosed { return true }
        }
        return false
    }

    private func polesStatus() -> JSONObject {
        var status = JSONObject()
        for pole in ContactorPole.allCases { status.add(pole.rawValue, isClosed(pole) ? "closed" : "open") }
        return status
    }

    /// The answer to `events`: a JSON array, oldest first.
    func eventsText() -> String {
        let entries = events.map { event in
            var entry = JSONObject()
            entry.add("at_ns", event.at.nanoseconds)
            entry.add("event", event.kind.rawValue)
            entry.add("value", event.value)
            return entry.text
        }
        return "[" + entries.joined(separator: ",") + "]"
    }

    private func pilotStatus() -> JSONObject {
        var pilot = JSONObject()
        let peaks = pilotPeaks
        pilot.add("state", Self.letter(car.level))
        switch drive.pilot {
        case .x1:
            pilot.add("output", "x1")
            pilot.add("duty_ns", 1_000_000)
        case .pwm(let highTime):
            pilot.add("output", "pwm")
            pilot.add("duty_ns", highTime.rawValue)
        case .stateF:
            pilot.add("output", "off")
            pilot.add("duty_ns", 0)
        case .stateE:
            pilot.add("output", "disconnected")
            pilot.add("duty_ns", 0)
        }
        pilot.add("sampler", stoppedSample == nil)
        pilot.add("noise_mv", sensing.noise.amplitude.rawValue)
        pilot.add("high_mv", peaks.high.rawValue)
        pilot.add("low_mv", peaks.low.rawValue)
        return pilot
    }

    private func carStatus() -> JSONObject {
        var status = JSONObject()
        status.add("plugged", car.isPlugged)
        status.add("want", car.wants)
        status.add("s2", car.isRequesting)
        status.add("current_ma", car.current.rawValue)
        status.add("limit_ma", car.limit.rawValue)
        status.add("offered_ma", car.offer.rawValue)
        status.add("phases", car.phases)
        status.add("asleep", car.isAsleep)
        status.add("simplified", car.isSimplified)
        status.add("ventilation", car.needsVentilation)
        status.add("stopped_by_target", car.isSatisfied)
        status.add("remaining_mwh", car.target.map { max(0, $0.rawValue - trueImport.total.rawValue) })
        return status
    }

    private func residualStatus() -> JSONObject {
        var status = JSONObject()
        let trips = residual.trips(at: now)
        status.add("dc", trips.direct)
        status.add("ac", trips.alternating)
        status.add("dc_ma", residual.direct.rawValue)
        status.add("ac_ma", residual.alternating.rawValue)
        return status
    }
}
