import Quantities

@testable import Metering

/// Judges what a bus makes of a meter whose true energy is known. It decodes with `PlainDecoder`, computes in floating point,
/// and knows of the code under test only what docs/meters.md promises. What it holds against each accepted reading is written
/// down at `FuzzTests`.
struct FuzzOracle {
    let meter: MeterConfiguration
    private let field: RegisterField
    private let confirmation: RegisterField
    private var identity: MeterIdentity?
    private var generation: UInt32 = 0
    private var rollovers: UInt32 = 0
    /// mWh that the register has wrapped away within this generation.
    private var carried = 0.0
    /// Accepted readings of this generation, of the last minute and a little more.
    private var accepted: [Accepted] = []
    /// What every complete reading said of the power, as long.
    private var powers: [(at: Int64, power: Double?)] = []

    private struct Accepted {
        /// mWh, wraps unrolled.
        let total: Double
        let sent: Int64
        let received: Int64
        let power: Double?
        /// What one more in the register is worth, mWh: by its scale factor, where it has one.
        let unit: Double
    }

    enum Verdict: Equatable {
        /// What the register showed between request and reply.
        case truth
        /// Less than that, by what the second read may lie above the first.
        case understatement
        /// Both reads were wrong alike.
        case wrongAlike
        case breach(String)
    }

    init(_ meter: MeterConfiguration) {
        self.meter = meter
        field = meter.profile.billing.energy.field
        confirmation = meter.profile.confirmationField
    }

    /// When the last accepted reading was asked for and complete.
    var last: (sent: MonotonicInstant, received: MonotonicInstant)? {
        accepted.last.map { (MonotonicInstant(nanoseconds: $0.sent), MonotonicInstant(nanoseconds: $0.received)) }
    }

    // MARK: what the bus tells

    mutating func identified(_ found: MeterIdentity, _ told: UInt32) -> String? {
        defer {
            if told != generation { begin(told) }
            identity = found
        }
        if found == identity {
            return told == generation ? nil : "generation \(told) after \(generation), of the same meter"
        }
        return told == generation + 1 ? nil : "generation \(told) after \(generation), of another meter"
    }

    /// Every complete reading, before it is told what became of it.
    mutating func complete(_ replies: [FuzzReply], _ blocks: [RegisterBlock]) {
        let now = replies[0].received.nanoseconds
        powers.append((now, power(replies, blocks)))
        if powers.count > 2_000 { powers.removeFirst(1_000) }
    }

    mutating func take(_ reading: EnergyReading, _ replies: [FuzzReply], _ model: ModelMeter) -> Verdict {
        guard replies.count == model.blocks.count else { return .breach("a reading of \(replies.count) replies") }
        if let wrong = compare(reading, replies) { return .breach(wrong) }
        guard let value = PlainDecoder.value(field, replies[0].words),
            let second = PlainDecoder.value(confirmation, replies[1].words), (-0.5...1e15).contains(value)
        else { return .breach("accepted words that hold no energy: \(replies[0].words), \(replies[1].words)") }
        guard abs(value - Double(reading.import.rawValue)) <= 1 + value / 1e15 else {
            return .breach("import \(reading.import.rawValue), decoded \(value)")
        }
        if let wrong = advance(reading, value, replies) { return .breach(wrong) }
        let most = rise(
            from: replies[0].sent.nanoseconds, to: replies[1].received.nanoseconds,
            staleness: max(meter.profile.link.refresh.rawValue, 1_000_000_000))
        let apart = second - value
        guard apart >= -2, apart <= most + PlainDecoder.step(field, replies[0].words) + 2 else {
            return .breach("the second read is \(apart) mWh above the first, at most \(most) and a step are true")
        }
        if isTrue(value, replies[0], model) { return .truth }
        return isTrue(second, replies[1], model) ? .understatement : .wrongAlike
    }

    // MARK: one reading

    /// Whether it is the reading of these replies at all.
    private func compare(_ reading: EnergyReading, _ replies: [FuzzReply]) -> String? {
        guard reading.evidence.words == replies[0].words, reading.confirmation.words == replies[1].words else {
            return "evidence \(reading.evidence.words), \(reading.confirmation.words) is not what was sent"
        }
        guard reading.at == replies[0].received, reading.elapsed == replies[0].received - replies[0].sent else {
            return "another time than that of its reply"
        }
        return nil
    }

    /// Whether a register could show a value between request and reply.
    private func isTrue(_ value: Double, _ reply: FuzzReply, _ model: ModelMeter) -> Bool {
        let least = model.shown(at: reply.sent)
        let most = model.shown(at: reply.received)
        let tolerance = model.tolerance(at: most)
        let low = Double(least - tolerance.below)
        let high = Double(most + tolerance.above)
        guard let modulus = model.modulus.map(Double.init) else { return value >= low && value <= high }
        let wraps = (low / modulus).rounded(.down)
        return value + wraps * modulus >= low && value + wraps * modulus <= high
            || value + (wraps + 1) * modulus >= low && value + (wraps + 1) * modulus <= high
    }

