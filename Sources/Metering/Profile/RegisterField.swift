internal import Quantities

/// A quantity within a block: where it stands and how it decodes.
struct RegisterField: Equatable, Sendable {
    let quantity: MeterQuantity
    /// Registers from the block's first.
    let offset: Int
    /// Values one behind the other: one, or one for each phase.
    let count: Int
    let type: RegisterType
    let order: WordOrder
    /// To thousandths of the quantity's unit, before any scale factor.
    let scale: DecimalScale
    /// Where the block holds the power of ten that the number is to be multiplied by (SunSpec `sunssf`); `nil` for none.
    let scaleFactorOffset: Int?
    /// Bit patterns, most significant word first, by which the meter says "not available".
    let notAvailable: [UInt64]
    /// The least step of an energy; zero for other quantities.
    let resolution: MilliwattHours
    /// Where the profile says that an energy register wraps to zero; `nil` where it does not say it.
    let rollover: MilliwattHours?

    /// Registers of one value.
    var width: Int { type.width ?? 0 }

    /// The value with this index, in thousandths of the quantity's unit.
    func decode(_ words: [UInt16], index: Int = 0) throws(DecodingFault) -> Int64 {
        let number = try raw(words, index: index)
        let scale = try factor(words)
        guard let value = scale.applied(to: number) else { throw .tooLarge }
        // Less than 1 µWh flows in no time at which a meter can be read: such a float is another number, misread.
        if case .float(let float, _) = number, float != 0, quantity.isEnergy,
            scale.shiftedIfFits(by: 3)?.applied(to: number) == 0
        {
            throw .denormal
        }
        guard quantity.range.contains(value) else { throw .outOfRange(value, quantity.range) }
        return value
    }

    /// By how much the value moves at least when it moves: the stated resolution, or the float's own step where that has
    /// grown larger with the register.
    func step(_ words: [UInt16]) throws(DecodingFault) -> MilliwattHours {
        guard type.isFloat || scaleFactorOffset != nil else { return resolution }
        guard let step = try factor(words).step(of: try raw(words, index: 0)) else { throw .tooLarge }
        return max(resolution, MilliwattHours(step))
    }

    /// Where the register wraps to zero: as the profile says it, or by its type; `nil` where neither does.
    func modulus(_ words: [UInt16]) throws(DecodingFault) -> MilliwattHours? {
        if let rollover { return rollover }
        guard type == .acc32 else { return nil }
        guard let modulus = try factor(words).applied(to: .unsigned(1 << 32)) else { throw .tooLarge }
        return MilliwattHours(modulus)
    }

    /// The power of ten that came with the value; `nil` where the profile has none, or fewer words came.
    func scaleFactor(_ words: [UInt16]) -> Int16? {
        guard let scaleFactorOffset, scaleFactorOffset < words.count else { return nil }
        return Int16(bitPattern: words[scaleFactorOffset])
    }

    /// The words of all values, as they came.
    func words(_ words: [UInt16]) -> ArraySlice<UInt16> { words[offset..<(offset + count * width)] }

    /// The scale together with the factor that came in the same reply: a device may change it at any time.
    private func factor(_ words: [UInt16]) throws(DecodingFault) -> DecimalScale {
        guard let scaleFactorOffset else { return scale }
        guard let exponent = scaleFactor(words) else {
            throw .truncated(expected: scaleFactorOffset + 1, found: words.count)
        }
        // 0x8000 is "not implemented".
        guard Self.scaleFactors.contains(exponent) else { throw .scaleFactor(exponent) }
        guard let scale = scale.shiftedIfFits(by: Int(exponent)) else { throw .tooLarge }
        return scale
    }

    /// SunSpec Information Model Specification, type `sunssf`.
    private static let scaleFactors: ClosedRange<Int16> = -10...10

    private func raw(_ words: [UInt16], index: Int) throws(DecodingFault) -> RawNumber {
        let start = offset + index * width
        guard index >= 0, index < count, start + width <= words.count else {
            throw .truncated(expected: start + width, found: words.count)
        }
        let slice = words[start..<(start + width)]
        guard !notAvailable.contains(RawNumber.bits(slice, order)) else { throw .notAvailable }
        return try RawNumber(words: slice, type: type, order: order)
    }
}

extension RegisterField {
    /// The same registers, counted from the first one of another block; `nil` where that block does not have them all.
    func moved(from block: RegisterBlock, to other: RegisterBlock) -> RegisterField? {
        guard block.span.functionCode == other.span.functionCode, block.span.alternative == other.span.alternative,
            let distance = block.span.place.distance(from: other.span.place)
        else { return nil }
        let factor = scaleFactorOffset.map { $0 + distance }
        let places = [offset + distance, offset + distance + count * width - 1] + (factor.map { [$0] } ?? [])
        guard places.allSatisfy({ (0..<other.span.count).contains($0) }) else { return nil }
        return RegisterField(
            quantity: quantity, offset: offset + distance, count: count, type: type, order: order, scale: scale,
            scaleFactorOffset: factor, notAvailable: notAvailable, resolution: resolution, rollover: rollover)
    }
}

/// One request whose registers belong together: they are read at one moment.
struct RegisterBlock: Equatable, Sendable {
    let name: String
    let span: RegisterSpan
    let fields: [RegisterField]

    func field(_ quantity: MeterQuantity) -> RegisterField? { fields.first { $0.quantity == quantity } }
}
