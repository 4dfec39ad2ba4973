internal import LightClient

extension ABCI {
    /// A new chain begins.
    enum InitChain {
        /// What the genesis file says.
        struct Request: Equatable {
            var time: Timestamp = .unixEpoch
            var chainID: String = ""
            var consensusParameters: ConsensusParameters?
            var validators: [ValidatorUpdate] = []
            /// JSON.
            var appState: [UInt8] = []
            var initialHeight: Int64 = 0
        }

        /// No parameters and no validators: those of the genesis file stand.
        struct Response: Equatable {
            var consensusParameters: ConsensusParameters?
            var validators: [ValidatorUpdate] = []
            var appHash: [UInt8] = []
        }
    }
}

extension ABCI.InitChain.Request: ProtobufMessage {
    static let protobufName = "RequestInitChain"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: time = try field.message(Timestamp.self)
            case 2: chainID = try field.string()
            case 3: consensusParameters = try field.message(ABCI.ConsensusParameters.self)
            case 4: validators.append(try field.message(ABCI.ValidatorUpdate.self))
            case 5: appState = try field.bytes()
            case 6: initialHeight = try field.signed()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.message(1, time)
        writer.string(2, chainID)
        if let consensusParameters { writer.message(3, consensusParameters) }
        for item in validators { writer.message(4, item) }
        writer.bytes(5, appState)
        writer.signed(6, initialHeight)
    }
}

extension ABCI.InitChain.Response: ProtobufMessage {
    static let protobufName = "ResponseInitChain"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: consensusParameters = try field.message(ABCI.ConsensusParameters.self)
            case 2: validators.append(try field.message(ABCI.ValidatorUpdate.self))
            case 3: appHash = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        if let consensusParameters { writer.message(1, consensusParameters) }
        for item in validators { writer.message(2, item) }
        writer.bytes(3, appHash)
    }
}