    // MARK: one reading after the other

    private mutating func advance(_ reading: EnergyReading, _ value: Double, _ replies: [FuzzReply]) -> String? {
        let step = PlainDecoder.step(field, replies[0].words)
        let modulus =
            field.rollover.map { Double($0.rawValue) }
            ?? (field.type == .acc32 ? 0x1_0000_0000 * PlainDecoder.unitInLastPlace(field, replies[0].words) : 0)
        if let wrong = judgeGeneration(reading, value) { return wrong }
        // A wrap is worth what the register wraps at by the factor that it has then.
        if reading.rollovers != rollovers {
            guard reading.rollovers == rollovers + 1 else { return "\(reading.rollovers) wraps after \(rollovers)" }
            rollovers = reading.rollovers
            carried += modulus
        }
        let now = Accepted(
            total: value + carried, sent: replies[0].sent.nanoseconds, received: replies[0].received.nanoseconds,
            power: powers.last?.power, unit: PlainDecoder.unitInLastPlace(field, replies[0].words))
        defer {
            accepted.append(now)
            if accepted.count > 2_000 { accepted.removeFirst(1_000) }
        }
        guard let last = accepted.last else { return nil }
        guard now.received > last.received else { return "accepted again at the same time" }
        guard field.scaleFactorOffset == nil || now.unit == last.unit else {
            return "\(now.unit) mWh in each count after \(last.unit) by another scale factor"
        }
        let rose = now.total - last.total
        guard rose >= -1 else { return "fell by \(-rose) mWh within a generation" }
        let most = rise(from: last.sent, to: now.received, staleness: meter.profile.link.refresh.rawValue)
        guard rose <= most + step + 1 else { return "rose by \(rose) mWh, at most \(most) and a step are true" }
        return judgeWindow(now, step)
    }

    /// A generation begins with another meter, or with a register that fell.
    private mutating func judgeGeneration(_ reading: EnergyReading, _ value: Double) -> String? {
        if reading.generation == generation { return nil }
        guard reading.generation == generation + 1, let last = accepted.last, value + carried < last.total else {
            return "generation \(reading.generation) after \(generation), and nothing fell"
        }
        begin(reading.generation)
        rollovers = reading.rollovers
        return nil
    }

    private mutating func begin(_ generation: UInt32) {
        self.generation = generation
        accepted = []
        rollovers = 0
        carried = 0
    }

    /// Where power was reported without a hole: from some accepted reading about a minute ago, energy rose by what the
    /// greatest and the least power of that time make of it. The code compares the integral itself, which lies between.
    private func judgeWindow(_ now: Accepted, _ step: Double) -> String? {
        let oldest = now.received - 67_000_000_000
        guard let first = accepted.firstIndex(where: { $0.received >= oldest }),
            accepted[first].received <= now.received - 60_000_000_000
        else { return nil }
        var before = accepted[first].received
        for reading in accepted[first...] + [now] {
            guard reading.power != nil, reading.received - before <= 5_000_000_000 else { return nil }
            before = reading.received
        }
        var least = Double.infinity
        var greatest = 0.0
        for sample in powers.reversed() {
            if sample.at < oldest - 15_000_000_000 { break }
            guard let power = sample.power else { return nil }
            least = min(least, max(0, power))
            greatest = max(greatest, power)
        }
        for reading in accepted[first...] {
            let duration = Double(now.received - reading.received) / 3.6e12 * Double(meter.limits.energyFactor)
            guard duration >= 60 / 3_600 * Double(meter.limits.energyFactor) else { break }
            let rose = now.total - reading.total
            let slack = 2 * step + 2
            if rose <= greatest * duration * 1.2 + slack, rose >= least * duration * 0.8 - slack { return nil }
        }
        return "over a minute energy and power do not agree: \(least) to \(greatest) mW were reported"
    }

    /// P_max · Δt · 1.2, in mWh.
    private func rise(from: Int64, to: Int64, staleness: Int64) -> Double {
        let power = Double(meter.limits.maximumPower.rawValue) * Double(meter.limits.energyFactor)
        return power * Double(to - from + staleness) / 3.6e12 * 1.2
    }

    /// mW, as a reading's replies say it; `nil` where they do not.
    private func power(_ replies: [FuzzReply], _ blocks: [RegisterBlock]) -> Double? {
        for quantity in [MeterQuantity.totalPower, .power] {
            for (block, reply) in zip(blocks, replies) {
                guard let field = block.field(quantity) else { continue }
                var sum: Double? = 0
                for index in 0..<field.count {
                    let value = PlainDecoder.value(field, reply.words, index: index).flatMap {
                        abs($0) <= 1e10 ? $0 : nil
                    }
                    sum = sum.flatMap { sum in value.map { sum + $0 } }
                }
                if let sum { return sum }
            }
        }
        return nil
    }
}
