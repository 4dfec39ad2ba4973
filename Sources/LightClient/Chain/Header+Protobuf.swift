extension Header: ProtobufMessage {
    /// tendermint.types.Header.
    public static let protobufName = "Header"

    /// Reads fields 1 to 14.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(
            version: Version(block: 0, app: 0), chainID: "", height: 0, time: .unixEpoch, lastBlockID: .zero,
            lastCommitHash: nil, dataHash: nil, validatorsHash: nil, nextValidatorsHash: nil, consensusHash: nil,
            appHash: [], lastResultsHash: nil, evidenceHash: nil, proposerAddress: nil)
        while let field = try reader.next() {
            switch field.number {
            case 1: version = try field.message(Version.self)
            case 2: chainID = try field.string()
            case 3: height = try field.signed()
            case 4: time = try field.message(Timestamp.self)
            case 5: lastBlockID = try field.message(BlockID.self)
            case 6: lastCommitHash = try field.hash()
            case 7: dataHash = try field.hash()
            case 8: validatorsHash = try field.hash()
            case 9: nextValidatorsHash = try field.hash()
            case 10: consensusHash = try field.hash()
            case 11: appHash = try field.bytes()
            case 12: lastResultsHash = try field.hash()
            case 13: evidenceHash = try field.hash()
            case 14: proposerAddress = try field.address()
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.message(1, version)
        writer.string(2, chainID)
        writer.signed(3, height)
        writer.message(4, time)
        writer.message(5, lastBlockID)
        let hashes = [
            lastCommitHash, dataHash, validatorsHash, nextValidatorsHash, consensusHash,
        ]
        for (index, hash) in hashes.enumerated() {
            writer.bytes(UInt32(6 + index), hash?.bytes ?? [])
        }
        writer.bytes(11, appHash)
        writer.bytes(12, lastResultsHash?.bytes ?? [])
        writer.bytes(13, evidenceHash?.bytes ?? [])
        writer.bytes(14, proposerAddress?.bytes ?? [])
    }
}

extension Header.Version: ProtobufMessage {
    /// tendermint.version.Consensus.
    public static let protobufName = "Consensus"

    /// Reads fields 1 block, 2 app.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(block: 0, app: 0)
        while let field = try reader.next() {
            switch field.number {
            case 1: block = try field.unsigned()
            case 2: app = try field.unsigned()
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, block)
        writer.unsigned(2, app)
    }
}
