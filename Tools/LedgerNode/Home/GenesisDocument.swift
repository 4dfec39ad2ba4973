internal import LightClient

/// What a chain starts from, in the shape of CometBFT's genesis file and of /genesis.
struct GenesisDocument: Codable, Sendable {
    struct Member: Codable, Sendable {
        let address: String
        let pub_key: PublicKey
        let power: String
        let name: String
    }

    struct ConsensusParameters: Codable, Sendable {
        struct Block: Codable, Sendable {
            let max_bytes: String
            let max_gas: String
        }
        struct Evidence: Codable, Sendable {
            let max_age_num_blocks: String
            let max_age_duration: String
            let max_bytes: String
        }
        struct ValidatorKinds: Codable, Sendable {
            let pub_key_types: [String]
        }
        struct Version: Codable, Sendable {
            let app: String
        }
        struct Extensions: Codable, Sendable {
            let vote_extensions_enable_height: String
        }
        let block: Block
        let evidence: Evidence
        let validator: ValidatorKinds
        let version: Version
        let abci: Extensions
    }

    let genesis_time: Timestamp
    let chain_id: String
    let initial_height: String
    let consensus_params: ConsensusParameters
    let validators: [Member]
    let app_hash: String
    let app_state: LedgerGenesis

    /// The block limits; their hash stands in every header.
    static let maximumBlockBytes: Int64 = 22_020_096
    static let maximumGas: Int64 = -1

    /// A new chain.
    init(chainID: String, time: Timestamp, validators: [PublicKey], state: LedgerGenesis) {
        genesis_time = time
        chain_id = chainID
        initial_height = "1"
        consensus_params = ConsensusParameters(
            block: .init(max_bytes: String(Self.maximumBlockBytes), max_gas: String(Self.maximumGas)),
            evidence: .init(
                max_age_num_blocks: "100000", max_age_duration: String(state.evidenceWindowSeconds * 1_000_000_000),
                max_bytes: "1048576"),
            validator: .init(pub_key_types: ["ed25519"]),
            version: .init(app: String(LedgerApplication.appVersion)),
            abci: .init(vote_extensions_enable_height: "0"))
        self.validators = validators.enumerated().map { index, key in
            Member(address: key.address?.hex ?? "", pub_key: key, power: "1", name: "validator-\(index)")
        }
        app_hash = ""
        app_state = state
    }

    /// The validators as a set.
    func validatorSet(_ path: String) throws(LedgerNodeError) -> ValidatorSet {
        do {
            let members = try validators.map { member in
                guard let power = Int64(member.power) else {
                    throw LightClientError.malformedText(kind: "power", text: member.power, reason: "not a number")
                }
                return try Validator(publicKey: member.pub_key, power: power)
            }
            return try ValidatorSet(members)
        } catch {
            throw .corruptHome(path: path, reason: "validators: \(error)")
        }
    }
}
