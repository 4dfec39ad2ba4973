/// Whose fault a failure is, and how bad.
enum ProviderFault: Sendable, Equatable {
    /// It does not serve: it is slow, gone, behind, in disorder, or no longer has what is needed. Another may do better;
    /// later this one may, too.
    case service
    /// It told something that cannot be true. It is not asked again.
    case lie
}

extension PlatformLinkError {
    /// The node's fault, where it is one; nil for our own clock, store, journal, trust, and for what was proved.
    var fault: ProviderFault? {
        switch self {
        case .wrongChainID, .anchorMismatch, .replayedHeader, .anotherHeight, .headerNotTheSignedOne,
            .commitSignatureInvalid, .notEnoughPower, .validatorsMismatch, .headerRefused, .proofForAnotherKey,
            .absenceProofForAnotherKey, .valueNotProved, .absenceNotProved, .answerContradictsProof:
            return .lie
        // A batch may be refused by the ledger's rules, or by one node alone. A header from the future may be our clock's fault; a reply that cannot be read may be a gateway's.
        case .unreachable, .deadlinePassed, .replyTooLarge, .httpStatus, .replyMalformed, .replyToAnotherRequest,
            .rpcRefused, .heightNotAvailable, .heightPruned, .headerFromFuture, .staleHeader, .chainTooYoung,
            .queryRefused, .proofMissing, .proofOfAnotherKind, .batchNotIncluded, .batchRefused:
            return .service
        case .endpointInvalid, .tlsSetup, .trustExpired, .clockUnknown, .clockNotSynchronised,
            .clockBehindTrustedHeader, .clockWentBack, .notConfirmed,
            .noWitness, .anchorContradicted, .trustHalted, .anchorNotNeeded, .stateMalformed, .journalOutOfOrder,
            .recordSourceFailed, .headWentBack, .recordMissing, .registeredDifferently,
            .settlementMissing, .storeFailed, .storeMalformed:
            return nil
        }
    }
}
