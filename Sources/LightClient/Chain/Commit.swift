/// The votes that made a block final.
public struct Commit: Hashable, Sendable {
    /// The block's height.
    public var height: Int64
    /// The round in which it was decided.
    public var round: Int32
    /// The block.
    public var blockID: BlockID
    /// One entry per validator, in the order of the set.
    public var signatures: [CommitSig]

    /// More entries than this are refused.
    public static let maxSignatures = 10_000

    /// A commit from its fields; nothing is checked before ``checkStructure()``.
    public init(height: Int64, round: Int32, blockID: BlockID, signatures: [CommitSig]) {
        self.height = height
        self.round = round
        self.blockID = blockID
        self.signatures = signatures
    }

    /// The last_commit of a chain's first block.
    public static let empty = Commit(height: 0, round: 0, blockID: .zero, signatures: [])

    /// The last_commit_hash of the next header: root over the entries alone.
    public func hash() -> Hash {
        MerkleTree.root(of: signatures.map(\.protobuf))
    }

    /// What the validator of entry `index` signed: the block, or no block when its flag is ``BlockIDFlag/nil``.
    public func signBytes(chainID: String, entry: CommitSig) -> [UInt8] {
        voteForm(chainID: chainID, flag: entry.flag).signBytes(at: entry.timestamp)
    }

    /// What the signed entries of one flag have in common.
    func voteForm(chainID: String, flag: BlockIDFlag) -> VoteForm {
        VoteForm(
            chainID: chainID, height: height, round: round, blockID: flag == .commit ? blockID : nil, type: .precommit)
    }

    /// The checks that need nothing but the commit.
    public func checkStructure() throws(LightClientError) {
        guard height >= 1 else {
            throw .invalidCommit(field: "height", reason: "\(height) is not above 0")
        }
        guard round >= 0 else {
            throw .invalidCommit(field: "round", reason: "\(round) is negative")
        }
        guard !blockID.isZero else {
            throw .invalidCommit(field: "block_id", reason: "names no block")
        }
        guard !signatures.isEmpty else {
            throw .invalidCommit(field: "signatures", reason: "there are none")
        }
        guard signatures.count <= Commit.maxSignatures else {
            throw .invalidCommit(field: "signatures", reason: "\(signatures.count), at most \(Commit.maxSignatures)")
        }
        for (index, entry) in signatures.enumerated() { try entry.checkStructure(index: index) }
    }

    /// The power-weighted median of the entries' times, nil votes included: the earliest time that BFT time gives the
    /// next header. Entries of unknown validators have no weight; nil when no entry has.
    public func medianTime(validators: ValidatorSet) -> Timestamp? {
        var weighted: [(time: Timestamp, power: Int64)] = []
        var total: Int64 = 0
        for entry in signatures where entry.flag != .absent {
            guard let address = entry.validatorAddress, let index = validators.index(of: address) else { continue }
            let power = validators.validators[index].power
            let (sum, overflow) = total.addingReportingOverflow(power)
            // Only a commit that names one validator many times gets here.
            guard !overflow else { return nil }
            total = sum
            weighted.append((entry.timestamp, power))
        }
        weighted.sort { $0.time < $1.time }
        var rest = total / 2
        for (time, power) in weighted {
            if rest <= power { return time }
            rest -= power
        }
        return nil
    }
}

extension Commit: ProtobufMessage {
    /// tendermint.types.Commit.
    public static let protobufName = "Commit"

    /// Reads fields 1 height, 2 round, 3 block_id, 4 signatures.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self = .empty
        while let field = try reader.next() {
            switch field.number {
            case 1: height = try field.signed()
            case 2: round = try field.signed32()
            case 3: blockID = try field.message(BlockID.self)
            case 4:
                guard signatures.count < Commit.maxSignatures else { throw field.fault("is one entry too many") }
                signatures.append(try field.message(CommitSig.self))
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding; block_id always.
    public func write(to writer: inout ProtobufWriter) {
        writer.signed(1, height)
        writer.signed(2, Int64(round))
        writer.message(3, blockID)
        for entry in signatures { writer.message(4, entry) }
    }
}
