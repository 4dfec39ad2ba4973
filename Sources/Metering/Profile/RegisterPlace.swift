/// Where registers stand, as a profile says it.
enum RegisterPlace: Equatable, Hashable, Sendable {
    /// From 0, as it goes on the wire.
    case address(UInt16)
    /// So many registers behind the one that holds the id of the first of these models in the meter's SunSpec chain.
    case sunspec(models: [UInt16], offset: Int)

    /// How many registers this place lies behind another; `nil` where that depends on the meter.
    func distance(from other: RegisterPlace) -> Int? {
        switch (self, other) {
        case (.address(let address), .address(let start)): Int(address) - Int(start)
        case (.sunspec(let models, let offset), .sunspec(let same, let start)): models == same ? offset - start : nil
        case (.address, .sunspec), (.sunspec, .address): nil
        }
    }

    /// The place so many registers further.
    func advanced(by offset: Int) -> RegisterPlace? {
        switch self {
        case .address(let address): UInt16(exactly: Int(address) + offset).map { .address($0) }
        case .sunspec(let models, let start): .sunspec(models: models, offset: start + offset)
        }
    }
}
