public import LightClient

/// A chain of any length whose blocks are made where they are looked at: a block each second, and validators of which the one
/// that served longest makes way every so many heights. Predecessors are named and not made: a light client that goes
/// forward does not look at them.
public struct ModelChain: Sendable {
    /// The chain's id.
    public let chainID: String
    /// Time of height 0.
    public let start: Timestamp
    /// Members of each set.
    public let size: Int64
    /// Heights between two changes; 0 for none.
    public let rotation: Int64

    /// A chain that starts at a time.
    public init(chainID: String = "wattseal-model", start: Timestamp, size: Int64 = 4, rotation: Int64) {
        self.chainID = chainID
        self.start = start
        self.size = size
        self.rotation = rotation
    }

    /// Who signs a height: members are numbered in the order in which they came.
    public func members(at height: Int64) throws -> [SampleChain.Member] {
        let first = rotation > 0 ? height / rotation : 0
        return try (first..<first + size).map { number in
            try SampleChain.Member(name: Array("model \(number)".utf8))
        }
    }

    /// The time of a height's header.
    public func time(at height: Int64) throws -> Timestamp {
        guard let time = start.advanced(byNanoseconds: height * 1_000_000_000) else { throw SampleError.timeRange }
        return time
    }

    /// The block of a height.
    public func block(at height: Int64) throws -> LightBlock {
        let members = try members(at: height)
        let set = try ValidatorSet(try members.map { try $0.validator })
        let next = try ValidatorSet(try self.members(at: height + 1).map { try $0.validator })
        let last = BlockID(
            hash: .sha256(Array("block \(height - 1)".utf8)), parts: PartSetHeader(total: 1, hash: .sha256([0x50])))
        let header = Header(
            version: Header.Version(app: 1), chainID: chainID, height: height, time: try time(at: height),
            lastBlockID: last, lastCommitHash: .sha256([1]), dataHash: MerkleTree.emptyRoot,
            validatorsHash: set.hash(), nextValidatorsHash: next.hash(), consensusHash: .sha256([2]),
            appHash: Hash.sha256([3]).bytes, lastResultsHash: MerkleTree.emptyRoot,
            evidenceHash: MerkleTree.emptyRoot, proposerAddress: set.validators.first?.address)
        let signers = SampleChain(chainID: chainID, members: members, time: start)
        return LightBlock(
            signedHeader: SignedHeader(header: header, commit: try signers.commit(to: header, by: set)),
            validators: set)
    }
}
