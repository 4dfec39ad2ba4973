internal import LightClient

extension ABCI {
    /// What came of a transaction; also the answer of CheckTx. Code, data and gas are hashed into the next header.
    struct TransactionOutcome: Equatable {
        var code: UInt32 = 0
        var data: [UInt8] = []
        var log: String = ""
        var info: String = ""
        var gasWanted: Int64 = 0
        var gasUsed: Int64 = 0
        var events: [Event] = []
        var codespace: String = ""
    }
}

extension ABCI.TransactionOutcome: ProtobufMessage {
    static let protobufName = "ExecTxResult"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: code = try field.unsigned32()
            case 2: data = try field.bytes()
            case 3: log = try field.string()
            case 4: info = try field.string()
            case 5: gasWanted = try field.signed()
            case 6: gasUsed = try field.signed()
            case 7: events.append(try field.message(ABCI.Event.self))
            case 8: codespace = try field.string()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(code))
        writer.bytes(2, data)
        writer.string(3, log)
        writer.string(4, info)
        writer.signed(5, gasWanted)
        writer.signed(6, gasUsed)
        for item in events { writer.message(7, item) }
        writer.string(8, codespace)
    }
}
