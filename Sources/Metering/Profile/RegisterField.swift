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
    /// To thousandths of the quantity's unit.
    let scale: DecimalScale
    /// Bit patterns, most significant word first, by which the meter says "not available".
    let notAvailable: [UInt64]
    /// The least step of an energy; zero for other quantities.
    let resolution: MilliwattHours
    /// Where an energy register wraps to zero; `nil` where none is known.
    let rollover: MilliwattHours?

    /// Registers of one value.
    var width: Int { type.width ?? 0 }

    /// The value with this index, in thousandths of the quantity's unit.
    func decode(_ words: [UInt16], index: Int = 0) throws(DecodingFault) -> Int64 {
        let number = try raw(words, index: index)
        guard let value = scale.applied(to: number) else { throw .tooLarge }
        guard quantity.range.contains(value) else { throw .outOfRange(value, quantity.range) }
        return value
    }

    /// By how much the value moves at least when it moves: the stated resolution, or the float's own step where that has
    /// grown larger with the register.
    func step(_ words: [UInt16]) throws(DecodingFault) -> MilliwattHours {
        guard type.isFloat else { return resolution }
        guard let step = scale.step(of: try raw(words, index: 0)) else { throw .tooLarge }
        return max(resolution, MilliwattHours(step))
    }

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

/// One request whose registers belong together: they are read at one moment.
struct RegisterBlock: Equatable, Sendable {
    let name: String
    let request: RegisterRequest
    let fields: [RegisterField]

    func field(_ quantity: MeterQuantity) -> RegisterField? { fields.first { $0.quantity == quantity } }
}
