import ChargeControl
import Quantities

@testable import Firmware

/// What goes wrong around a charger while a car is there, and how it passes.
enum SoakTrouble: CaseIterable {
    case pilotShorted, pilotOpen, pilotGlitch, pilotNoisy, diodeShorted, samplerStopped
    case mirrorUnseen, loadUnseen, contactorUnseen, poleDead, stuckOpen, stuckClosed, welded, gateDropped
    case earthLost, emergencyStop, enclosureOpen, supplyLow, residualAlternating, residualDirect
    case overvoltage, undervoltage, mainsOut, hot, plugHot, sensorMissing
    case meterSilent, meterLost, meterRefused, meterDistrusted
    case loopLate, loopStalled, stallUnsaid
    case carToggles, carPauses, ownerLimits, ownerStops, phasesSwitched

    /// Milliseconds that it lasts.
    var span: ClosedRange<Int64> {
        switch self {
        case .pilotGlitch: 5...15
        case .loopLate, .loopStalled, .stallUnsaid: 5...5
        case .pilotShorted, .pilotOpen, .samplerStopped, .gateDropped: 20...2_000
        case .mirrorUnseen, .loadUnseen, .contactorUnseen, .poleDead, .supplyLow, .residualAlternating: 100...5_000
        case .earthLost, .emergencyStop, .enclosureOpen, .diodeShorted: 100...5_000
        case .overvoltage, .undervoltage, .mainsOut, .pilotNoisy, .carToggles: 200...20_000
        case .carPauses, .ownerLimits, .ownerStops, .phasesSwitched, .stuckOpen: 2_000...40_000
        case .hot, .plugHot, .sensorMissing: 2_000...60_000
        case .stuckClosed, .welded, .residualDirect: 12_000...30_000
        case .meterSilent: 3_000...9_000
        case .meterLost: 11_000...25_000
        case .meterRefused: 1_000...2_000
        case .meterDistrusted: 4_000...9_000
        }
    }

    /// Whether a pole may conduct for other reasons than the charger's.
    var isOfPoles: Bool {
        switch self {
        case .stuckClosed, .welded: true
        default: false
        }
    }

    /// Lines of the plant's script that bring it about.
    var begin: [String] {
        switch self {
        case .pilotShorted: ["pilot short"]
        case .pilotOpen: ["pilot open"]
        case .pilotGlitch: ["pilot-glitch 1500 15"]
        case .pilotNoisy: ["pilot-noise 600 1"]
        case .diodeShorted: ["diode short"]
        case .samplerStopped: ["sampler off"]
        case .mirrorUnseen: ["aux unknown"]
        case .loadUnseen: ["load-sense unknown"]
        case .contactorUnseen: ["aux unknown", "load-sense unknown"]
        case .poleDead: ["load-sense L1 dead"]
        case .stuckOpen: ["stuck-open"]
        case .stuckClosed: ["stuck-closed"]
        case .welded: ["weld L1"]
        case .gateDropped: ["gate-sense dropped"]
        case .earthLost: ["earth off"]
        case .emergencyStop: ["estop on"]
        case .enclosureOpen: ["enclosure open"]
        case .supplyLow: ["supply low"]
        case .residualAlternating: ["residual ac 40"]
        case .residualDirect: ["residual dc 8"]
        case .overvoltage: ["voltage 272000"]
        case .undervoltage: ["voltage 170000"]
        case .mainsOut: ["mains off"]
        case .hot: ["temperature 850"]
        case .plugHot: ["plug-temperature 930"]
        case .sensorMissing: ["temperature none"]
        case .carToggles: ["toggle 700 400"]
        case .carPauses: ["want off"]
        default: []
        }
    }

    /// Lines of the plant's script that undo it.
    var end: [String] {
        switch self {
        case .pilotShorted, .pilotOpen: ["pilot auto"]
        case .pilotNoisy: ["pilot-noise 0 0"]
        case .diodeShorted: ["diode ok"]
        case .samplerStopped: ["sampler on"]
        case .mirrorUnseen: ["aux ok"]
        case .loadUnseen, .poleDead: ["load-sense ok"]
        case .contactorUnseen: ["aux ok", "load-sense ok"]
        case .stuckOpen, .stuckClosed, .welded: ["contactor ok"]
        case .gateDropped: ["gate-sense ok"]
        case .earthLost: ["earth on"]
        case .emergencyStop: ["estop off"]
        case .enclosureOpen: ["enclosure closed"]
        case .supplyLow: ["supply ok"]
        case .residualAlternating, .residualDirect: ["residual ac 0", "residual dc 0"]
        case .overvoltage, .undervoltage: ["voltage 230000"]
        case .mainsOut: ["mains on"]
        case .hot, .sensorMissing: ["temperature 250"]
        case .plugHot: ["plug-temperature 250"]
        case .carToggles: ["toggle off"]
        case .carPauses: ["want on"]
        default: []
        }
    }

    /// What somebody asks of the control loop, and how he takes it back.
    var requests: (begin: ControlRequest, end: ControlRequest)? {
        switch self {
        case .ownerLimits:
            (.limit(Milliamps(8_000), by: .owner, connector: 1), .limit(nil, by: .owner, connector: 1))
        case .ownerStops: (.stop(true, by: .owner, connector: 1), .stop(false, by: .owner, connector: 1))
        case .phasesSwitched: (.phases(.single, connector: 1), .phases(.three, connector: 1))
        default: nil
        }
    }
}
