/// What a TPM answered, out of a TSS2_RC (TPM 2.0 Library part 2, 6.6): the TPM's own codes only.
enum TPMResponse: Hashable {
    /// The policy's digest is not the object's.
    case policyFail
    /// The private part was not encrypted under this parent, or it is damaged.
    case integrity
    case other

    init(code: UInt32) {
        // The TPM itself, or the resource manager in the kernel or beside it; other layers have numbers of their own.
        let layer = code >> 16 & 0xFF
        guard layer == 0 || layer == 11 || layer == 12, code & 0x80 != 0 else {
            self = .other
            return
        }
        // Format one: six bits of error; the rest says which parameter, handle or session.
        switch code & 0x3F {
        case 0x1D: self = .policyFail
        case 0x1F: self = .integrity
        default: self = .other
        }
    }
}
