import SignedRecords

/// What a client may ask of the signer process; nothing else is signed or told.
enum SignerRequest: Hashable, Sendable {
    case hello
    case sign(Record, ledger: LedgerChainID, durableHead: UInt64)
    case pending(chain: ChainNumber)
    case crossSignature
    case signOCMF(payload: [UInt8])
    case prepareKeyChange(device: DeviceID, sequence: UInt64, previous: RecordHash)
    case activate(epoch: UInt32)
    case discardRetiredKeys
    case provePossession(product: String, serial: String, nonce: [UInt8])
    case destroyKeys
    case signPossession(device: DeviceID, nonce: [UInt8])
    case signDiagnostics(device: DeviceID, time: UTCMilliseconds, manifest: ContentHash)

    /// Whether only the one client that has records signed may ask it.
    var needsRecorder: Bool {
        switch self {
        case .hello, .provePossession, .signPossession, .signDiagnostics: false
        default: true
        }
    }

    /// Whether it uses a private key, and so counts towards the rate limit.
    var usesKey: Bool {
        switch self {
        case .hello, .pending, .activate, .discardRetiredKeys, .destroyKeys: false
        default: true
        }
    }
}
