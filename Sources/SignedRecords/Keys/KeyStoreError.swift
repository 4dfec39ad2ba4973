/// Why a key store refuses.
public enum KeyStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Eight messages above the durable head are signed; the journal must catch up.
    case tooManyPending(chain: ChainNumber, limit: Int)
    /// The number is durable already.
    case alreadyDurable(chain: ChainNumber, sequence: UInt64, durableHead: UInt64)
    /// A number between the last signed one and this one would stay unsigned.
    case skipped(chain: ChainNumber, expected: UInt64, found: UInt64)
    /// The number was signed with other content.
    case conflicting(chain: ChainNumber, sequence: UInt64)
    /// The durable head went back, or names a number that was never signed here while messages are pending.
    case durableHead(chain: ChainNumber, known: UInt64, told: UInt64)
    /// The record names another key epoch.
    case wrongEpoch(expected: UInt32, found: UInt32)
    /// `previous` is not the hash of the message pending before it.
    case wrongPrevious(chain: ChainNumber, sequence: UInt64)
    /// The record is one that no decoder would take.
    case invalidRecord(RecordError)
    /// A system call on the key's directory or file failed.
    case system(call: String, path: String, errno: Int32)
    /// The directory or the file can be read or written by others than its owner.
    case wrongMode(path: String, expected: UInt32, found: UInt32)
    /// The directory or the file belongs to another user.
    case wrongOwner(path: String, expected: UInt32, found: UInt32)
    /// Not a directory, not a regular file, or a link.
    case wrongFileType(path: String, expected: String)
    /// The key file has another length.
    case wrongFileLength(path: String, expected: Int, found: Int)
    /// The key file's checksum, version or content is wrong.
    case damaged(path: String, what: String)
    /// The text to sign is no OCMF payload.
    case notOCMF
    /// The signing library failed, or a signature does not hold under its own key.
    case signingFailed
    /// There are no keys of this epoch here.
    case noSuchEpoch(UInt32)
    /// The keys were destroyed on purpose.
    case keysDestroyed
    /// A genesis or key-change record names keys that are not this store's.
    case foreignKeys(chain: ChainNumber, sequence: UInt64)
    /// The wrapping secret is gone while key files need it.
    case wrapSecretMissing(path: String)
    /// A source that a key file is wrapped with is not there, or has another value.
    case wrapSourceMissing(path: String, source: String)
    case wrapSourceChanged(path: String, source: String)
    /// A proof of possession is asked for with a nonce or name of another length.
    case invalidEnrolment(String)
    /// The TPM.
    case tpm(TPMFault)
    /// The PKCS#11 token.
    case token(TokenFault)
    /// The signer refuses for a reason that has no case of its own; its words.
    case refused(String)
    /// The signer takes no more requests for a moment.
    case signerBusy
    /// Another process holds the right to have records signed.
    case signerTaken
    /// The signer process cannot be reached, or does not answer in time.
    case signerUnreachable(String)
    /// The signer answers what no signer of this device would.
    case signerAnswer(String)

    public var description: String {
        switch self {
        case .tooManyPending(let chain, let limit):
            return "chain \(chain): \(limit) signed records wait for the journal; no further one is signed"
        case .alreadyDurable(let chain, let sequence, let head):
            return "chain \(chain): record \(sequence) is not above the durable head \(head)"
        case .skipped(let chain, let expected, let found):
            return "chain \(chain): record \(found) asked for, \(expected) is next"
        case .conflicting(let chain, let sequence):
            return "chain \(chain): record \(sequence) was signed with other content"
        case .durableHead(let chain, let known, let told):
            return "chain \(chain): durable head \(told) told, \(known) known"
        case .wrongEpoch(let expected, let found): return "key epoch \(found), this key's is \(expected)"
        case .wrongPrevious(let chain, let sequence):
            return "chain \(chain): record \(sequence) does not follow the one signed before it"
        case .invalidRecord(let error): return "record not signed: \(error)"
        case .system(let call, let path, let code): return "\(path): \(call) failed with errno \(code)"
        case .wrongMode(let path, let expected, let found):
            return "\(path): mode 0\(String(found, radix: 8)), expected 0\(String(expected, radix: 8))"
        case .wrongOwner(let path, let expected, let found): return "\(path): owner \(found), expected \(expected)"
        case .wrongFileType(let path, let expected): return "\(path): expected \(expected)"
        case .wrongFileLength(let path, let expected, let found):
            return "\(path): \(found) bytes, expected \(expected)"
        case .damaged(let path, let what): return "\(path): \(what)"
        case .notOCMF: return "the text to sign is no OCMF payload section"
        case .signingFailed: return "signing failed"
        case .noSuchEpoch(let epoch): return "there are no keys of epoch \(epoch) here"
        case .keysDestroyed: return "the device's keys were destroyed; nothing can be signed"
        case .foreignKeys(let chain, let sequence):
            return "chain \(chain): record \(sequence) names keys that are not this device's"
        case .wrapSecretMissing(let path):
            return "\(path): the wrapping secret is gone; without it the device's keys cannot be opened"
        case .wrapSourceMissing(let path, let source):
            return "\(path): wrapped with \(source), which this machine does not show"
        case .wrapSourceChanged(let path, let source):
            return "\(path): wrapped with another \(source) than this machine's"
        case .invalidEnrolment(let what): return "proof of possession: \(what)"
        case .tpm(let fault): return fault.description
        case .token(let fault): return fault.description
        case .refused(let words): return "the signer refuses: \(words)"
        case .signerBusy: return "the signer takes no more requests for a moment"
        case .signerTaken: return "another process has the signer sign records"
        case .signerUnreachable(let what): return "the signer cannot be reached: \(what)"
        case .signerAnswer(let what): return "the signer's answer is wrong: \(what)"
        }
    }
}
