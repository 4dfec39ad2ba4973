import CTPM
import SignedRecords

/// One opened TPM. What a call makes in it is flushed when its body ends, however it ends: without a resource manager a TPM
/// holds three objects and a few sessions, and nobody else frees them.
final class TPMConnection {
    /// The storage primary while it is loaded.
    struct Primary {
        fileprivate let handle: UInt32
        let name: [UInt8]
    }

    /// The two parts of a sealed object.
    struct Sealed {
        let publicPart: [UInt8]
        let privatePart: [UInt8]
    }

    private let tpm: OpaquePointer

    /// - Parameter tcti: As tpm2-tss names it: `device:/dev/tpmrm0`, `swtpm:host=127.0.0.1,port=2321`.
    init(tcti: String) throws(KeyStoreError) {
        var opened: OpaquePointer?
        let code = ctpm_open(tcti, &opened)
        guard code == 0, let opened else {
            throw .tpm(code == CTPM_NO_LIBRARY ? .libraryMissing : .unreachable(tcti: tcti, code: code))
        }
        tpm = opened
    }

    deinit { ctpm_close(tpm) }

    func withPrimary<Answer>(
        _ body: (Primary) throws(KeyStoreError) -> Answer
    ) throws(KeyStoreError) -> Answer {
        var handle: UInt32 = 0
        var name = [UInt8](repeating: 0, count: Int(CTPM_NAME))
        try check("CreatePrimary", ctpm_storage_primary(tpm, &handle, &name))
        return try flushing(handle) { () throws(KeyStoreError) in try body(Primary(handle: handle, name: name)) }
    }

    /// The name that a verifying key has in policies.
    func name(of authority: PolicyAuthority) throws(KeyStoreError) -> [UInt8] {
        try withVerifier(authority) { (_, name) throws(KeyStoreError) in name }
    }

    func seal(_ secret: [UInt8], policy: PolicyDigest, under primary: Primary) throws(KeyStoreError) -> Sealed {
        var publicPart = [UInt8](repeating: 0, count: Int(CTPM_BLOB))
        var privatePart = publicPart
        var publicSize = publicPart.count
        var privateSize = privatePart.count
        try check(
            "Create",
            ctpm_seal(
                tpm, primary.handle, policy.bytes, secret, secret.count, &publicPart, &publicSize, &privatePart,
                &privateSize))
        return Sealed(
            publicPart: Array(publicPart[..<publicSize]), privatePart: Array(privatePart[..<privateSize]))
    }

    /// Opens a sealed object after `satisfy` has run its policy in the session. `body` has the secret, which is erased behind it.
    func unseal<Answer>(
        _ sealed: Sealed, under primary: Primary, satisfy: (PolicySession) throws(KeyStoreError) -> Void,
        _ body: ([UInt8]) throws(KeyStoreError) -> Answer
    ) throws(KeyStoreError) -> Answer {
        var object: UInt32 = 0
        try check(
            "Load",
            ctpm_load(
                tpm, primary.handle, sealed.publicPart, sealed.publicPart.count, sealed.privatePart,
                sealed.privatePart.count, &object))
        return try flushing(object) { () throws(KeyStoreError) in
            var session: UInt32 = 0
            try check("StartAuthSession", ctpm_policy_session(tpm, primary.handle, &session))
            return try flushing(session) { () throws(KeyStoreError) in
                try satisfy(PolicySession(connection: self, handle: session))
                var secret = [UInt8](repeating: 0, count: Int(CTPM_SECRET))
                defer { SecretBytes.erase(&secret) }
                var size = secret.count
                try check("Unseal", ctpm_unseal(tpm, object, session, &secret, &size))
                var exact = Array(secret[..<size])
                defer { SecretBytes.erase(&exact) }
                return try body(exact)
            }
        }
    }

    func read(pcr: Int) throws(KeyStoreError) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: Int(CTPM_DIGEST))
        let code = ctpm_read_pcr(tpm, UInt32(pcr), &value)
        guard code != CTPM_NO_BANK else { throw .tpm(.bankMissing(pcr: pcr)) }
        try check("PCR_Read", code)
        return value
    }

    /// The values by rising number.
    func read(_ pcrs: PCRSet) throws(KeyStoreError) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for index in pcrs.indices { values.append(try read(pcr: index)) }
        return values
    }

    func extend(pcr: Int, with digest: [UInt8]) throws(KeyStoreError) {
        try check("PCR_Extend", ctpm_extend_pcr(tpm, UInt32(pcr), digest))
    }

    /// A session in which a policy is run.
    struct PolicySession {
        fileprivate let connection: TPMConnection
        fileprivate let handle: UInt32

        func pcrs(_ set: PCRSet) throws(KeyStoreError) {
            try connection.check("PolicyPCR", ctpm_policy_pcr(connection.tpm, handle, set.mask))
        }

        /// - Parameter signature: r and s, 64 bytes.
        func authorize(
            _ approved: PolicyDigest, signedDigest: [UInt8], signature: [UInt8], by authority: PolicyAuthority
        ) throws(KeyStoreError) {
            let (r, s) = (Array(signature.prefix(32)), Array(signature.dropFirst(32)))
            try connection.withVerifier(authority) { (verifier, _) throws(KeyStoreError) in
                try connection.check(
                    "PolicyAuthorize",
                    ctpm_policy_authorize(connection.tpm, handle, verifier, approved.bytes, signedDigest, r, s))
            }
        }
    }

    private func withVerifier<Answer>(
        _ authority: PolicyAuthority, _ body: (UInt32, [UInt8]) throws(KeyStoreError) -> Answer
    ) throws(KeyStoreError) -> Answer {
        var handle: UInt32 = 0
        var name = [UInt8](repeating: 0, count: Int(CTPM_NAME))
        let (x, y) = (Array(authority.key.prefix(32)), Array(authority.key.dropFirst(32)))
        try check("LoadExternal", ctpm_load_verifier(tpm, x, y, &handle, &name))
        return try flushing(handle) { () throws(KeyStoreError) in try body(handle, name) }
    }

    private func flushing<Answer>(
        _ handle: UInt32, _ body: () throws(KeyStoreError) -> Answer
    ) throws(KeyStoreError) -> Answer {
        let answer: Answer
        do throws(KeyStoreError) {
            answer = try body()
        } catch {
            _ = ctpm_flush(tpm, handle)
            throw error
        }
        try check("FlushContext", ctpm_flush(tpm, handle))
        return answer
    }

    private func check(_ command: String, _ code: UInt32) throws(KeyStoreError) {
        guard code == 0 else { throw .tpm(.command(command, code: code)) }
    }
}
