import CPKCS11

/// The two kinds of keys on a token.
enum TokenKind: CaseIterable {
    case ed25519, p256

    /// The same for every epoch; CKA_ID is the epoch, four bytes, most significant first.
    var label: String {
        switch self {
        case .ed25519: return "wattseal-ed25519"
        case .p256: return "wattseal-p256"
        }
    }

    var mechanism: String {
        switch self {
        case .ed25519: return "CKM_EDDSA with CKM_EC_EDWARDS_KEY_PAIR_GEN"
        case .p256: return "CKM_ECDSA with CKM_EC_KEY_PAIR_GEN"
        }
    }

    var code: cpkcs11_kind {
        switch self {
        case .ed25519: return CPKCS11_ED25519
        case .p256: return CPKCS11_P256
        }
    }

    /// A public key out of CKA_EC_POINT: raw, or in a DER string as most tokens have it. Nil where it is neither.
    func publicKey(point: [UInt8]) -> [UInt8]? {
        let count = self == .ed25519 ? 32 : 65
        let headers: [[UInt8]] = [[], [0x04, UInt8(count)], [0x03, UInt8(count + 1), 0x00]]
        guard let header = headers.first(where: { point.count == $0.count + count && point.starts(with: $0) }) else {
            return nil
        }
        let raw = Array(point.dropFirst(header.count))
        return self == .p256 && raw.first != 0x04 ? nil : raw
    }
}
