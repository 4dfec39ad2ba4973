internal import Crypto
internal import Ledger
internal import LightClient
internal import Quantities
internal import SignedRecords

/// The folder that a node owns: its genesis, its validators' keys, its database, and a lock that one process holds.
final class NodeHome {
    let path: String
    let genesis: GenesisDocument
    /// `validator-0.key` and so on: those of genesis, then those that were added.
    private(set) var validatorKeys: [Curve25519.Signing.PrivateKey]
    private var places: [PublicKey: Int]
    private let folder: HomeFolder

    var databasePath: String { folder.databasePath }

    /// Opens a home, or makes one for a new chain.
    init(_ configuration: LedgerNodeConfiguration) throws(LedgerNodeError) {
        path = configuration.home
        folder = try HomeFolder(path, of: .standalone)
        let genesisPath = path + "/genesis.json"
        if SecretFile.exists(genesisPath) {
            genesis = try Self.loadGenesis(genesisPath)
            validatorKeys = try Self.loadKeys(path, genesis)
            try Self.check(genesis, against: configuration)
        } else {
            (genesis, validatorKeys) = try Self.make(path, genesisPath, configuration)
        }
        places = Dictionary(
            validatorKeys.enumerated().map { (Self.publicKey($1), $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Validators

    /// The key with which a validator signs; nil for one that is not this node's.
    func key(of validator: Validator) -> Curve25519.Signing.PrivateKey? {
        places[validator.publicKey].map { validatorKeys[$0] }
    }

    /// A validator's name in this home: `validator-0` and so on.
    func name(of key: PublicKey) -> String? { places[key].map(Self.name) }

    /// The key under a name.
    func publicKey(named name: String) -> PublicKey? {
        validatorKeys.indices.first { Self.name($0) == name }.map { Self.publicKey(validatorKeys[$0]) }
    }

    /// Makes a key for one more validator, durable when this returns.
    func addKey() throws(LedgerNodeError) -> PublicKey {
        let index = validatorKeys.count
        let key = try KeyFile.create(Self.keyPath(path, index))
        validatorKeys.append(key)
        places[Self.publicKey(key)] = index
        return Self.publicKey(key)
    }

    private static func publicKey(_ key: Curve25519.Signing.PrivateKey) -> PublicKey {
        .ed25519(Array(key.publicKey.rawRepresentation))
    }

    private static func name(_ index: Int) -> String { "validator-\(index)" }

    /// Lets another process have the home.
    func release() { folder.release() }

    // MARK: A new home

    private static func make(
        _ path: String, _ genesisPath: String, _ configuration: LedgerNodeConfiguration
    ) throws(LedgerNodeError) -> (GenesisDocument, [Curve25519.Signing.PrivateKey]) {
        let count = configuration.validators ?? LedgerNodeConfiguration.defaultValidators
        guard (1...LedgerNodeConfiguration.maximumValidators).contains(count) else {
            throw .configuration(field: "validators", reason: "expected 1 to 100, found \(count)")
        }
        let chainID = configuration.chainID ?? LedgerNodeConfiguration.defaultChainID
        guard (try? LedgerChainID(chainID)) != nil else {
            throw .configuration(
                field: "chain id", reason: "expected 1 to 50 printable characters, found \"\(chainID)\"")
        }
        // Keys of an earlier attempt that ended before genesis was written belong to no chain yet: they are used.
        var keys: [Curve25519.Signing.PrivateKey] = []
        for index in 0..<count { keys.append(try key(keyPath(path, index))) }
        let platform = try key(path + "/platform.key")
        var state = LedgerGenesis(
            platform: AccountID(hashing: Array(platform.publicKey.rawRepresentation)),
            balances: configuration.accounts, governance: configuration.governance)
        if let commission = configuration.commission { state.commission = commission }
        do { _ = try state.writes() } catch { throw .configuration(field: "genesis", reason: error.description) }
        let genesis = GenesisDocument(
            chainID: chainID, time: configuration.clock(),
            validators: keys.map(publicKey), state: state)
        do {
            try SecretFile.create(genesisPath, try RPCJSON.encode(genesis), mode: 0o644)
        } catch let error as LedgerNodeError {
            throw error
        } catch {
            throw .corruptHome(path: genesisPath, reason: "\(error)")
        }
        return (genesis, keys)
    }

    private static func key(_ path: String) throws(LedgerNodeError) -> Curve25519.Signing.PrivateKey {
        SecretFile.exists(path) ? try KeyFile.load(path) : try KeyFile.create(path)
    }

    private static func keyPath(_ home: String, _ index: Int) -> String { "\(home)/\(name(index)).key" }

    // MARK: A home that exists

    private static func loadGenesis(_ path: String) throws(LedgerNodeError) -> GenesisDocument {
        let bytes = try SecretFile.read(path, isSecret: false)
        do { return try RPCJSON.decode(GenesisDocument.self, from: bytes) } catch {
            throw .corruptHome(path: path, reason: error.description)
        }
    }

    private static func loadKeys(
        _ home: String, _ genesis: GenesisDocument
    ) throws(LedgerNodeError) -> [Curve25519.Signing.PrivateKey] {
        var keys: [Curve25519.Signing.PrivateKey] = []
        for (index, member) in genesis.validators.enumerated() {
            let path = keyPath(home, index)
            let key = try KeyFile.load(path)
            guard member.publicKey == publicKey(key) else {
                throw .corruptHome(path: path, reason: "is not the key of \(member.name) in genesis.json")
            }
            keys.append(key)
        }
        while SecretFile.exists(keyPath(home, keys.count)) { keys.append(try KeyFile.load(keyPath(home, keys.count))) }
        return keys
    }

    private static func check(
        _ genesis: GenesisDocument, against configuration: LedgerNodeConfiguration
    ) throws(LedgerNodeError) {
        if let chainID = configuration.chainID, chainID != genesis.chainID {
            throw .homeMismatch(what: "chain id", expected: chainID, found: genesis.chainID)
        }
        if let count = configuration.validators, count != genesis.validators.count {
            throw .homeMismatch(
                what: "number of validators", expected: "\(count)", found: "\(genesis.validators.count)")
        }
        if let governance = configuration.governance, governance != genesis.appState.governance {
            throw .homeMismatch(
                what: "governance", expected: "\(governance.members.count) members as given",
                found: genesis.appState.governance.map { "\($0.members.count) members" } ?? "none")
        }
        for (account, balance) in configuration.accounts {
            let found = genesis.appState.balances[account]
            guard found == balance else {
                throw .homeMismatch(
                    what: "genesis balance of account \(account)", expected: "\(balance.rawValue)",
                    found: found.map { "\($0.rawValue)" } ?? "none")
            }
        }
    }
}
