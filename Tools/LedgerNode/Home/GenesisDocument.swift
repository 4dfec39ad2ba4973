internal import LightClient

/// What a chain starts from, in the shape of CometBFT's genesis file and of /genesis.
struct GenesisDocument: Codable, Sendable {
    struct Member: Codable, Sendable {
        let address: String
        let publicKey: PublicKey
        let power: String
        let name: String

        private enum CodingKeys: String, CodingKey {
            case address, power, name
            case publicKey = "pub_key"
        }
    }

    struct ConsensusParameters: Codable, Sendable {
        struct Block: Codable, Sendable {
            let maximumBytes: String
            let maximumGas: String

            private enum CodingKeys: String, CodingKey {
                case maximumBytes = "max_bytes"
                case maximumGas = "max_gas"
            }
        }
        struct Evidence: Codable, Sendable {
            let maximumAgeBlocks: String
            let maximumAgeNanoseconds: String
            let maximumBytes: String

            private enum CodingKeys: String, CodingKey {
                case maximumAgeBlocks = "max_age_num_blocks"
                case maximumAgeNanoseconds = "max_age_duration"
                case maximumBytes = "max_bytes"
            }
        }
        struct ValidatorKinds: Codable, Sendable {
            let keyTypes: [String]

            private enum CodingKeys: String, CodingKey {
                case keyTypes = "pub_key_types"
            }
        }
        struct Version: Codable, Sendable {
            let app: String
        }
        struct Extensions: Codable, Sendable {
            let enableHeight: String

            private enum CodingKeys: String, CodingKey {
                case enableHeight = "vote_extensions_enable_height"
            }
        }
        let block: Block
        let evidence: Evidence
        let validator: ValidatorKinds
        let version: Version
        let abci: Extensions
    }

    let genesisTime: Timestamp
    let chainID: String
    let initialHeight: String
    let consensusParameters: ConsensusParameters
    let validators: [Member]
    let appHash: String
    let appState: LedgerGenesis

    private enum CodingKeys: String, CodingKey {
        case validators
        case genesisTime = "genesis_time"
        case chainID = "chain_id"
        case initialHeight = "initial_height"
        case consensusParameters = "consensus_params"
        case appHash = "app_hash"
        case appState = "app_state"
    }

    /// The block limits; their hash stands in every header.
    static let maximumBlockBytes: Int64 = 22_020_096
    static let maximumGas: Int64 = -1

    /// A new chain.
    init(chainID: String, time: Timestamp, validators: [PublicKey], state: LedgerGenesis) {
        genesisTime = time
        self.chainID = chainID
        initialHeight = "1"
        consensusParameters = ConsensusParameters(
            block: .init(maximumBytes: String(Self.maximumBlockBytes), maximumGas: String(Self.maximumGas)),
            evidence: .init(
                maximumAgeBlocks: "100000", maximumAgeNanoseconds: String(state.evidenceWindowSeconds * 1_000_000_000),
                maximumBytes: "1048576"),
            validator: .init(keyTypes: ["ed25519"]),
            version: .init(app: String(LedgerApplication.appVersion)),
            abci: .init(enableHeight: "0"))
        self.validators = validators.enumerated().map { index, key in
            Member(address: key.address?.hex ?? "", publicKey: key, power: "1", name: "validator-\(index)")
        }
        appHash = ""
        appState = state
    }

    /// The validators as a set.
    func validatorSet(_ path: String) throws(LedgerNodeError) -> ValidatorSet {
        do {
            let members = try validators.map { member in
                guard let power = Int64(member.power) else {
                    throw LightClientError.malformedText(kind: "power", text: member.power, reason: "not a number")
                }
                return try Validator(publicKey: member.publicKey, power: power)
            }
            return try ValidatorSet(members)
        } catch {
            throw .corruptHome(path: path, reason: "validators: \(error)")
        }
    }
}
