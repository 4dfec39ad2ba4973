/// What a serial device delivers, as symbols: its marks read, lost bytes noticed, its carrier watched. Pure.
struct SerialSymbols: Sendable {
    private var marks = MarkedLine()
    private var overruns: UInt64?
    private var hadCarrier = false

    /// - Parameter overruns: what the driver counts at the start; nil where it does not.
    init(overruns: UInt64?) { self.overruns = overruns }

    /// Takes one read.
    ///
    /// - Parameters:
    ///   - overruns: what the driver counts behind the read; nil where it does not.
    ///   - carrier: whether the carrier is there; nil where that is not watched.
    mutating func take(_ bytes: [UInt8], overruns counted: UInt64?, carrier: Bool?) -> [LineSymbol] {
        var symbols = bytes.compactMap { marks.receive($0) }
        if let counted {
            // Where in this read the hole is, nobody knows: not even a line's end in it is one.
            if let before = overruns, counted != before {
                symbols = symbols.map { if case .byte = $0 { .damaged } else { $0 } }
                symbols.insert(.damaged, at: 0)
            }
            overruns = counted
        }
        if let carrier {
            if hadCarrier, !carrier { symbols.append(.hangUp) }
            hadCarrier = carrier
        }
        return symbols
    }
}
