import SignedRecords

/// Answers one request with one reply; what the server does with packets it does not know.
struct SignerDesk: Sendable {
    let signer: any KeyStore
    private var rate: RequestRate

    init(signer: any KeyStore, now: Int64) {
        self.signer = signer
        rate = RequestRate(now: now)
    }

    /// - Parameter mayRecord: answers whether this client is, or just became, the one that has records signed.
    mutating func answer(_ request: SignerRequest, now: Int64, mayRecord: () -> Bool) -> SignerReply {
        if request.needsRecorder, !mayRecord() { return .refused(.signerTaken) }
        if request.usesKey, !rate.take(now: now) { return .refused(.signerBusy) }
        do throws(KeyStoreError) { return try answer(request) } catch { return .refused(error) }
    }

    private func answer(_ request: SignerRequest) throws(KeyStoreError) -> SignerReply {
        switch request {
        case .hello: return .keys(keys)
        case .sign(let record, let ledger, let head):
            return .messages([try signer.sign(record, ledger: ledger, durableHead: head).message])
        case .pending(let chain): return .messages(try signer.pending(chain: chain).map(\.message))
        case .crossSignature: return .signature(try signer.crossSignature())
        case .signOCMF(let payload): return .signature(try signer.signOCMF(payload: payload))
        case .prepareKeyChange(let device, let sequence, let previous):
            return .keyChange(
                try signer.prepareKeyChange(device: device, sequence: sequence, previous: previous))
        case .activate(let epoch):
            try signer.activate(epoch: epoch)
            return .keys(keys)
        case .discardRetiredKeys:
            try signer.discardRetiredKeys()
            return .done
        case .provePossession(let product, let serial, let nonce):
            return .signature(try signer.provePossession(product: product, serial: serial, nonce: nonce))
        case .signPossession(let device, let nonce):
            return .signature(try signer.signPossession(device: device, nonce: nonce))
        case .signDiagnostics(let device, let time, let manifest):
            return .signature(try signer.signDiagnostics(device: device, time: time, manifest: manifest))
        case .destroyKeys:
            try signer.destroyKeys()
            return .done
        }
    }

    private var keys: SignerKeys {
        SignerKeys(
            publicKeys: signer.publicKeys, epoch: signer.epoch, protection: signer.protection,
            madeKeys: signer.madeKeys)
    }
}
