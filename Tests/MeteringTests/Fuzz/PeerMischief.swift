/// What a raw peer sends in place of a good reply, or around it.
enum PeerMischief: CaseIterable {
    case none, exception, otherException, otherUnit, otherFunction, otherCount, longer, shorter
    /// TCP alone: the header's other words.
    case otherTransaction, earlierTransaction, otherProtocol, otherLength
    /// RTU alone.
    case checksum
    case bitFlip, garbage, garbageBefore, garbageAfter, echo, several, inPieces, lastReply
    case partial, partialThenClose, silence, close
    /// Without end, until something else is asked for: a byte now and then, or as many as the line takes.
    case drip, flood

    /// Those that end by themselves.
    static let bounded = allCases.filter { $0 != .drip && $0 != .flood }

    /// A frame's body behind unit and function code, and what is done to the frame around it.
    func body(
        _ request: RawRequest, _ words: [UInt16], using generator: inout SeededGenerator
    ) -> [UInt8] {
        let function = request.functionCode
        let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        switch self {
        case .exception:
            let most: UInt8 = Bool.random(using: &generator) ? 12 : .max
            return [request.unit, function | 0x80, .random(in: 0...most, using: &generator)]
        case .otherException:
            return [
                request.unit, .random(in: 0x80...(.max), using: &generator), .random(in: 0...12, using: &generator),
            ]
        case .otherUnit: return [.random(in: 0...(.max), using: &generator), function, UInt8(bytes.count)] + bytes
        case .otherFunction:
            return [request.unit, .random(in: 0...(.max), using: &generator), UInt8(bytes.count)] + bytes
        case .otherCount: return [request.unit, function, .random(in: 0...(.max), using: &generator)] + bytes
        case .longer: return [request.unit, function, UInt8(truncatingIfNeeded: bytes.count + 2)] + bytes + [0, 1]
        case .shorter: return [request.unit, function, UInt8(bytes.count - 2)] + bytes.dropLast(2)
        default: return [request.unit, function, UInt8(bytes.count)] + bytes
        }
    }
}
