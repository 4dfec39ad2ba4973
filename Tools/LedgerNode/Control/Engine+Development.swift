internal import LightClient
internal import Logging

/// What a development node does on request.
extension Engine {
    /// One validator's new power. Without a name or address a new validator is made; a power of 0 removes.
    struct ValidatorRequest: Codable, Sendable {
        let validator: String?
        let power: String
    }

    /// A request that cannot be met, in one line.
    struct DevelopmentRefusal: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    // MARK: Validators

    /// The validators of the newest sets, with their names, and the keys that wait.
    func listedValidators() -> RPCValue {
        let now = chain.validators.set
        let next = chain.nextValidators.set
        let rows = home.validatorKeys.indices.compactMap { index -> RPCValue? in
            guard let key = home.publicKey(named: "validator-\(index)"), let address = key.address else { return nil }
            return [
                "name": .text("validator-\(index)"), "address": .text(address.hex), "pub_key": .shaped(key),
                "power": .integer(now.validator(address)?.power ?? 0),
                "next_power": .integer(next.validator(address)?.power ?? 0),
            ]
        }
        return ["height": .integer(chain.height), "validators": .array(rows)]
    }

    /// Puts changes into the next block, and makes those up to the first block that the changed set signs.
    func changeValidators(_ requests: [ValidatorRequest]) throws -> RPCValue {
        guard !requests.isEmpty else { throw DevelopmentRefusal("changes: there are none") }
        guard canMakeBlock else { throw DevelopmentRefusal("the chain stands still: clear the fault first") }
        let newcomers = requests.count { $0.validator == nil }
        guard home.validatorKeys.count + newcomers <= LedgerNodeConfiguration.maximumValidators else {
            throw DevelopmentRefusal(
                "a home holds at most \(LedgerNodeConfiguration.maximumValidators) validators' keys")
        }
        var updates: [ABCI.ValidatorUpdate] = []
        // Keys are made last: a refused request leaves none behind.
        for request in requests where request.validator != nil {
            updates.append(
                ABCI.ValidatorUpdate(
                    publicKey: try key(request.validator ?? ""), power: try Self.power(request.power)))
        }
        let powers = try requests.filter { $0.validator == nil }.map { try Self.power($0.power) }
        guard powers.allSatisfy({ $0 > 0 }) else { throw DevelopmentRefusal("power: a new validator needs some") }
        if !updates.isEmpty { _ = try chain.turned(chain.nextValidators, by: updates) }
        for power in powers { updates.append(ABCI.ValidatorUpdate(publicKey: try home.addKey(), power: power)) }
        _ = try chain.turned(chain.nextValidators, by: updates)
        let height = try changeValidators(updates)
        return [
            "height": .integer(height), "effective_height": .integer(height + 2),
            "validators": .array(
                updates.map { update in
                    [
                        "name": .text(update.publicKey.flatMap(home.name) ?? ""),
                        "address": .text(update.publicKey?.address?.hex ?? ""), "power": .integer(update.power),
                    ]
                }),
        ]
    }

    private static func power(_ text: String) throws -> Int64 {
        // So much that a hundred of them stay below CometBFT's cap.
        guard let power = Int64(text), (0...1_000_000_000_000).contains(power) else {
            throw DevelopmentRefusal("power: expected 0 to 1000000000000, got \"\(text.prefix(40))\"")
        }
        return power
    }

    private func key(_ name: String) throws -> PublicKey {
        if let key = home.publicKey(named: name) { return key }
        let keys = home.validatorKeys.indices.compactMap { home.publicKey(named: "validator-\($0)") }
        guard let key = keys.first(where: { $0.address?.hex == name.uppercased() }) else {
            throw DevelopmentRefusal("\"\(name.prefix(40))\" is neither a validator's name here nor its address")
        }
        return key
    }

    // MARK: Faults

    /// Has a fault from now on.
    func set(_ fault: NodeFault) throws {
        var chainFaults = chain.faults
        switch fault {
        case .stall: chainFaults.isStalled = true
        case .votes(let absent, let nilVotes):
            chainFaults.absent = try addresses(absent)
            chainFaults.nilVotes = try addresses(nilVotes)
        case .appHash: chainFaults.falsifiesAppHash = true
        case .time(let milliseconds): chainFaults.skewNanoseconds = milliseconds * 1_000_000
        case .transactions: chainFaults.withholdsTransactions = true
        case .fork(let kind, let from, let signers, _):
            let start = from ?? chain.height + 1
            guard (2...chain.height + 1).contains(start) else {
                throw DevelopmentRefusal("from: expected 2 to \(chain.height + 1), got \(start)")
            }
            let set = try chain.validators(at: start).set
            let named = try addresses(signers)
            board.fork = ForkedChain(
                kind: kind, start: start, signers: named.isEmpty ? kind.usualSigners(of: set) : named)
        case .pruned, .proofs, .drip, .silence, .oversize: break
        }
        board.set(fault)
        try apply(chainFaults)
        logger.warning(
            "fault: \((try? RPCJSON.encode(fault)).map { String(decoding: $0, as: UTF8.self) } ?? fault.kind.rawValue)")
    }

    /// Ends a fault, or all of them; the chain goes on.
    func clear(_ kind: NodeFault.Kind?) throws {
        board.clear(kind)
        let none = ChainFaults()
        var rest = chain.faults
        if kind == nil || kind == .stall { rest.isStalled = none.isStalled }
        if kind == nil || kind == .votes { (rest.absent, rest.nilVotes) = ([], []) }
        if kind == nil || kind == .appHash { rest.falsifiesAppHash = false }
        if kind == nil || kind == .time { rest.skewNanoseconds = 0 }
        if kind == nil || kind == .transactions { rest.withholdsTransactions = false }
        try apply(rest)
        logger.warning("cleared: \(kind?.rawValue ?? "every fault")")
    }

    private func apply(_ faults: ChainFaults) throws {
        chain.faults = faults
        try proveState()
        schedule()
    }

    private func addresses(_ names: [String]) throws -> Set<Address> {
        Set(try names.compactMap { try key($0).address })
    }
}

extension NodeFault.Fork {
    /// Who signs where nobody is named: as few as the attack needs, in the set's order.
    func usualSigners(of set: ValidatorSet) -> Set<Address> {
        var power: Int64 = 0
        var signers: Set<Address> = []
        switch self {
        case .lunatic:
            for validator in set.validators where power * 3 <= set.totalPower {
                signers.insert(validator.address)
                power += validator.power
            }
        case .equivocation, .amnesia:
            for validator in set.validators where power * 3 <= set.totalPower * 2 {
                signers.insert(validator.address)
                power += validator.power
            }
        case .minority:
            for validator in set.validators.reversed() where (power + validator.power) * 3 <= set.totalPower {
                signers.insert(validator.address)
                power += validator.power
            }
            // Where each alone is more than a third, nobody signs.
            if signers.isEmpty, let nobody = Address(bytes: [UInt8](repeating: 0, count: 20)) { signers = [nobody] }
        }
        return signers
    }
}
