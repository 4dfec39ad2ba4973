/// Why keys that a TPM seals cannot be had.
public enum TPMFault: Hashable, Sendable, CustomStringConvertible {
    /// The libraries of tpm2-tss (esys, mu, tctildr) are not installed.
    case libraryMissing
    /// Nobody answers behind the TCTI.
    case unreachable(tcti: String, code: UInt32)
    /// A command failed.
    case command(String, code: UInt32)
    /// The TPM has no SHA-256 bank for a PCR.
    case bankMissing(pcr: Int)
    /// No PCR, or not one of 0 to 23.
    case invalidPCRs([Int])
    /// The PCRs are not as they were when the keys were sealed.
    case policyRefused(path: String, pcrs: [Int])
    /// No signed approval fits the present PCRs.
    case notApproved(path: String, approvals: Int, unusable: [String])
    /// The keys were unsealed in this boot already.
    case sealedUntilReboot(path: String, pcr: Int)
    /// The PCR that should seal the keys until the next boot is extended by another.
    case lockingPCRInUse(pcr: Int)
    /// Sealed by another TPM, or before this one was cleared.
    case sealedElsewhere(path: String)
    /// The file is no P-256 public key in PEM.
    case invalidAuthority(path: String)

    /// Whether the keys exist and this TPM will not open them as it stands.
    public var isRefusal: Bool {
        switch self {
        case .policyRefused, .notApproved, .sealedUntilReboot, .sealedElsewhere: return true
        case .libraryMissing, .unreachable, .command, .bankMissing, .invalidPCRs, .lockingPCRInUse, .invalidAuthority:
            return false
        }
    }

    public var description: String {
        switch self {
        case .libraryMissing: return "tpm2-tss is not installed (libtss2-esys, libtss2-mu, libtss2-tctildr)"
        case .unreachable(let tcti, let code): return "no TPM answers at \(tcti) (code \(TPMFault.hexadecimal(code)))"
        case .command(let name, let code): return "the TPM's \(name) failed with code \(TPMFault.hexadecimal(code))"
        case .bankMissing(let pcr): return "the TPM has no SHA-256 bank for PCR \(pcr)"
        case .invalidPCRs(let pcrs): return "PCRs \(pcrs): expected at least one, each 0 to 23 and named once"
        case .policyRefused(let path, let pcrs):
            let list = pcrs.map { String($0) }.joined(separator: ", ")
            return "\(path): PCR \(list) of the TPM changed since the keys were sealed; the device must enrol anew"
        case .notApproved(let path, let approvals, let unusable):
            let rest = unusable.isEmpty ? "" : "; unusable: \(unusable.joined(separator: ", "))"
            return "\(path): none of \(approvals) approvals fits the TPM's present PCRs\(rest)"
        case .sealedUntilReboot(let path, let pcr):
            return "\(path): the keys were unsealed in this boot (PCR \(pcr)); they open again after a reboot"
        case .lockingPCRInUse(let pcr): return "PCR \(pcr) cannot seal keys until reboot: something else extends it"
        case .sealedElsewhere(let path):
            return "\(path): sealed by another TPM, or before this one was cleared; the device must enrol anew"
        case .invalidAuthority(let path): return "\(path): no P-256 public key in PEM"
        }
    }

    private static func hexadecimal(_ code: UInt32) -> String { "0x\(String(code, radix: 16))" }
}
