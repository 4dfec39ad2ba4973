import Quantities

@testable import Metering

/// A meter that behaves, for any profile: what it answers comes from its true energy, a mains that is never quite still, and
/// the settings that the profile asks for.
struct ModelMeter {
    let profile: MeterProfile
    /// In the order in which a reading asks for them.
    let blocks: [RegisterBlock]
    /// The power of ten of energies that have a scale factor.
    let energyFactor: Int
    /// Where the register wraps to zero.
    let modulus: Int64?
    /// For how long a register holds its value before it is renewed.
    let hold: Int64
    /// How many times faster than life it counts.
    private let countingFactor: Int64
    var energy: TrueEnergy
    private var answers: [Answer] = []
    /// The unchanging words of each block at one power, for each state of the mains.
    private var prepared: [[[UInt16]?]] = []
    private var preparedWatts: Int64 = -1
    private var mains = 0

    /// How it is made; drawn anew for each history.
    struct Make {
        let start: MonotonicInstant
        let hold: Int64
        let energyFactor: Int
        /// Speaks the profile's second function codes only.
        let usesAlternatives: Bool
        let sunspecBase: Int
        let countingFactor: Int64
    }

    private enum Content {
        case block(Int)
        case constant([UInt16])
    }

    private struct Answer {
        let functionCode: UInt8
        let address: Int
        let count: Int
        var content: Content
        var isSerial = false
    }

    init(_ profile: MeterProfile, _ make: Make, using generator: inout SeededGenerator) {
        self.profile = profile
        blocks = profile.readingOrder
        energyFactor = make.energyFactor
        hold = make.hold
        countingFactor = make.countingFactor
        let field = profile.billing.energy.field
        modulus =
            field.rollover?.rawValue
            ?? (field.type == .acc32 ? Int64(0x1_0000_0000 * Self.unit(field, make.energyFactor)) : nil)
        let start = Self.energy(field, modulus, make.energyFactor, using: &generator)
        energy = TrueEnergy(start, factor: make.countingFactor, at: make.start)
        prepared = blocks.map { _ in [[UInt16]?](repeating: nil, count: Self.statesOfMains) }
        var chain = Chain(profile, base: make.sunspecBase)
        for (index, block) in blocks.enumerated() { add(block.span, .block(index), &chain, make.usesAlternatives) }
        addIdentity(&chain, make.usesAlternatives)
        for (address, words) in chain.walk {
            answers.append(Answer(functionCode: 3, address: address, count: 2, content: .constant(words)))
        }
    }

    // MARK: answers

    enum Reply {
        case words([UInt16])
        case exception(UInt8)
    }

    /// What it answers, as its registers stand at a moment.
    mutating func reply(to request: RegisterRequest, at now: MonotonicInstant) -> Reply {
        var knowsCode = false
        for answer in answers where answer.functionCode == request.functionCode {
            knowsCode = true
            guard answer.count == request.count, answer.address == Int(request.address) else { continue }
            switch answer.content {
            case .constant(let words): return .words(words)
            case .block(let index): return .words(words(index, at: now))
            }
        }
        return .exception(knowsCode ? 2 : 1)
    }

    /// The block that a request asks for; `nil` for one of the identification.
    func block(of request: RegisterRequest) -> Int? {
        for answer in answers {
            guard case .block(let index) = answer.content else { return nil }
            if answer.count == request.count, answer.functionCode == request.functionCode,
                answer.address == Int(request.address)
            {
                return index
            }
        }
        return nil
    }

    /// The energy that its register shows at a moment, wraps unrolled, before it is put into words.
    func shown(at now: MonotonicInstant) -> Int64 {
        guard hold > 0 else { return energy.at(now) }
        return energy.at(MonotonicInstant(nanoseconds: now.nanoseconds / hold * hold))
    }

    /// How far its register may lie below and above the energy that it shows: a count of an integer, half a last place of a
    /// float, and a rounding.
    func tolerance(at energy: Int64) -> (below: Int64, above: Int64) {
        let field = profile.billing.energy.field
        let unit = Self.unit(field, energyFactor)
        switch field.type {
        case .f32:
            let half = Int64(Double(Float(Double(energy) / unit).ulp) * unit / 2) + 1
            return (half, half)
        case .f64:
            let half = Int64((Double(energy) / unit).ulp * unit / 2) + 1
            return (half, half)
        default: return (Int64(unit) + 1, 1)
        }
    }

