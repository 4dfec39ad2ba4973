internal import ChargeControl
internal import Metering
internal import Quantities

extension StatusReport {
    /// The mains meter, and what it leaves to the chargers.
    public struct Mains: Codable, Equatable, Sendable {
        /// What it is and how well it is read; its problem is why it is not believed.
        public var meter = Meter()
        /// What each phase of the grid connection may carry.
        public var fuseMA: Int32 = 0
        /// What all connectors may take together, per phase, while the meter is not believed.
        public var failSafeMA: Int32 = 0
        /// What flows in L1, L2 and L3; null where it is not measured.
        public var currentMA: [Int32?] = [nil, nil, nil]
        /// What all connectors may take together now, per phase.
        public var availableMA: Int32 = 0
        /// Why it is not more.
        public var limit = ""

        enum CodingKeys: String, CodingKey {
            case meter, limit
            case fuseMA = "fuse_ma"
            case failSafeMA = "fail_safe_ma"
            case currentMA = "current_ma"
            case availableMA = "available_ma"
        }
    }
}

extension StatusReport.Mains {
    /// Of a meter that was not heard yet.
    init(fuse: Milliamps, failSafe: Milliamps) {
        fuseMA = fuse.rawValue
        failSafeMA = failSafe.rawValue
    }

    /// Takes over what the control thread makes of the meter.
    mutating func show(_ gauge: MainsGauge, at now: MonotonicInstant) {
        let available = gauge.available
        availableMA = available.current.rawValue
        limit = "\(available.reason.words)"
        meter.ageMS = gauge.age(at: now)?.wholeMilliseconds ?? -1
    }

    /// Takes over what the meter's bus says.
    mutating func show(_ event: MeterEvent) {
        switch event {
        case .identified(let identity, _):
            meter.vendor = identity.vendor
            meter.model = identity.model
            meter.serial = identity.serial
            meter.profile = identity.profileID
            meter.isLost = false
            meter.problem = ""
        case .reading(let reading):
            meter.importMWh = reading.import.rawValue
            meter.powerMW = reading.power?.rawValue ?? 0
            meter.hasPower = reading.power != nil
            meter.voltageMV = reading.voltages.all.map { $0?.rawValue }
            meter.currentMA = reading.currents.all.map { $0?.rawValue }
            meter.frequencyMHz = reading.frequency?.rawValue
            meter.accepted += 1
            meter.problem = ""
            currentMA = reading.currents.all.map { $0?.rawValue }
        case .live(let values): currentMA = values.currents.all.map { $0?.rawValue }
        case .refused(let refusal):
            meter.refused = refusal.total
            meter.problem = "\(refusal.reason)"
        case .lost(let reason):
            meter.isLost = true
            meter.problem = "\(reason)"
        }
    }
}
