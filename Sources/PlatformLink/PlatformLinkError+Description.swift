import LightClient
import Quantities
import SignedRecords

extension PlatformLinkError: CustomStringConvertible {
    /// One line: what was refused, what was expected, what came.
    public var description: String {
        reachingDescription ?? headerDescription ?? witnessDescription ?? stateDescription ?? recordDescription
    }

    /// Whether the node answered and the answer was refused, as opposed to a node that could not be reached or asked.
    public var isRefusedAnswer: Bool {
        switch self {
        case .endpointInvalid, .tlsSetup, .unreachable, .deadlinePassed, .httpStatus, .rpcRefused, .heightNotAvailable,
            .clockUnknown, .clockNotSynchronised, .clockBehindTrustedHeader, .clockWentBack, .chainTooYoung,
            .queryRefused, .recordSourceFailed,
            .batchRefused, .batchNotIncluded, .recordMissing, .journalOutOfOrder, .storeFailed, .storeMalformed,
            .staleHeader,
            .trustExpired, .heightPruned, .notConfirmed, .noWitness, .trustHalted, .anchorNotNeeded:
            return false
        case .replyTooLarge, .replyMalformed, .replyToAnotherRequest, .wrongChainID, .anchorMismatch, .replayedHeader,
            .anotherHeight, .headerNotTheSignedOne, .commitSignatureInvalid, .notEnoughPower, .validatorsMismatch,
            .headerFromFuture, .headerRefused, .proofMissing, .proofOfAnotherKind, .proofForAnotherKey,
            .absenceProofForAnotherKey, .valueNotProved, .absenceNotProved, .answerContradictsProof, .stateMalformed,
            .headWentBack, .registeredDifferently, .settlementMissing, .anchorContradicted:
            return true
        }
    }

    private var reachingDescription: String? {
        switch self {
        case .endpointInvalid(let text, let reason): return "node address \(text): \(reason)"
        case .tlsSetup(let endpoint, let reason): return "TLS for \(endpoint): \(reason)"
        case .unreachable(let endpoint, let reason): return "\(endpoint) cannot be reached: \(reason)"
        case .deadlinePassed(let call, let after, let received):
            return "\(call): no whole reply within \(after.wholeMilliseconds) ms, \(received) bytes came"
        case .replyTooLarge(let call, let limit, let found):
            return "\(call): the reply passes \(limit) bytes: \(found)"
        case .httpStatus(let call, let status):
            let followed = (300..<400).contains(status) ? ": a redirect, which is not followed" : ", expected 200"
            return "\(call): HTTP status \(status)\(followed)"
        case .replyMalformed(let call, let reason): return "\(call): malformed reply: \(reason)"
        case .replyToAnotherRequest(let call, let expected, let found):
            return "\(call): the reply answers request \(found), expected \(expected)"
        case .rpcRefused(let call, let code, let message): return "\(call): the node refused it (\(code)): \(message)"
        case .heightNotAvailable(let height, let reason): return "height \(height) is not available: \(reason)"
        case .heightPruned(let height, let reason): return "height \(height) is no longer there: \(reason)"
        default: return nil
        }
    }

