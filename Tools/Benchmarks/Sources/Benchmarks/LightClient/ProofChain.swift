import Crypto
import LightClient

/// A ledger's blocks, signed by validators with fixed keys.
struct ProofChain {
    private static let id = "benchmark"
    let keys: [Curve25519.Signing.PrivateKey]
    let set: ValidatorSet

    init(validators: Int) throws {
        let keys = try (0..<validators).map {
            try Curve25519.Signing.PrivateKey(rawRepresentation: Hash.sha256([UInt8($0 & 0xFF), UInt8($0 >> 8)]).bytes)
        }
        set = try ValidatorSet(
            keys.map { try Validator(publicKey: .ed25519(Array($0.publicKey.rawRepresentation)), power: 10) })
        // In the set's order, which is by power and address.
        let byKey = Dictionary(
            uniqueKeysWithValues: keys.map { (PublicKey.ed25519(Array($0.publicKey.rawRepresentation)), $0) })
        self.keys = try set.validators.map {
            guard let key = byKey[$0.publicKey] else { throw BenchmarkFailed("a validator without a key") }
            return key
        }
    }

    func time(_ height: Int64) throws -> Timestamp { try Timestamp(seconds: 1_800_000_000 + height) }

    func block(_ height: Int64) throws -> LightBlock {
        let header = Header(
            version: Header.Version(app: 1), chainID: Self.id, height: height, time: try time(height),
            lastBlockID: BlockID(hash: .sha256([1]), parts: PartSetHeader(total: 1, hash: .sha256([2]))),
            lastCommitHash: .sha256([3]), dataHash: BlockHashes.data([]), validatorsHash: set.hash(),
            nextValidatorsHash: set.hash(), consensusHash: BlockHashes.consensus(maxBytes: 1, maxGas: -1),
            appHash: [1, 2, 3], lastResultsHash: BlockHashes.results([]), evidenceHash: BlockHashes.evidence([]),
            proposerAddress: set.validators[0].address)
        let blockID = BlockID(hash: header.hash(), parts: PartSetHeader(total: 1, hash: .sha256([4])))
        var commit = Commit(height: height, round: 0, blockID: blockID, signatures: [])
        for (key, validator) in zip(keys, set.validators) {
            var entry = CommitSig(
                flag: .commit, validatorAddress: validator.address, timestamp: try time(height), signature: [0])
            entry.signature = Array(try key.signature(for: commit.signBytes(chainID: Self.id, entry: entry)))
            commit.signatures.append(entry)
        }
        return LightBlock(signedHeader: SignedHeader(header: header, commit: commit), validators: set)
    }
}
