internal import LightClient

extension ABCI {
    /// A block is decided.
    enum FinalizeBlock {
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
