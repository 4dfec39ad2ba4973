import Crypto
import SignedRecords

/// An authority's word that the keys may open while some PCRs have certain values.
///
/// A file `NAME.approval` of two lines, `pcrs 0,2,4,7` and `signature HEX`: an ECDSA signature with SHA-256, in DER, over the
/// 32 bytes of the digest that TPM2_PolicyPCR gives for those values. The values themselves need not be told: the device
/// forms the digest of its own.
struct PCRApproval {
    let pcrs: PCRSet
    let signature: P256.Signing.ECDSASignature

    static let suffix = ".approval"
    static let mostFiles = 256
    private static let mostBytes = 1_024

    init?(text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard lines.count == 2, lines.allSatisfy({ $0.count == 2 }), lines[0][0] == "pcrs", lines[1][0] == "signature"
        else { return nil }
        let indices = lines[0][1].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard let pcrs = PCRSet(indices), let bytes = Hexadecimal.decode(String(lines[1][1])),
            let signature = try? P256.Signing.ECDSASignature(derRepresentation: bytes)
        else { return nil }
        self.pcrs = pcrs
        self.signature = signature
    }

    /// All approvals of a directory, and the names of the files that are none.
    static func read(directory: String) throws(KeyStoreError) -> (approvals: [PCRApproval], unusable: [String]) {
        var approvals: [PCRApproval] = []
        var unusable: [String] = []
        for name in try BoundedFile.names(in: directory).filter({ $0.hasSuffix(suffix) }).prefix(mostFiles) {
            // One bad file must not keep the device from its keys while another fits.
            let bytes = try? BoundedFile.read("\(directory)/\(name)", maximum: mostBytes)
            if let bytes, let approval = PCRApproval(text: String(decoding: bytes, as: UTF8.self)) {
                approvals.append(approval)
            } else {
                unusable.append(name)
            }
        }
        return (approvals, unusable)
    }
}