    /// Writes an energy into a block's import register; with another power of ten where it is given, and the block has one.
    func put(_ energy: Int64, factor: Int? = nil, into words: inout [UInt16], of block: Int) {
        guard let field = blocks[block].field(.importEnergy) else { return }
        let shown = modulus.map { (energy % $0 + $0) % $0 } ?? energy
        RegisterWriter.put(shown, field, factor: factor ?? energyFactor, into: &words)
        if let factor, let offset = field.scaleFactorOffset { words[offset] = UInt16(bitPattern: Int16(factor)) }
    }

    /// From now on it is another meter: another serial number, another energy.
    mutating func exchange(at now: MonotonicInstant, using generator: inout SeededGenerator) {
        let field = profile.billing.energy.field
        let watts = energy.watts(at: now)
        energy = TrueEnergy(
            Self.energy(field, modulus, energyFactor, using: &generator), factor: countingFactor, at: now)
        energy.set(watts: watts, at: now)
        guard let serial = profile.serial else { return }
        let digits = "\(Int.random(in: 10_000_000...60_000_000, using: &generator))"
        for index in answers.indices where answers[index].isSerial {
            answers[index].content = .constant(Self.words(serial, digits))
        }
    }

    private mutating func words(_ index: Int, at now: MonotonicInstant) -> [UInt16] {
        let watts = energy.watts(at: now)
        if watts != preparedWatts {
            preparedWatts = watts
            for block in prepared.indices {
                for state in prepared[block].indices { prepared[block][state] = nil }
            }
        }
        mains = (mains + 1) % Self.statesOfMains
        var words: [UInt16]
        if let found = prepared[index][mains] {
            words = found
        } else {
            words = prepare(blocks[index], watts)
            prepared[index][mains] = words
        }
        put(shown(at: now), into: &words, of: index)
        return words
    }

    // MARK: values

    private static let statesOfMains = 7

    private func prepare(_ block: RegisterBlock, _ watts: Int64) -> [UInt16] {
        var words = [UInt16](repeating: 0, count: block.span.count)
        let phases = Int64(profile.phases)
        let voltage = 229_500 + 130 * Int64(mains)
        // The export also where a block holds its registers and does not name them.
        let exports = blocks.compactMap { $0.field(.exportEnergy)?.moved(from: $0, to: block) }
        for field in exports + block.fields {
            let (value, factor): (Int64, Int) =
                switch field.quantity {
                case .importEnergy: (0, energyFactor)
                case .exportEnergy: (125_000, energyFactor)
                case .voltage: (voltage, -1)
                case .current: (watts * 1_000_000 / voltage / phases, -2)
                case .power: (watts * 1_000 / phases, 0)
                case .totalPower: (watts * 1_000, 0)
                case .frequency: (49_900 + 40 * Int64(mains), -2)
                }
            for index in 0..<field.count {
                RegisterWriter.put(value, field, index: index, factor: factor, into: &words)
            }
            if let offset = field.scaleFactorOffset { words[offset] = UInt16(bitPattern: Int16(factor)) }
        }
        return words
    }

    /// A number of mWh that the register can hold with room to rise, by magnitude; now and then just before a wrap.
    private static func energy(
        _ field: RegisterField, _ modulus: Int64?, _ factor: Int, using generator: inout SeededGenerator
    ) -> Int64 {
        if let modulus, Int.random(in: 0..<6, using: &generator) == 0 {
            return modulus - Int64.random(in: 1...500_000, using: &generator)
        }
        var most = 100_000_000_000.0
        if !field.type.isFloat {
            let bits = min(field.width * 16, 50) - 2
            most = min(most, Double(1 << bits) * unit(field, factor))
        }
        let magnitude = Int64(PlainDecoder.power(ofTen: Int.random(in: 3...11, using: &generator)))
        return 100_000 + Int64.random(in: 0...min(magnitude, Int64(most)), using: &generator)
    }

