/// A read of adjacent registers, as a profile says it: what it becomes on the wire depends on the meter.
struct RegisterSpan: Equatable, Sendable {
    /// 3 (holding registers) or 4 (input registers).
    let functionCode: UInt8
    /// The function code for a meter that does not have the first one.
    let alternative: UInt8?
    let place: RegisterPlace
    /// How many, 1 to 125.
    let count: Int

    /// The request to one meter; `nil` where this meter has no such registers.
    func request(in map: RegisterMap) -> RegisterRequest? {
        let address: UInt16
        switch place {
        case .address(let fixed): address = fixed
        case .sunspec(let models, let offset):
            guard let found = map.chain?.address(of: models, offset: offset, count: count) else { return nil }
            address = found
        }
        return RegisterRequest(functionCode: code(map.usesAlternatives), address: address, count: count)
    }

    /// The shape of the reply, with every alternative in use or none.
    func shape(usingAlternatives: Bool) -> RegisterRequest.Shape {
        RegisterRequest.Shape(functionCode: code(usingAlternatives), count: count)
    }

    private func code(_ usesAlternatives: Bool) -> UInt8 {
        usesAlternatives ? alternative ?? functionCode : functionCode
    }
}

/// What is known of one meter beyond its profile: which function codes it has, and where its SunSpec models stand.
struct RegisterMap: Equatable, Sendable {
    var usesAlternatives = false
    var chain: SunSpecChain?
}

extension RegisterSpan {
    var isSunSpec: Bool {
        if case .sunspec = place { true } else { false }
    }
}
