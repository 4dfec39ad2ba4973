/// Walks a device's chain of models: "SunS" at one of three addresses, then the id and the length of one model behind the
/// other, up to the id 0xFFFF (SunSpec Information Model Specification, section 6.2). A pure value.
struct SunSpecDiscovery: Equatable, Sendable {
    /// Where a chain may begin, in the order in which devices have it.
    static let bases: [UInt16] = [40_000, 50_000, 0]
    /// More models than any device has.
    static let mostModels = 64
    /// The shape of each of its requests: two holding registers. No billing block of a SunSpec profile has it.
    static let shape = RegisterRequest.Shape(functionCode: 3, count: 2)

    private static let marker: [UInt16] = [0x5375, 0x6E53]
    private static let end: UInt16 = 0xFFFF

    private var base = 0
    /// The next model's address; `nil` while the marker is looked for.
    private var next: UInt16?
    private(set) var chain = SunSpecChain()

    enum Step: Equatable {
        case more
        case complete
    }

    /// What to ask for now.
    var request: RegisterRequest {
        RegisterRequest(
            functionCode: Self.shape.functionCode, address: next ?? Self.bases[base], count: Self.shape.count)
    }

    /// Takes the two registers.
    mutating func take(_ words: [UInt16]) throws(MeteringError) -> Step {
        guard words.count == Self.shape.count else { throw .wrongReply(.length) }
        guard let address = next else {
            guard words == Self.marker else { return try skipBase() }
            next = Self.bases[base] + 2
            return .more
        }
        if words[0] == Self.end { return .complete }
        let length = Int(words[1])
        guard chain.models.count < Self.mostModels, let following = UInt16(exactly: Int(address) + 2 + length),
            following < .max
        else { throw .sunspec(.endless) }
        chain.append(SunSpecChain.Model(id: words[0], address: address, length: length))
        next = following
        return .more
    }

    /// The device has no register there: the next base is tried, or the chain ends without its end mark.
    mutating func refuse() throws(MeteringError) -> Step {
        guard next == nil else { return .complete }
        return try skipBase()
    }

    private mutating func skipBase() throws(MeteringError) -> Step {
        guard base + 1 < Self.bases.count else { throw .sunspec(.noMarker) }
        base += 1
        return .more
    }
}
