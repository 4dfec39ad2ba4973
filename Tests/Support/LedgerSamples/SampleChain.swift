public import Crypto
public import LightClient

/// A chain of headers and commits for tests: validators with keys from a seed, blocks signed as CometBFT signs.
public struct SampleChain: Sendable {
    /// A validator's key with its power.
    public struct Member: Sendable {
        /// The key.
        public let key: Curve25519.Signing.PrivateKey
        /// The power.
        public let power: Int64

        /// A member whose key follows from `seed`.
        public init(seed: UInt8, power: Int64 = 10) throws {
            try self.init(name: [0x56, seed], power: power)
        }

        /// A member whose key follows from any bytes.
        public init(name: [UInt8], power: Int64 = 10) throws {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: Hash.sha256(name).bytes)
            self.power = power
        }

        /// The validator that others see.
        public var validator: Validator {
            get throws { try Validator(publicKey: .ed25519(Array(key.publicKey.rawRepresentation)), power: power) }
        }
    }

    /// The chain's id.
    public let chainID: String
    /// Blocks made so far, by height.
    public private(set) var blocks: [Int64: LightBlock] = [:]
    /// Height of the newest block; 0 before the first.
    public private(set) var height: Int64 = 0
    /// Those who sign the next block.
    public private(set) var members: [Member]
    /// Those who sign the block after it.
    public var nextMembers: [Member]
    /// Time of the next block.
    public var time: Timestamp

    /// A chain without blocks.
    public init(chainID: String = "wattseal-test", members: [Member], time: Timestamp) {
        self.chainID = chainID
        self.members = members
        nextMembers = members
        self.time = time
    }

    /// A chain of four equal validators that starts on 2026-11-23.
    public init(chainID: String = "wattseal-test") throws {
        let start = try Timestamp(seconds: 1_795_390_000, nanoseconds: 123_456_789)
        self.init(chainID: chainID, members: try (1...4).map { try Member(seed: $0) }, time: start)
    }

    /// The newest block.
    public var newest: LightBlock? { blocks[height] }

    /// Makes the next block.
    ///
    /// - Parameters:
    ///   - appHash: The state after the block before.
    ///   - seconds: How long after this block the next one comes.
    ///   - flags: What each validator of the set does, by place; COMMIT where nothing is said.
    ///   - round: The round of its commit.
    ///   - dataHash: What the block holds; nothing where it is not said.
    @discardableResult
    public mutating func append(
        appHash: [UInt8], seconds: Int64 = 1, flags: [Int: BlockIDFlag] = [:], round: Int32 = 0, dataHash: Hash? = nil
    ) throws -> LightBlock {
        height += 1
        let set = try ValidatorSet(try members.map { try $0.validator })
        let last = blocks[height - 1]
        let header = Header(
            version: Header.Version(app: 1), chainID: chainID, height: height, time: time,
            lastBlockID: last?.signedHeader.commit.blockID ?? .zero,
            lastCommitHash: last?.signedHeader.commit.hash() ?? MerkleTree.emptyRoot,
            dataHash: dataHash ?? MerkleTree.emptyRoot, validatorsHash: set.hash(),
            nextValidatorsHash: try ValidatorSet(try nextMembers.map { try $0.validator }).hash(),
            consensusHash: .sha256([1]), appHash: appHash, lastResultsHash: MerkleTree.emptyRoot,
            evidenceHash: MerkleTree.emptyRoot, proposerAddress: set.validators.first?.address)
        let block = LightBlock(
            signedHeader: SignedHeader(
                header: header, commit: try commit(to: header, by: set, flags: flags, round: round)),
            validators: set)
        blocks[height] = block
        members = nextMembers
        guard let later = time.advanced(byNanoseconds: seconds * 1_000_000_000) else { throw SampleError.timeRange }
        time = later
        return block
    }

    /// A commit to any header by this chain's present validators.
    public func commit(
        to header: Header, by set: ValidatorSet, flags: [Int: BlockIDFlag] = [:], round: Int32 = 0
    ) throws -> Commit {
        let blockID = BlockID(hash: header.hash(), parts: PartSetHeader(total: 1, hash: .sha256([0x50])))
        var commit = Commit(height: header.height, round: round, blockID: blockID, signatures: [])
        for (index, validator) in set.validators.enumerated() {
            let flag = flags[index] ?? .commit
            guard flag != .absent,
                let member = try members.first(where: { try $0.validator.address == validator.address })
            else {
                commit.signatures.append(.absent)
                continue
            }
            var entry = CommitSig(
                flag: flag, validatorAddress: validator.address,
                timestamp: header.time.advanced(byNanoseconds: 500_000_000 + Int64(index)) ?? header.time,
                signature: [])
            entry.signature = Array(
                try member.key.signature(for: commit.signBytes(chainID: chainID, entry: entry)))
            commit.signatures.append(entry)
        }
        return commit
    }
}

/// What a sample cannot do.
public enum SampleError: Error {
    /// A time outside what a timestamp holds.
    case timeRange
}
