internal import LightClient

/// /broadcast_evidence.
extension Engine {
    /// Takes evidence that is proved to be true, for the next block; takes it again without a word, as CometBFT does.
    func broadcastEvidence(_ json: [UInt8]?) throws -> RPCValue {
        guard let json else {
            throw RPCError.internalError("no evidence was provided")
        }
        let piece: Evidence
        do { piece = try Evidence(json: json) } catch {
            throw RPCError.invalidParams("error converting json params to arguments: evidence: \(error)")
        }
        let answer: RPCValue = ["hash": .base64(piece.hash.bytes)]
        // Before anything else, as a node does for what peers send twice.
        guard !evidence.contains(where: { $0.hash == piece.hash }), !(try store.hasEvidence(piece.hash)) else {
            return answer
        }
        do {
            try evidenceVerifier().verify(piece)
        } catch let error as LedgerNodeError {
            throw error
        } catch {
            throw RPCError.internalError("failed to add evidence: \(error)")
        }
        guard evidence.count < EvidenceLimits.maximumPending else {
            throw RPCError.internalError("failed to add evidence: \(evidence.count) pieces wait for a block")
        }
        add(piece)
        return answer
    }

    private func evidenceVerifier() throws -> EvidenceVerifier {
        let parameters = genesis.consensusParameters.evidence
        guard let last = chain.last, let blocks = Int64(parameters.maximumAgeBlocks),
            let nanoseconds = Int64(parameters.maximumAgeNanoseconds)
        else {
            throw LedgerNodeError.corruptHome(path: home.path, reason: "genesis: the evidence parameters are broken")
        }
        let chain = chain
        return EvidenceVerifier(
            chain: .init(
                id: chainID, height: last.header.height, time: last.header.time, maximumAgeBlocks: blocks,
                maximumAge: .nanoseconds(nanoseconds),
                signedHeader: { (height) throws(LedgerNodeError) in
                    guard let block = try chain.block(at: height), let commit = try chain.commit(at: height) else {
                        return nil
                    }
                    return SignedHeader(header: block.header, commit: commit)
                },
                validators: { (height) throws(LedgerNodeError) in try chain.validators(at: height).set }))
    }
}
