internal import LightClient

extension ABCI {
    /// A validator's proven misbehaviour.
    struct Misbehavior: Equatable {
        /// 1 two votes, 2 an attack on light clients.
        var kind: Int32 = 0
        var validator: VoterInfo = VoterInfo()
        var height: Int64 = 0
        var time: Timestamp = .unixEpoch
        var totalVotingPower: Int64 = 0
    }
}

extension ABCI.Misbehavior: ProtobufMessage {
    static let protobufName = "Misbehavior"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: kind = try field.signed32()
            case 2: validator = try field.message(ABCI.VoterInfo.self)
            case 3: height = try field.signed()
            case 4: time = try field.message(Timestamp.self)
            case 5: totalVotingPower = try field.signed()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(1, Int64(kind))
        writer.message(2, validator)
        writer.signed(3, height)
        writer.message(4, time)
        writer.signed(5, totalVotingPower)
    }
}
