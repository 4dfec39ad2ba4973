import Crypto

/// Which kinds stand in which chain, and what they must agree with (docs/format.md, "Which record stands where").
extension ChainVerifier {
    mutating func acceptDeviceBody(_ record: Record) throws(ChainFault) {
        switch record.body {
        case .genesis:
            throw .secondGenesis
        case .checkpoint, .clockStep, .firmwareChange, .rollbackDetected, .close, .open:
            break
        case .event(.faultLatched), .event(.faultCleared), .event(.technicianAction), .event(.configurationChange):
            break
        case .keyChange(let change):
            try accept(change, in: record)
        default:
            throw .wrongKindForChain(record.body.kind)
        }
    }

    private mutating func accept(_ change: KeyChange, in record: Record) throws(ChainFault) {
        guard change.newEpoch == record.keyEpoch &+ 1, change.newEpoch > record.keyEpoch else {
            throw .keyChangeEpoch(expected: record.keyEpoch &+ 1, found: change.newEpoch)
        }
        guard change.publicKeys.isValidCrossSignature(change.p256Signature) else { throw .crossSignature }
        do {
            let key = try COSESign1.publicKey(change.ed25519PublicKey)
            let statement = KeyChange.statement(
                device: record.device, sequence: record.sequence, previous: record.previous,
                newEpoch: change.newEpoch, keys: change.publicKeys)
            guard key.isValidSignature(change.newKeySignature, for: statement) else {
                throw COSEError.signatureMismatch
            }
            try keys.add(ed25519: change.ed25519PublicKey, epoch: change.newEpoch)
        } catch {
            throw .keyChangeSignature
        }
    }

    mutating func acceptConnectorBody(_ signed: SignedRecord) throws(ChainFault) {
        switch session {
        case .open(var progress):
            if case .rollbackDetected = signed.record.body {
                session = .none
                return
            }
            if try progress.accept(signed.record.body) {
                session = .none
                endedSessions += 1
            } else {
                session = .open(progress)
            }
        case .none:
            try acceptOutsideSession(signed)
        case .unknown:
            try acceptUnknown(signed)
        }
    }

    private mutating func acceptOutsideSession(_ signed: SignedRecord) throws(ChainFault) {
        switch signed.record.body {
        case .begin(let begin):
            try open(begin, signed)
        case .voucherAcceptance, .meterChange, .rollbackDetected, .close, .open:
            break
        case .event(.faultLatched), .event(.faultCleared), .event(.wear), .event(.residualSelfTest):
            break
        case .tick, .pause, .resume, .end, .gap, .rollover, .reset:
            throw .wrongKindOutsideSession(signed.record.body.kind)
        default:
            throw .wrongKindForChain(signed.record.body.kind)
        }
    }

    private mutating func open(_ begin: Begin, _ signed: SignedRecord) throws(ChainFault) {
        let expected = SessionID.derive(
            grant: begin.grant, device: device, chain: chain, beginSequence: signed.record.sequence)
        guard begin.session == expected else { throw .sessionNotDerived(expected: expected) }
        if let genesis, genesis.energyFactor != begin.energyFactor {
            throw .energyFactor(expected: genesis.energyFactor, found: begin.energyFactor)
        }
        session = .open(SessionProgress(begin: begin, at: signed.head))
    }

    /// In the middle of a chain: until a record tells whether a session is open, only kinds and signatures are checked.
    private mutating func acceptUnknown(_ signed: SignedRecord) throws(ChainFault) {
        switch signed.record.body {
        case .tick, .pause, .resume, .gap, .rollover, .reset, .event(.faultLatched), .event(.faultCleared):
            break
        case .end:
            session = .none
            endedSessions += 1
        default:
            session = .none
            try acceptOutsideSession(signed)
        }
    }
}