    /// What one count of an integer register is worth, in mWh.
    private static func unit(_ field: RegisterField, _ factor: Int) -> Double {
        let exponent = field.scale.exponent + (field.scaleFactorOffset == nil ? 0 : factor)
        return Double(field.scale.multiplier) * PlainDecoder.power(ofTen: exponent)
    }

    // MARK: identity

    private mutating func addIdentity(_ chain: inout Chain, _ usesAlternatives: Bool) {
        if let serial = profile.serial {
            add(serial.span, .constant(Self.words(serial, "22551083")), &chain, usesAlternatives)
            answers[answers.count - 1].isSerial = true
        }
        if let model = profile.modelCode {
            add(model.span, .constant(Self.words(model, model.expected[0])), &chain, usesAlternatives)
        }
        for setting in profile.guards {
            var words = [UInt16](repeating: 0, count: setting.span.count)
            let field = RegisterField(
                quantity: .frequency, offset: 0, count: 1, type: setting.type, order: setting.order,
                scale: DecimalScale(multiplier: setting.scale.multiplier, exponent: setting.scale.exponent + 3),
                scaleFactorOffset: nil, notAvailable: [], resolution: .zero, rollover: nil)
            switch setting.expectation {
            case .range(let range):
                RegisterWriter.put((range.lowerBound + range.upperBound) / 2, field, factor: 0, into: &words)
            case .oneOf(let codes):
                RegisterWriter.put(
                    bits: UInt64(bitPattern: codes[0]), at: 0, width: words.count, setting.order, into: &words)
            }
            add(setting.span, .constant(words), &chain, usesAlternatives)
        }
    }

    private static func words(_ register: IdentityRegister, _ text: String) -> [UInt16] {
        var words = [UInt16](repeating: 0, count: register.span.count)
        guard register.type == .text else {
            RegisterWriter.put(
                bits: UInt64(text) ?? 1, at: 0, width: words.count, register.order, into: &words)
            return words
        }
        for (index, byte) in text.utf8.enumerated() where index / 2 < words.count {
            words[index / 2] |= UInt16(byte) << (index % 2 == 0 ? 8 : 0)
        }
        return words
    }

    private mutating func add(
        _ span: RegisterSpan, _ content: Content, _ chain: inout Chain, _ usesAlternatives: Bool
    ) {
        let code = usesAlternatives ? span.alternative ?? span.functionCode : span.functionCode
        let address = chain.address(of: span.place)
        // A register that a block holds as well says there what it says here.
        guard !answers.contains(where: { $0.functionCode == code && $0.address == address && $0.count == span.count })
        else { return }
        answers.append(Answer(functionCode: code, address: address, count: span.count, content: content))
    }

    /// The SunSpec models that the profile reads, one behind the other.
    private struct Chain {
        private var starts: [UInt16: Int] = [:]
        /// What stands at each address that the walk along the chain reads.
        private(set) var walk: [(Int, [UInt16])] = []

        init(_ profile: MeterProfile, base: Int) {
            var lengths: [(id: UInt16, length: Int)] = []
            let spans = [profile.serial?.span, profile.modelCode?.span].compactMap { $0 } + profile.blocks.map(\.span)
            for span in spans {
                guard case .sunspec(let models, let offset) = span.place else { continue }
                let length = offset + span.count - 2
                if let index = lengths.firstIndex(where: { $0.id == models[0] }) {
                    lengths[index].length = max(lengths[index].length, length)
                } else {
                    lengths.append((models[0], length))
                }
            }
            guard !lengths.isEmpty else { return }
            walk.append((base, [0x5375, 0x6E53]))
            var next = base + 2
            for (id, length) in lengths {
                starts[id] = next
                walk.append((next, [id, UInt16(length)]))
                next += 2 + length
            }
            walk.append((next, [0xFFFF, 0]))
        }

        func address(of place: RegisterPlace) -> Int {
            switch place {
            case .address(let address): Int(address)
            case .sunspec(let models, let offset): (starts[models[0]] ?? 0) + offset
            }
        }
    }
}