    private var headerDescription: String? {
        switch self {
        case .wrongChainID(let expected, let found, nil): return "wrong chain id: \(found), expected \(expected)"
        case .wrongChainID(let expected, let found, let height?):
            return "header \(height) is of another chain: \(found), expected \(expected)"
        case .anchorMismatch(let height, let expected, let found):
            return
                "the block of height \(height) is not the anchor: \(found?.hex ?? "no hash"), expected \(expected.hex)"
        case .replayedHeader(let trusted, let offered, let reason):
            return "replayed old header: height \(offered) is offered, \(trusted) is trusted: \(reason)"
        case .anotherHeight(let call, let asked, let found): return "\(call): asked for height \(asked), got \(found)"
        case .headerNotTheSignedOne(let height, let header, let signed):
            return "header \(height) is not the one its commit signs (a field such as the app hash was altered): hash "
                + "\(header?.hex ?? "none"), signed \(signed?.hex ?? "none")"
        case .commitSignatureInvalid(let height, let index):
            return "commit signature invalid: height \(height), entry \(index)"
        case .notEnoughPower(let height, let got, let needed):
            return "height \(height) is signed by power \(got), more than \(needed) is needed"
        case .validatorsMismatch(let height, let reason): return "validators of height \(height): \(reason)"
        case .trustExpired(let height, let time, let now):
            return
                "the trusted header \(height) of \(time.rfc3339) has expired at \(now.rfc3339): a new anchor is needed"
        case .headerFromFuture(let height, let time, let now):
            return "header \(height) is of \(time.rfc3339), ahead of our clock at \(now.rfc3339)"
        case .staleHeader(let height, let age, let limit):
            return "the newest header \(height) is \(age) s old, more than \(limit) s: its state is not the present one"
        case .headerRefused(let height, let reason): return "header \(height) refused: \(reason)"
        case .clockUnknown: return "the clock is not set: no header can be judged, and no node is asked"
        case .clockNotSynchronised(let now):
            return "the clock at \(now.rfc3339) is vouched for by no time source, and [ledger] clock asks for one: "
                + "no header is judged by it"
        case .clockWentBack(let now, let passed):
            return
                "the clock at \(now.rfc3339) is behind \(passed.rfc3339), which is proved to have passed: it was set back"
        case .clockBehindTrustedHeader(let now, let trusted):
            return "the clock at \(now.rfc3339) is behind the trusted header of \(trusted.rfc3339)"
        case .chainTooYoung(let height): return "the chain at height \(height) has no state that can be proved yet"
        default: return nil
        }
    }

    private var witnessDescription: String? {
        switch self {
        case .notConfirmed(let height): return "no witness confirms header \(height): nothing is stored"
        case .noWitness(let height): return "no witness is left to confirm header \(height): nothing is stored"
        case .anchorContradicted(let witness, let height, let expected, let found):
            return "the witness \(witness) has block \(found.hex) at the anchor's height \(height), the anchor is "
                + "\(expected.hex): one of them is of another chain"
        case .trustHalted(let halt): return "\(halt)"
        case .anchorNotNeeded(let height):
            return "what is trusted (height \(height)) has neither expired nor been halted: no new anchor is taken"
        default: return nil
        }
    }

    private var stateDescription: String? {
        switch self {
        case .queryRefused(let key, let code, let log): return "\(key): the query was refused (\(code)): \(log)"
        case .proofMissing(let key): return "\(key): no proof came with the answer"
        case .proofOfAnotherKind(let key, let found): return "\(key): expected one ics23:smt proof, found \(found)"
        case .proofForAnotherKey(let asked, let found): return "proof for another key: \(found), asked for \(asked)"
        case .absenceProofForAnotherKey(let asked, let found):
            return "absence proof for another key: \(found), asked for \(asked)"
        case .valueNotProved(let key, let height, let reason):
            return "\(key): the value is not proved under the app hash of header \(height): \(reason)"
        case .absenceNotProved(let key, let height, let reason):
            return "\(key): its absence is not proved under the app hash of header \(height): \(reason)"
        case .answerContradictsProof(let key, let reason): return "\(key): the answer contradicts its proof: \(reason)"
        case .stateMalformed(let key, let reason): return "\(key): the proved value cannot be read: \(reason)"
        default: return nil
        }
    }

    private var recordDescription: String {
        switch self {
        case .journalOutOfOrder(let chain, let expected, let found, let ofChain):
            return "journal, chain \(chain): expected record \(expected), found \(found) of chain \(ofChain)"
        case .recordSourceFailed(let reason): return "journal: \(reason)"
        case .batchRefused(let chain, let first, let last, let code, let log):
            return "records \(first) to \(last) of chain \(chain) were refused (\(code)): \(log)"
        case .batchNotIncluded(let chain, let first, let last):
            return
                "records \(first) to \(last) of chain \(chain) were taken, and the ledger does not hold them: sent again"
        case .headWentBack(let chain, let proved, let acknowledged):
            return "the ledger's head of chain \(chain) went back: \(proved), acknowledged before \(acknowledged)"
        case .recordMissing(let chain, let sequence): return "journal: record \(sequence) of chain \(chain) is missing"
        case .registeredDifferently(let reason): return "the ledger's registration of this device: \(reason)"
        case .settlementMissing(let session):
            return "session \(session): its end record is accepted and its settlement is proved absent"
        case .storeFailed(let path, let reason): return "\(path): \(reason)"
        case .storeMalformed(let path, let reason): return "\(path): refused: \(reason)"
        default: return "platform link"
        }
    }
}
