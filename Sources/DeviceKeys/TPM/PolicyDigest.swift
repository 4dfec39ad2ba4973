import Crypto

/// The digest that a TPM forms while it runs a policy (TPM 2.0 Library part 3, chapter 23; SHA-256).
///
/// Computed here so that keys can be sealed for PCR values that are not the present ones, and an approval be found without
/// a session for each.
struct PolicyDigest: Hashable, Sendable {
    private(set) var bytes = [UInt8](repeating: 0, count: 32)

    /// TPM2_PolicyPCR; the values by rising number of their PCR.
    mutating func extend(pcrs: PCRSet, values: [[UInt8]]) {
        let digest = Array(SHA256.hash(data: values.flatMap { $0 }))
        bytes = Array(SHA256.hash(data: bytes + [0, 0, 0x01, 0x7F] + pcrs.encoded + digest))
    }

    /// TPM2_PolicyAuthorize without a reference: all before is replaced by the authority's name.
    mutating func replace(authority name: [UInt8]) {
        let zeros = [UInt8](repeating: 0, count: 32)
        bytes = Array(SHA256.hash(data: Array(SHA256.hash(data: zeros + [0, 0, 0x01, 0x6A] + name))))
    }
}
