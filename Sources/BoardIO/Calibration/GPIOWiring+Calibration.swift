extension GPIOWiring.ConverterChannel {
    /// What its counts are.
    public var scale: ConverterScale {
        get { ConverterScale(microvoltsPerCount: microvoltsPerCount, offset: offset) }
        set { (microvoltsPerCount, offset) = (newValue.microvoltsPerCount, newValue.offset) }
    }
}

extension GPIOWiring {
    /// The channels that a calibration may change, in the order of `ConverterRole`: none of a pilot by comparators or a companion
    /// microcontroller, which bring thresholds or volts of their own.
    public var converterChannels: [(role: ConverterRole, channel: ConverterChannel)] {
        ConverterRole.allCases.compactMap { role in channel(role).map { (role, $0) } }
    }

    /// The channel of a role; `nil` where the board has none.
    public func channel(_ role: ConverterRole) -> ConverterChannel? {
        switch (role, pilot) {
        case (.pilotHigh, .peakDetectors(let high, _, _)), (.pilotHigh, .triggered(let high, _, _)): high
        case (.pilotLow, .peakDetectors(_, let low, _)), (.pilotLow, .triggered(_, let low, _)): low
        case (.pilotHigh, _), (.pilotLow, _): nil
        case (.proximity, _): proximity?.channel
        }
    }

    /// How far the calibration of a channel may go; `nil` where the board has no such channel.
    public func calibrationBounds(_ role: ConverterRole) -> CalibrationBounds? {
        switch role {
        case .pilotHigh, .pilotLow: channel(role) == nil ? nil : .pilot
        case .proximity: proximity.map { .proximity(supply: $0.supply) }
        }
    }

    /// The same wiring with other scales; a role that the board has not is left out.
    func calibrated(_ scales: [ConverterRole: ConverterScale]) -> GPIOWiring {
        var wiring = self
        func scaled(_ channel: ConverterChannel, _ role: ConverterRole) -> ConverterChannel {
            var channel = channel
            if let scale = scales[role] { channel.scale = scale }
            return channel
        }
        switch pilot {
        case .peakDetectors(let high, let low, let reset):
            wiring.pilot = .peakDetectors(
                high: scaled(high, .pilotHigh), low: scaled(low, .pilotLow), reset: reset)
        case .triggered(let high, let low, let trigger):
            wiring.pilot = .triggered(
                high: scaled(high, .pilotHigh), low: scaled(low, .pilotLow), trigger: trigger)
        case .comparators, .companion: break
        }
        if let divider = proximity { wiring.proximity?.channel = scaled(divider.channel, .proximity) }
        return wiring
    }
}
