/// The signer's wire: one message a packet of an AF_UNIX SOCK_SEQPACKET socket, deterministic CBOR, strictly decoded
/// (docs/keys.md).
///
/// Request: {1 version, 2 number, 3 operation, 4 map}; reply: {1 version, 2 the request's number, 3 0 done or 1 refused,
/// 4 map}.
enum SignerWire {
    static let version: UInt64 = 1
    /// The longest request: a record and what goes with it, or an OCMF payload.
    static let maximumRequestBytes = 8_704
    /// The longest OCMF payload section.
    static let maximumPayloadBytes = 8_192
    /// The longest reply: eight messages.
    static let maximumReplyBytes = 32_768
}
