import Quantities

@testable import Metering

/// What is done to one reply of a meter that behaves.
enum ReplyMutation: Int, CaseIterable {
    // The words.
    case randomWords, randomWord, bitFlip, bitFlips, swappedWords, swappedBytes, reversed, shifted
    case zeros, ones, sentinel, notANumber, infinity, denormal, minusZero
    case earlierPoll, otherBlock, energyRise, energyFall, scaleFactor
    // The line.
    case exception, otherShape, timeout, checksum, otherUnit, hangUp
    // Time.
    case late, overdue, tooFast, timeStandsStill
    // Both reads of the energy alike, for several readings: a meter or a gateway that lies consistently.
    case constantRise, constantFall, scaledEnergy, frozenEnergy, zeroEnergy, otherEnergy, otherFactor

    static let ofWords = Array(allCases[...(allCases.firstIndex(of: .scaleFactor) ?? 0)])
    static let ofLine: [ReplyMutation] = [.exception, .otherShape, .timeout, .checksum, .otherUnit, .hangUp]
    static let ofTime: [ReplyMutation] = [.late, .overdue, .tooFast, .timeStandsStill]
    static let consistent: [ReplyMutation] = [
        .constantRise, .constantFall, .scaledEnergy, .frozenEnergy, .zeroEnergy, .otherEnergy, .otherFactor,
    ]

    /// Changes words; `earlier` are the block's words in some earlier reading, `other` those of another block.
    func apply(
        to words: inout [UInt16], of block: RegisterBlock?, earlier: [UInt16]?, other: [UInt16]?,
        using generator: inout SeededGenerator
    ) {
        let index = Int.random(in: 0..<words.count, using: &generator)
        switch self {
        case .randomWords: for place in words.indices { words[place] = .random(in: 0...(.max), using: &generator) }
        case .randomWord: words[index] = .random(in: 0...(.max), using: &generator)
        case .bitFlip: words[index] ^= 1 << UInt16.random(in: 0..<16, using: &generator)
        case .bitFlips:
            for _ in 0..<Int.random(in: 2...8, using: &generator) {
                let place = Int.random(in: 0..<words.count, using: &generator)
                words[place] ^= 1 << UInt16.random(in: 0..<16, using: &generator)
            }
        case .swappedWords: words.swapAt(index, index ^ 1 < words.count ? index ^ 1 : 0)
        case .swappedBytes: for place in words.indices { words[place] = words[place].byteSwapped }
        case .reversed: words.reverse()
        case .shifted: words = Array(words.dropFirst()) + [words[0]]
        case .zeros: for place in words.indices { words[place] = 0 }
        case .ones: for place in words.indices { words[place] = 0xFFFF }
        case .earlierPoll: if let earlier { words = earlier }
        case .otherBlock:
            guard let other, !other.isEmpty else { return }
            for place in words.indices { words[place] = other[place % other.count] }
        default: applyToField(&words, block, using: &generator)
        }
    }

    /// The mutations that know what stands where.
    private func applyToField(
        _ words: inout [UInt16], _ block: RegisterBlock?, using generator: inout SeededGenerator
    ) {
        guard let block, let field = block.fields.randomElement(using: &generator) else { return }
        let index = Int.random(in: 0..<field.count, using: &generator)
        let width = UInt64(field.width * 16)
        let all = width == 64 ? UInt64.max : 1 << width - 1
        let exponent: UInt64 = field.type == .f64 ? 0x7FF << 52 : 0x7F80_0000
        let random = UInt64.random(in: 0...(.max), using: &generator)
        let fraction = random & (field.type == .f64 ? 0xF_FFFF_FFFF_FFFF : 0x7F_FFFF) | 1
        let bits: UInt64
        switch self {
        case .sentinel:
            let patterns = [all, all >> 1, all >> 1 + 1, 0x8000, 0x7FFF, 0xFFFF, 0x7FC0_0000, 0x8000_0000, all - 1]
            bits = (patterns + field.notAvailable).randomElement(using: &generator) ?? all
        case .notANumber: bits = exponent | fraction
        case .infinity: bits = exponent | random & (all >> 1 + 1)
        case .denormal: bits = fraction
        case .minusZero: bits = all >> 1 + 1
        case .scaleFactor:
            guard let offset = field.scaleFactorOffset else { return }
            let factors = [
                -11, -10, -3, -2, -1, 0, 1, 2, 3, 10, 11, Int(Int16.min), Int.random(in: -12...12, using: &generator),
            ]
            words[offset] = UInt16(bitPattern: Int16(factors.randomElement(using: &generator) ?? 0))
            return
        default: return
        }
        RegisterWriter.put(
            bits: bits & all, at: field.offset + index * field.width, width: field.width, field.order, into: &words)
    }
}
