import Crypto
import LightClient

/// Keys and blocks of our own, so that any rule can be broken one at a time.
struct TestChain {
    struct Signer {
        let key: Curve25519.Signing.PrivateKey
        let validator: Validator

        init(_ name: String, power: Int64 = 10) throws {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: Hash.sha256(Array(name.utf8)).bytes)
            validator = try Validator(publicKey: .ed25519(Array(key.publicKey.rawRepresentation)), power: power)
        }
    }

    static let id = "ev-test"
    static let start: Int64 = 1_800_000_000

    var signers: [Signer]
    /// Members that cannot sign here: other key types.
    var silent: [Validator] = []

    init(_ count: Int, prefix: String = "v", power: (Int) -> Int64 = { _ in 10 }) throws {
        signers = try (0..<count).map { try Signer("\(prefix)\($0)", power: power($0)) }
    }

    init(signers: [Signer], silent: [Validator] = []) {
        self.signers = signers
        self.silent = silent
    }

    func set() throws -> ValidatorSet {
        try ValidatorSet(signers.map(\.validator) + silent)
    }

    /// The time of a header: one second per height, up to a million.
    static func time(_ height: Int64) throws -> Timestamp {
        try Timestamp(seconds: start + min(height, 1_000_000))
    }

    func header(_ height: Int64, next: ValidatorSet? = nil) throws -> Header {
        let set = try set()
        return Header(
            version: Header.Version(app: 1), chainID: Self.id, height: height, time: try Self.time(height),
            lastBlockID: BlockID(hash: .sha256([1]), parts: PartSetHeader(total: 1, hash: .sha256([2]))),
            lastCommitHash: .sha256([3]), dataHash: BlockHashes.data([]), validatorsHash: set.hash(),
            nextValidatorsHash: (next ?? set).hash(), consensusHash: BlockHashes.consensus(maxBytes: 1, maxGas: -1),
            appHash: [1, 2, 3], lastResultsHash: BlockHashes.results([]), evidenceHash: BlockHashes.evidence([]),
            proposerAddress: set.validators[0].address)
    }

    /// A commit of `header` in which the validators at places `absent` sent nothing and those at `refusing` voted nil.
    func commit(_ header: Header, round: Int32 = 0, absent: Set<Int> = [], refusing: Set<Int> = []) throws -> Commit {
        let blockID = BlockID(hash: header.hash(), parts: PartSetHeader(total: 1, hash: .sha256([4])))
        var commit = Commit(height: header.height, round: round, blockID: blockID, signatures: [])
        for (place, validator) in try set().validators.enumerated() {
            guard !absent.contains(place) else {
                commit.signatures.append(.absent)
                continue
            }
            commit.signatures.append(
                try vote(commit, validator: validator, flag: refusing.contains(place) ? .nil : .commit))
        }
        return commit
    }

    /// One entry, signed if the validator is one of ours.
    func vote(_ commit: Commit, validator: Validator, flag: BlockIDFlag) throws -> CommitSig {
        var entry = CommitSig(
            flag: flag, validatorAddress: validator.address,
            timestamp: try Self.time(commit.height), signature: [0])
        if let signer = signers.first(where: { $0.validator.address == validator.address }) {
            entry.signature = Array(
                try signer.key.signature(for: commit.signBytes(chainID: Self.id, entry: entry)))
        }
        return entry
    }

    func block(
        _ height: Int64, next: ValidatorSet? = nil, absent: Set<Int> = [], refusing: Set<Int> = [],
        change: (inout Header) -> Void = { _ in }
    ) throws -> LightBlock {
        var header = try header(height, next: next)
        change(&header)
        return LightBlock(
            signedHeader: SignedHeader(
                header: header, commit: try commit(header, absent: absent, refusing: refusing)),
            validators: try set())
    }

    func trusted(_ height: Int64, next: ValidatorSet? = nil) throws -> TrustedState {
        try TrustedState(try block(height, next: next))
    }
}
