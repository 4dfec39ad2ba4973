/// What must hold for the TPM to open a seal. It is fixed when keys are made; a later epoch inherits `boot` from the one before.
struct SealingPolicy: Hashable, Sendable {
    enum Boot: Hashable, Sendable {
        /// These PCRs have the values that they had when the keys were sealed.
        case unchanged(PCRSet)
        /// The authority signed an approval of the present values: its P-256 key, x and y.
        case approved(authority: [UInt8])
    }

    let boot: Boot
    /// The PCR that must still be zero; the vault extends it once it has the keys.
    let lock: Int?
}
