/// How a device's private keys are protected; docs/keys.md says what each does and does not do.
public enum KeyProtection: String, Sendable, CaseIterable {
    /// A file wrapped to the device: whoever has all of its storage and knows the machine has the keys.
    case software
    /// Sealed by the machine's TPM 2.0.
    case tpm
    /// In a PKCS#11 token.
    case pkcs11
}
