import LightClient

/// A row of main4-attacks.json: a forged block and the evidence that proves it.
struct RecordedAttack: Decodable {
    let name: String
    let commonHeight: Int
    let trustedHeight: Int
    let evidenceCommonHeight: Int64
    let evidenceHash: String
    let evidenceProtobuf: String
    let byzantine: [String]
    let block: LightBlockDocument

    private enum CodingKeys: String, CodingKey {
        case name
        case commonHeight = "common_height"
        case trustedHeight = "trusted_height"
        case evidenceCommonHeight = "evidence_common_height"
        case evidenceHash = "evidence_hash"
        case evidenceProtobuf = "evidence_proto"
        case byzantine = "byzantine_validators"
        case block = "conflicting_block"
    }
}
