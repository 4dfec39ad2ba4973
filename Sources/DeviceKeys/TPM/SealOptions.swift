/// How a TPM vault seals the keys that it makes (docs/keys-tpm-pkcs11.md).
public struct SealOptions: Hashable, Sendable {
    /// The PCRs that must not change, where there is no authority. PCR 7, the secure boot policy, stays the same when firmware
    /// is updated.
    public var pcrs: [Int]
    /// Path of the P-256 public key (PEM) whose owner approves PCR values by signature; read when the keys of epoch 1 are made.
    public var authority: String?
    /// The directory of approvals; nil for `approvals` in the vault's own.
    public var approvals: String?
    /// Whether nothing, not even a restarted signer, can unseal the keys a second time in one boot.
    public var sealsUntilReboot: Bool
    /// The PCR that is extended for that. Nothing else may extend it, and only a reboot may reset it (not 16 and 23).
    public var lockingPCR: Int

    public init(
        pcrs: [Int] = [7], authority: String? = nil, approvals: String? = nil, sealsUntilReboot: Bool = false,
        lockingPCR: Int = 13
    ) {
        self.pcrs = pcrs
        self.authority = authority
        self.approvals = approvals
        self.sealsUntilReboot = sealsUntilReboot
        self.lockingPCR = lockingPCR
    }
}
