import ConfigurationText
import Quantities

@testable import Metering

enum Fixtures {
    /// The folder of the repository.
    static let root: String = {
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/")
    }()

    static let sdm630Path = root + "/Board/meters/eastron-sdm630.toml"
    static let iem3155Path = root + "/Board/meters/schneider-iem3155.toml"

    static func sdm630() throws -> MeterProfile { try MeterProfile.load(path: sdm630Path) }
    static func iem3155() throws -> MeterProfile { try MeterProfile.load(path: iem3155Path) }

    /// The SDM630's profile for a meter that answers at once, so that faults on real time cost little of it.
    static func promptSDM630() throws -> MeterProfile {
        let text = String(decoding: try sdm630().fileBytes, as: UTF8.self)
        let prompt = text.replacing("turnaround_ms = 250", with: "turnaround_ms = 80")
        return try MeterProfile(bytes: Array(prompt.utf8), file: "prompt")
    }

    static func profile(_ kind: VendorMeter.Kind) throws -> MeterProfile {
        switch kind {
        case .sdm630: try sdm630()
        case .iem3155: try iem3155()
        case .sunspec: try MeterProfile.load(path: root + "/Board/meters/sunspec-int.toml")
        }
    }

    static let limits = PlausibilityLimits(maximumPower: Milliwatts(22_080_000))

    static func rtu(baud: Int = 9_600) throws -> ModbusLink {
        .rtu(device: "simulated", line: try SerialLine(baud: baud, format: "8N1"))
    }

    /// A bus with one SDM630 at unit 1, counting 11.062 kW from 1234.567 kWh.
    static func sdm630Bus(
        energy: ((MonotonicInstant) -> Int64)? = nil, limits: PlausibilityLimits = limits, profile: MeterProfile? = nil
    ) throws -> SimulatedBus {
        let line = SimulatedLine([1: VendorMeter(.sdm630, energy: energy ?? steadyEnergy)])
        let meter = try MeterConfiguration(profile: try profile ?? sdm630(), limits: limits)
        return SimulatedBus(line, [meter], link: try rtu())
    }

    /// The SDM630's profile with a register that wraps, mWh.
    static func wrappingSDM630(at modulus: Int64) throws -> MeterProfile {
        let text = String(decoding: try sdm630().fileBytes, as: UTF8.self)
        let wrapping = text.replacing(
            "resolution_mWh = 10000", with: "resolution_mWh = 10000\nrollover_mWh = \(modulus)")
        return try MeterProfile(bytes: Array(wrapping.utf8), file: "wrapping")
    }

    static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    /// 11 062 W from 1234.567 kWh at the start.
    static let steadyEnergy: @Sendable (MonotonicInstant) -> Int64 = { now in
        1_234_567_000 + Int64(Int128((now - start).rawValue) * 11_062_000 / 3_600_000_000_000)
    }
}
