internal import LightClient

extension ABCI {
    /// A proposer chooses its block.
    enum PrepareProposal {
        /// What waits, and how much of it fits.
        struct Request: Equatable {
            var maximumBytes: Int64 = 0
            var transactions: [[UInt8]] = []
            var localLastCommit: ExtendedCommitInfo = ExtendedCommitInfo()
            var misbehavior: [Misbehavior] = []
            var height: Int64 = 0
            var time: Timestamp = .unixEpoch
            var nextValidatorsHash: [UInt8] = []
            var proposerAddress: [UInt8] = []
        }

        /// The block's transactions.
        struct Response: Equatable {
            var transactions: [[UInt8]] = []
        }
    }
}

extension ABCI.PrepareProposal.Request: ProtobufMessage {
    static let protobufName = "RequestPrepareProposal"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: maximumBytes = try field.signed()
            case 2: transactions.append(try field.bytes())
            case 3: localLastCommit = try field.message(ABCI.ExtendedCommitInfo.self)
            case 4: misbehavior.append(try field.message(ABCI.Misbehavior.self))
            case 5: height = try field.signed()
            case 6: time = try field.message(Timestamp.self)
            case 7: nextValidatorsHash = try field.bytes()
            case 8: proposerAddress = try field.bytes()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(1, maximumBytes)
        for item in transactions { writer.message(2, item) }
        writer.message(3, localLastCommit)
        for item in misbehavior { writer.message(4, item) }
        writer.signed(5, height)
        writer.message(6, time)
        writer.bytes(7, nextValidatorsHash)
        writer.bytes(8, proposerAddress)
    }
}

extension ABCI.PrepareProposal.Response: ProtobufMessage {
    static let protobufName = "ResponsePrepareProposal"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: transactions.append(try field.bytes())
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for item in transactions { writer.message(1, item) }
    }
}
