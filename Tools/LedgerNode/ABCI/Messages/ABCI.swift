internal import LightClient

/// The messages of ABCI 2.0 as they stand on the socket, one namespace a call. Field numbers are CometBFT 0.38's; 1.0 (ABCI
/// 2.1) has the same frames with a few fields more.
///
/// Fields that a message does not know are left, as proto3 does; everything else is read strictly (`ProtobufReader`).
enum ABCI {
    /// A message without fields.
    struct Empty: ProtobufMessage, Equatable {
        static let protobufName = "Empty"

        init() {}
        init(from reader: inout ProtobufReader) throws(LightClientError) { while try reader.next() != nil {} }
        func write(to writer: inout ProtobufWriter) {}
    }
}

extension ProtobufMessage {
    /// Reads one message of the socket. Other than `init(protobuf:)` it takes any order of the fields, and fields that are
    /// unknown: a newer node may have more to say.
    init(frame bytes: [UInt8]) throws(LightClientError) {
        var reader = ProtobufReader(bytes, message: Self.protobufName, expectsUnknown: true)
        try self.init(from: &reader)
    }
}
