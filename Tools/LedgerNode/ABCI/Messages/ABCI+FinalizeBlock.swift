internal import LightClient

extension ABCI {
    /// A block is decided.
    enum FinalizeBlock {
        /// The block.
        struct Request: Equatable {
            var transactions: [[UInt8]] = []
            var lastCommit: CommitInfo = CommitInfo()
            var misbehavior: [Misbehavior] = []
            var hash: [UInt8] = []
            var height: Int64 = 0
            var time: Timestamp = .unixEpoch
            var nextValidatorsHash: [UInt8] = []
            var proposerAddress: [UInt8] = []
        }

        /// What it did.
        struct Response: Equatable {
            var events: [Event] = []
            /// One for each transaction.
            var results: [TransactionOutcome] = []
            var validatorUpdates: [ValidatorUpdate] = []
            var consensusParameterUpdates: ConsensusParameters?
            var appHash: [UInt8] = []
        }
    }
}

extension ABCI.FinalizeBlock.Request: ProtobufMessage {
    static let protobufName = "RequestFinalizeBlock"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: transactions.append(try field.bytes())
            case 2: lastCommit = try field.message(ABCI.CommitInfo.self)
            case 3: misbehavior.append(try field.message(ABCI.Misbehavior.self))
            case 4: hash = try field.bytes()
            case 5: height = try field.signed()
            case 6: time = try field.message(Timestamp.self)
            case 7: nextValidatorsHash = try field.bytes()
            case 8: proposerAddress = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for item in transactions { writer.message(1, item) }
        writer.message(2, lastCommit)
        for item in misbehavior { writer.message(3, item) }
        writer.bytes(4, hash)
        writer.signed(5, height)
        writer.message(6, time)
        writer.bytes(7, nextValidatorsHash)
        writer.bytes(8, proposerAddress)
    }
}

extension ABCI.FinalizeBlock.Response: ProtobufMessage {
    static let protobufName = "ResponseFinalizeBlock"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: events.append(try field.message(ABCI.Event.self))
            case 2: results.append(try field.message(ABCI.TransactionOutcome.self))
            case 3: validatorUpdates.append(try field.message(ABCI.ValidatorUpdate.self))
            case 4: consensusParameterUpdates = try field.message(ABCI.ConsensusParameters.self)
            case 5: appHash = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for item in events { writer.message(1, item) }
        for item in results { writer.message(2, item) }
        for item in validatorUpdates { writer.message(3, item) }
        if let consensusParameterUpdates { writer.message(4, consensusParameterUpdates) }
        writer.bytes(5, appHash)
    }
}
