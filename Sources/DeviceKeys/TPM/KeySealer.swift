import Crypto
import SignedRecords

/// Seals pairs of keys and opens them, over one connection with the storage primary loaded.
struct KeySealer {
    /// What the locking PCR is extended with; then its value is known, and another's doing is told apart.
    static let lockDigest = Array(SHA256.hash(data: Array("wattseal-seal-until-reboot/1".utf8)))
    private static let zeros = [UInt8](repeating: 0, count: 32)
    static let lockedValue = Array(SHA256.hash(data: zeros + lockDigest))

    let connection: TPMConnection
    let primary: TPMConnection.Primary
    /// Where approvals lie.
    let approvals: String

    /// Fresh keys, sealed; where the TPM would open them now, it has done so once.
    func make(
        epoch: UInt32, policy: SealingPolicy, endorsedBy before: DeviceKeyPair?, path: String
    ) throws(KeyStoreError) -> (file: SealedKeyFile, keys: DeviceKeyPair) {
        var (secrets, keys) = DeviceKeyPair.generate(epoch: epoch)
        defer { SecretBytes.erase(&secrets) }
        let digest = try sealingDigest(policy, path: path)
        let sealed = try connection.seal(secrets, policy: digest, under: primary)
        var file = SealedKeyFile(
            epoch: epoch, publicKeys: keys.publicKeys, primary: primary.name, policy: policy,
            publicPart: sealed.publicPart, privatePart: sealed.privatePart, endorsement: nil)
        if let before {
            do { file.endorsement = Array(try before.ed25519.signature(for: file.endorsedBytes)) } catch {
                throw .signingFailed
            }
        }
        // Locked already, it opens at the next start only.
        if try policy.lock.map({ (pcr) throws(KeyStoreError) in try isLocked(pcr) }) != true {
            guard try open(file, path: path).publicKeys == keys.publicKeys else {
                throw .damaged(path: path, what: "not the keys just made")
            }
        }
        return (file, keys)
    }

    func open(_ file: SealedKeyFile, path: String) throws(KeyStoreError) -> DeviceKeyPair {
        guard file.primary == primary.name else { throw .tpm(.sealedElsewhere(path: path)) }
        let sealed = TPMConnection.Sealed(publicPart: file.publicPart, privatePart: file.privatePart)
        do throws(KeyStoreError) {
            return try connection.unseal(
                sealed, under: primary,
                satisfy: { (session) throws(KeyStoreError) in try satisfy(file.policy, in: session, path: path) },
                { (secrets) throws(KeyStoreError) in
                    guard let keys = DeviceKeyPair(epoch: file.epoch, secrets: secrets),
                        keys.publicKeys == file.publicKeys
                    else { throw .damaged(path: path, what: "the content is not the keys that it names") }
                    guard keys.passesSelfTest() else {
                        throw .damaged(path: path, what: "the self-test of the keys failed")
                    }
                    return keys
                })
        } catch {
            throw try explain(error, file, path: path)
        }
    }

    /// Whether the locking PCR is extended in this boot.
    func isLocked(_ pcr: Int) throws(KeyStoreError) -> Bool {
        switch try connection.read(pcr: pcr) {
        case KeySealer.zeros: return false
        case KeySealer.lockedValue: return true
        default: throw .tpm(.lockingPCRInUse(pcr: pcr))
        }
    }

    func lock(_ pcr: Int) throws(KeyStoreError) {
        if try !isLocked(pcr) { try connection.extend(pcr: pcr, with: KeySealer.lockDigest) }
    }

    /// The digest to seal under: the present boot, and a locking PCR at zero, whatever it is now.
    private func sealingDigest(_ policy: SealingPolicy, path: String) throws(KeyStoreError) -> PolicyDigest {
        var digest = PolicyDigest()
        switch policy.boot {
        case .unchanged(let pcrs): digest.extend(pcrs: pcrs, values: try connection.read(pcrs))
        case .approved(let key):
            let authority = PolicyAuthority(key: key)
            // Keys that nothing can open at the next start are not made.
            _ = try approval(by: authority, path: path)
            digest.replace(authority: try connection.name(of: authority))
        }
        if let pcr = policy.lock, let set = PCRSet([pcr]) {
            // Also refuses a PCR that somebody else extends, and a TPM without the bank.
            _ = try isLocked(pcr)
            digest.extend(pcrs: set, values: [KeySealer.zeros])
        }
        return digest
    }

    private func satisfy(
        _ policy: SealingPolicy, in session: TPMConnection.PolicySession, path: String
    ) throws(KeyStoreError) {
        switch policy.boot {
        case .unchanged(let pcrs): try session.pcrs(pcrs)
        case .approved(let key):
            let authority = PolicyAuthority(key: key)
            let (approval, digest) = try approval(by: authority, path: path)
            try session.pcrs(approval.pcrs)
            try session.authorize(
                digest, signedDigest: Array(SHA256.hash(data: digest.bytes)),
                signature: Array(approval.signature.rawRepresentation), by: authority)
        }
        if let pcr = policy.lock, let set = PCRSet([pcr]) { try session.pcrs(set) }
    }

    /// The approval that fits the present PCRs.
    private func approval(
        by authority: PolicyAuthority, path: String
    ) throws(KeyStoreError) -> (PCRApproval, PolicyDigest) {
        let (known, unusable) = try PCRApproval.read(directory: approvals)
        var digests: [PCRSet: PolicyDigest] = [:]
        for approval in known {
            var digest = PolicyDigest()
            if let formed = digests[approval.pcrs] {
                digest = formed
            } else {
                digest.extend(pcrs: approval.pcrs, values: try connection.read(approval.pcrs))
                digests[approval.pcrs] = digest
            }
            if authority.approved(digest, signature: approval.signature) { return (approval, digest) }
        }
        throw .tpm(.notApproved(path: path, approvals: known.count, unusable: unusable))
    }

    /// Turns the TPM's codes into what they mean for this file.
    private func explain(
        _ error: KeyStoreError, _ file: SealedKeyFile, path: String
    ) throws(KeyStoreError) -> KeyStoreError {
        guard case .tpm(.command(let command, let code)) = error else { return error }
        switch (command, TPMResponse(code: code)) {
        case ("Unseal", .policyFail):
            if let pcr = file.policy.lock, try connection.read(pcr: pcr) != KeySealer.zeros {
                return .tpm(.sealedUntilReboot(path: path, pcr: pcr))
            }
            switch file.policy.boot {
            case .unchanged(let pcrs): return .tpm(.policyRefused(path: path, pcrs: pcrs.indices))
            case .approved: return .damaged(path: path, what: "sealed under another policy than it names")
            }
        case ("Load", .integrity): return .damaged(path: path, what: "the TPM does not take the sealed parts")
        default: return error
        }
    }
}
