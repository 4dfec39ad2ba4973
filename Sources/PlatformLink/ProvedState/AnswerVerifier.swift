import LightClient

// Owns the rule that a value or an absence counts only when one ics23:smt proof for exactly the asked key leads to the
// app hash of the verified header one above the state's height. What the answer says beside its proof must agree.

/// Checks a node's answer about a key against a verified header. Pure.
enum AnswerVerifier {
    /// The type of the only operator that this ledger's proofs have.
    static let operatorType = "ics23:smt"

    /// The bytes proved, or nil where absence is proved.
    ///
    /// - Parameters:
    ///   - answer: The node's answer.
    ///   - key: What was asked.
    ///   - header: A verified header; the state is the one of the height below.
    static func verify(
        _ answer: StateAnswer, key: [UInt8], header: Header
    ) throws(PlatformLinkError) -> ProvedBytes? {
        let shown = text(key)
        guard answer.height == header.height - 1 else {
            throw .anotherHeight(call: "abci_query", asked: header.height - 1, found: answer.height)
        }
        guard let operators = answer.proofs?.ops, !operators.isEmpty else { throw .proofMissing(key: shown) }
        guard operators.count == 1, operators[0].type == operatorType else {
            let types = operators.prefix(4).map { NodeClient.shown(String($0.type.prefix(32))) }
            throw .proofOfAnotherKind(key: shown, found: types.joined(separator: ", "))
        }
        let proof: CommitmentProof
        do throws(LightClientError) {
            proof = try CommitmentProof(protobuf: operators[0].data)
        } catch {
            throw .proofOfAnotherKind(key: shown, found: "\(error)")
        }
        switch proof {
        case .existence(let existence):
            guard existence.key == key else { throw .proofForAnotherKey(asked: shown, found: text(existence.key)) }
            guard operators[0].key == key, answer.key == key else {
                throw .proofForAnotherKey(
                    asked: shown, found: text(answer.key == key ? operators[0].key : answer.key))
            }
            guard let value = answer.value else {
                throw .answerContradictsProof(key: shown, reason: "absence is claimed, the proof holds a value")
            }
            guard existence.value == value else {
                throw .answerContradictsProof(key: shown, reason: "the proof holds another value")
            }
            do throws(LightClientError) {
                try proof.verifyMembership(spec: .smt, root: header.appHash, key: key, value: value)
            } catch {
                throw .valueNotProved(key: shown, height: header.height, reason: "\(error)")
            }
            return ProvedBytes(key: key, value: value, proof: operators[0].data)
        case .nonExistence(let absence):
            guard absence.key == key, operators[0].key == key, answer.key == key else {
                let found = absence.key == key ? (answer.key == key ? operators[0].key : answer.key) : absence.key
                throw .absenceProofForAnotherKey(asked: shown, found: text(found))
            }
            guard answer.value == nil else {
                throw .answerContradictsProof(key: shown, reason: "a value is claimed, the proof is of an absence")
            }
            do throws(LightClientError) {
                try proof.verifyNonMembership(spec: .smt, root: header.appHash, key: key)
            } catch {
                throw .absenceNotProved(key: shown, height: header.height, reason: "\(error)")
            }
            return nil
        }
    }

    /// A key as it may stand in a log line.
    static func text(_ key: [UInt8]) -> String {
        NodeClient.shown(String(decoding: key.prefix(200), as: UTF8.self))
    }
}
