public import SignedRecords
import Synchronization

extension RecordSigner {
    public func prepareKeyChange(
        device: DeviceID, sequence: UInt64, previous: RecordHash
    ) throws(KeyStoreError) -> KeyChange {
        try state.withLock { (state) throws(KeyStoreError) in
            guard !state.isDestroyed else { throw .keysDestroyed }
            if let known = state.device, known != device {
                let fault = ChainFault.wrongDevice(expected: known, found: device)
                throw .invalidRecord(.chain(.device, sequence: sequence, problem: fault))
            }
            let (next, isTooHigh) = state.epoch.addingReportingOverflow(1)
            guard !isTooHigh else { throw .noSuchEpoch(state.epoch) }
            let place = KeyChangePlace(device: device, sequence: sequence, previous: previous)
            if let prepared = state.prepared, prepared.place == place, prepared.change.newEpoch == next {
                return prepared.change
            }
            try vault.make(epoch: next)
            let keys = try vault.publicKeys(epoch: next)
            let statement = KeyChange.statement(
                device: device, sequence: sequence, previous: previous, newEpoch: next, keys: keys)
            let change = KeyChange(
                newEpoch: next, ed25519PublicKey: keys.ed25519, p256PublicKey: keys.p256,
                p256Signature: try vault.signP256(
                    DevicePublicKeys.crossSigned(ed25519: keys.ed25519), epoch: next),
                newKeySignature: try vault.signEd25519(statement, epoch: next))
            state.prepared = (place, change)
            return change
        }
    }

    public func activate(epoch: UInt32) throws(KeyStoreError) {
        try state.withLock { (state) throws(KeyStoreError) in
            guard !state.isDestroyed else { throw .keysDestroyed }
            guard epoch != state.epoch else { return }
            guard epoch > state.epoch else { throw .wrongEpoch(expected: state.epoch, found: epoch) }
            state.publicKeys = try vault.publicKeys(epoch: epoch)
            state.epoch = epoch
        }
    }

    public func discardRetiredKeys() throws(KeyStoreError) {
        try state.withLock { (state) throws(KeyStoreError) in
            guard !state.isDestroyed else { throw .keysDestroyed }
            for epoch in try vault.epochs() where epoch < state.epoch { try vault.destroy(epoch: epoch) }
        }
    }

    public func provePossession(
        product: String, serial: String, nonce: [UInt8]
    ) throws(KeyStoreError) -> [UInt8] {
        do {
            _ = try CBORFields.text(.text(product), "product", maximum: 64)
            _ = try CBORFields.text(.text(serial), "serial", maximum: 64)
            _ = try CBORFields.bytes(.bytes(nonce), "nonce", count: EnrolmentStatement.nonceBytes)
        } catch {
            throw .invalidEnrolment("\(error)")
        }
        let (epoch, keys) = try inForce()
        let statement = EnrolmentStatement.signedBytes(
            product: product, serial: serial, nonce: nonce, keys: keys, epoch: epoch)
        return try vault.signEd25519(statement, epoch: epoch)
    }

    public func signPossession(device: DeviceID, nonce: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        guard PossessionStatement.nonceBytes.contains(nonce.count) else {
            throw .invalidEnrolment("a nonce of \(nonce.count) bytes; 16 to 64 are taken")
        }
        try requireOwn(device)
        let (epoch, keys) = try inForce()
        let statement = PossessionStatement.signedBytes(
            device: device, nonce: nonce, publicKey: keys.ed25519, epoch: epoch)
        return try vault.signEd25519(statement, epoch: epoch)
    }

    private func requireOwn(_ device: DeviceID) throws(KeyStoreError) {
        guard let known = state.withLock({ $0.device }), known != device else { return }
        throw .invalidRecord(.chain(.device, sequence: 0, problem: .wrongDevice(expected: known, found: device)))
    }

    public func signDiagnostics(
        device: DeviceID, time: UTCMilliseconds, manifest: ContentHash
    ) throws(KeyStoreError) -> [UInt8] {
        try requireOwn(device)
        let (epoch, keys) = try inForce()
        let statement = DiagnosticsStatement(
            device: device, time: time, manifest: manifest, publicKey: keys.ed25519, epoch: epoch)
        return try vault.signEd25519(statement.signedBytes, epoch: epoch)
    }

    public func destroyKeys() throws(KeyStoreError) {
        try state.withLock { (state) throws(KeyStoreError) in
            state.isDestroyed = true
            // The newest first: a stop in between leaves keys that the journal's epoch does not name, or that never were in
            // force.
            for epoch in try vault.epochs().reversed() { try vault.destroy(epoch: epoch) }
        }
    }
}
