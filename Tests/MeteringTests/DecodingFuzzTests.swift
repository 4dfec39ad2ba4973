import Foundation
import Testing

@testable import Metering

/// Every field of every shipped profile on generated words of any length, against plain arithmetic.
@Suite struct DecodingFuzzTests {
    private static let rounds = ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil ? 2_000_000 : 40_000

    @Test func `generated words decode to what plain arithmetic makes of them, or to nothing`() throws {
        var generator = SeededGenerator(seed: 7)
        let fields = try ShippedProfiles.all().flatMap { _, profile in
            profile.blocks.flatMap { block in block.fields.map { (block.span.count, $0) } }
        }
        var accepted = 0
        for round in 0..<Self.rounds {
            let (count, field) = fields[round % fields.count]
            let words = Self.words(count, field, using: &generator)
            let index = Int.random(in: 0..<field.count, using: &generator)
            let expected = PlainDecoder.value(field, words, index: index)
            do {
                let found = Double(try field.decode(words, index: index))
                accepted += 1
                let plain = try #require(expected, "\(field) of \(words) decodes to \(found)")
                #expect(abs(found - plain) <= 1 + abs(plain) / 1e15, "\(field) of \(words)")
                #expect(field.quantity.range.contains(Int64(found)), "\(field) of \(words)")
                let isTiny = field.quantity.isEnergy && field.type.isFloat && plain != 0 && abs(plain) < 0.000_4
                #expect(!isTiny, "\(field) of \(words)")
                _ = try? field.step(words)
                _ = try? field.modulus(words)
            } catch {
                guard let expected else { continue }
                // Out of range, or so little energy that no meter measures it.
                let range = field.quantity.range
                let isOutside = expected < Double(range.lowerBound) || expected > Double(range.upperBound)
                let isNothing = field.quantity.isEnergy && expected != 0 && abs(expected) < 0.001
                #expect(isOutside || isNothing, "\(field) of \(words): \(error), \(expected)")
            }
        }
        #expect(accepted > Self.rounds / 10 && accepted < Self.rounds * 9 / 10)
    }

    @Test func `generated words identify no meter by nothing`() throws {
        var generator = SeededGenerator(seed: 8)
        let profiles = try ShippedProfiles.all().map(\.profile)
        var accepted = 0
        for round in 0..<Self.rounds / 4 {
            let profile = profiles[round % profiles.count]
            for register in [profile.serial, profile.modelCode].compactMap({ $0 }) {
                var words = Self.random(register.span.count, using: &generator)
                if register.type == .text { words = words.map { $0 & 0x7F7F } }
                guard let serial = try? register.decodeSerial(words) else { continue }
                accepted += 1
                #expect(!serial.isEmpty && words.contains { $0 != 0 } && words.contains { $0 != 0xFFFF })
                #expect(words.count == register.span.count)
            }
            for setting in profile.guards {
                try? setting.check(Self.random(setting.span.count, using: &generator))
            }
        }
        #expect(accepted > 0)
    }

    /// As many words as the block has, now and then fewer or more: random ones, or the field's own patterns.
    private static func words(
        _ count: Int, _ field: RegisterField, using generator: inout SeededGenerator
    ) -> [UInt16] {
        var words = random(count, using: &generator)
        if let offset = field.scaleFactorOffset, offset < words.count, Bool.random(using: &generator) {
            words[offset] = UInt16(bitPattern: .random(in: -11...11, using: &generator))
        }
        guard words.count >= field.offset + field.count * field.width else { return words }
        let index = Int.random(in: 0..<field.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let most = field.quantity.range.upperBound
            let value = Int64.random(in: 0...most, using: &generator) >> Int64.random(in: 0..<50, using: &generator)
            RegisterWriter.put(value, field, index: index, factor: 0, into: &words)
        case 1:
            let block = RegisterBlock(
                name: "", span: RegisterSpan(functionCode: 3, alternative: nil, place: .address(0), count: count),
                fields: [field])
            let kinds: [ReplyMutation] = [.sentinel, .notANumber, .infinity, .denormal, .minusZero, .zeros, .ones]
            let kind = kinds.randomElement(using: &generator) ?? .zeros
            kind.apply(to: &words, of: block, earlier: nil, other: nil, using: &generator)
        default: break
        }
        return words
    }

    private static func random(_ count: Int, using generator: inout SeededGenerator) -> [UInt16] {
        let length =
            Int.random(in: 0..<8, using: &generator) == 0 ? Int.random(in: 0...count + 3, using: &generator) : count
        return (0..<length).map { _ in UInt16.random(in: 0...(.max), using: &generator) }
    }
}
