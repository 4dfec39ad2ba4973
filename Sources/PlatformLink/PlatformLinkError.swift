public import LightClient
public import Quantities
public import SignedRecords

/// Everything that can go wrong between this device and a ledger's node. Each refusal of an answer has its own case.
public enum PlatformLinkError: Error, Equatable, Sendable {
    // MARK: Reaching a node

    /// The configured address cannot be used.
    case endpointInvalid(String, reason: String)
    /// TLS could not be set up.
    case tlsSetup(endpoint: String, reason: String)
    /// No connection, or it ended.
    case unreachable(endpoint: String, reason: String)
    /// The whole reply was not there in time; `received` counts the bytes that had come by then, headers included.
    case deadlinePassed(call: String, after: Nanoseconds, received: Int)
    /// The reply passed the limit in bytes, or said that it would; `found` says in which way.
    case replyTooLarge(call: String, limit: Int, found: String)
    /// An HTTP status other than 200, or 500 with a body. A redirect (300 to 399) is not followed.
    case httpStatus(call: String, status: Int)
    /// The reply is not what the call's format says.
    case replyMalformed(call: String, reason: String)
    /// The reply answers another request.
    case replyToAnotherRequest(call: String, expected: Int64, found: Int64)
    /// The node answered with a JSON-RPC error object.
    case rpcRefused(call: String, code: Int, message: String)
    /// The node does not have this height, or not yet.
    case heightNotAvailable(height: Int64, reason: String)
    /// The node no longer has this height.
    case heightPruned(height: Int64, reason: String)

    // MARK: Headers

    /// The node, or the header of a height, is of another chain.
    case wrongChainID(expected: String, found: String, height: Int64? = nil)
    /// The block at the anchor's height is not the anchor.
    case anchorMismatch(height: Int64, expected: Hash, found: Hash?)
    /// The node offers a header that is not above the trusted one in height or time.
    case replayedHeader(trustedHeight: Int64, offeredHeight: Int64, reason: String)
    /// The node answered for another height than it was asked for.
    case anotherHeight(call: String, asked: Int64, found: Int64)
    /// The header is not the one that its commit signs: a field, such as the app hash, was altered.
    case headerNotTheSignedOne(height: Int64, header: Hash?, signed: Hash?)
    /// A commit signature does not verify.
    case commitSignatureInvalid(height: Int64, index: Int)
    /// Not enough power behind the header.
    case notEnoughPower(height: Int64, got: Int64, needed: Int64)
    /// The validators given are not the ones that the header names.
    case validatorsMismatch(height: Int64, reason: String)
    /// The trusted header is older than the trusting period: a new anchor is needed.
    case trustExpired(height: Int64, time: Timestamp, now: Timestamp)
    /// The header's time lies ahead of our clock by more than the allowed drift.
    case headerFromFuture(height: Int64, time: Timestamp, now: Timestamp)
    /// The newest header is too old for its state to count as the present one.
    case staleHeader(height: Int64, ageSeconds: Int64, limitSeconds: Int64)
    /// Any other reason for which the light client refuses a header.
    case headerRefused(height: Int64, reason: LightClientError)
    /// The clock is not set, so no header can be judged.
    case clockUnknown
    /// No time source vouches for the clock, and the configuration asks for one that does.
    case clockNotSynchronised(now: Timestamp)
    /// The clock stands before the trusted header's time: it would hide an expiry.
    case clockBehindTrustedHeader(now: Timestamp, trusted: Timestamp)
    /// The clock stands before a moment that is proved to have passed in this run: a header's time, and the time since then.
    case clockWentBack(now: Timestamp, passed: Timestamp)
    /// The chain has no block yet that a state could be proved under.
    case chainTooYoung(height: Int64)

    // MARK: Witnesses

    /// None of the witnesses has the header that the primary gave: it is not believed.
    case notConfirmed(height: Int64)
    /// No witness is left that could confirm a header.
    case noWitness(height: Int64)
    /// A witness has another block at the height where trust begins: the anchor or the witness is of another chain.
    case anchorContradicted(witness: String, height: Int64, expected: Hash, found: Hash)
    /// Two chains follow from what was trusted: nothing is trusted until someone sets a new anchor.
    case trustHalted(TrustHalt)
    /// A new anchor was given for a store that neither expired nor is halted.
    case anchorNotNeeded(height: Int64)

    // MARK: State

    /// The query came back with an error of the application.
    case queryRefused(key: String, code: UInt32, log: String)
    /// No proof came with the answer.
    case proofMissing(key: String)
    /// The proof is of another kind than this ledger's.
    case proofOfAnotherKind(key: String, found: String)
    /// The proof proves another key.
    case proofForAnotherKey(asked: String, found: String)
    /// The absence proof is for another key.
    case absenceProofForAnotherKey(asked: String, found: String)
    /// The proof does not lead to the app hash of the verified header.
    case valueNotProved(key: String, height: Int64, reason: String)
    /// Absence is claimed and its proof does not hold.
    case absenceNotProved(key: String, height: Int64, reason: String)
    /// The answer says one thing and its proof another.
    case answerContradictsProof(key: String, reason: String)
    /// A proved value cannot be read.
    case stateMalformed(key: String, reason: String)

    // MARK: Records

    /// The journal's records are not in order.
    case journalOutOfOrder(chain: UInt32, expected: UInt64, found: UInt64, ofChain: UInt32)
    /// The record source failed.
    case recordSourceFailed(reason: String)
    /// The node refused a batch of records.
    case batchRefused(chain: UInt32, first: UInt64, last: UInt64, code: UInt32, log: String)
    /// The node took a batch of records, and no proof of it came in time.
    case batchNotIncluded(chain: UInt32, first: UInt64, last: UInt64)
    /// The ledger's head of a chain is behind what it proved before.
    case headWentBack(chain: UInt32, proved: UInt64, acknowledged: UInt64)
    /// The journal lacks a record that it should still hold.
    case recordMissing(chain: UInt32, sequence: UInt64)
    /// The ledger's registration of this device names another genesis or key.
    case registeredDifferently(reason: String)
    /// The end record of a session is acknowledged and its settlement is proved absent.
    case settlementMissing(session: SessionID)

    // MARK: Storage

    /// A file could not be read or written.
    case storeFailed(path: String, reason: String)
    /// A stored file cannot be believed.
    case storeMalformed(path: String, reason: String)
}
