import Foundation
import LightClient
import Testing

struct AttackEvidenceTests {
    /// Evidence that full nodes accepted.
    @Test func generatedAttacks() throws {
        let path = "generated/main4-attacks.json"
        let attacks = try Vectors.table([RecordedAttack].self, path)
        let raw = try #require(
            try JSONSerialization.jsonObject(with: Data(try Vectors.bytes(path))) as? [NSDictionary])
        #expect(attacks.count == 2)
        for (attack, row) in zip(attacks, raw) {
            let evidence = try AttackEvidence(
                conflicting: try attack.block.lightBlock(),
                trusted: try Vectors.lightBlock("main4", attack.trustedHeight),
                common: try Vectors.lightBlock("main4", attack.commonHeight))
            #expect(evidence.kind == .lunatic)
            #expect(evidence.commonHeight == attack.evidenceCommonHeight)
            #expect(evidence.byzantine.map(\.address.hex) == attack.byzantine)
            #expect(Hex.encode(evidence.protobuf) == attack.evidenceProtobuf, "\(attack.name)")
            #expect(try evidence.hash().hex == attack.evidenceHash)
            let written = try JSONSerialization.jsonObject(with: Data(try RPCJSON.encode(evidence)))
            #expect(written as? NSDictionary == row["evidence_json"] as? NSDictionary)
        }
    }

    @Test func equivocationAndAmnesia() throws {
        let chain = try TestChain(4) { Int64($0 % 2) + 1 }
        let common = try chain.block(9)
        let trusted = try chain.block(10, absent: [1])
        let other = try chain.block(10, refusing: [2]) { $0.dataHash = .sha256([1]) }
        let equivocation = try AttackEvidence(conflicting: other, trusted: trusted, common: common)
        #expect(equivocation.kind == .equivocation)
        #expect(equivocation.commonHeight == 10)
        #expect(equivocation.timestamp == trusted.header.time)
        #expect(equivocation.totalPower == 6)
        let members = try chain.set().validators
        // Place 1 is missing from the one commit, place 2 from the other.
        #expect(equivocation.byzantine == [members[0], members[3]])
        var header = other.header
        header.dataHash = .sha256([2])
        let later = LightBlock(
            signedHeader: SignedHeader(header: header, commit: try chain.commit(header, round: 1)),
            validators: other.validators)
        let amnesia = try AttackEvidence(conflicting: later, trusted: trusted, common: common)
        #expect(amnesia.kind == .amnesia)
        #expect(amnesia.byzantine.isEmpty)
        #expect(
            String(decoding: try RPCJSON.encode(amnesia), as: UTF8.self).contains("\"ByzantineValidators\":null"))
    }

    @Test func eachDerivedFieldMakesALunatic() throws {
        let chain = try TestChain(4)
        let common = try chain.block(9)
        let trusted = try chain.block(10)
        let changes: [(inout Header) -> Void] = [
            { $0.nextValidatorsHash = .sha256([1]) }, { $0.consensusHash = .sha256([1]) }, { $0.appHash = [9] },
            { $0.lastResultsHash = .sha256([1]) }, { $0.validatorsHash = .sha256([1]) },
        ]
        for change in changes {
            let lie = try chain.block(10, absent: [0], change: change)
            let evidence = try AttackEvidence(conflicting: lie, trusted: trusted, common: common)
            #expect(evidence.kind == .lunatic)
            #expect(evidence.commonHeight == 9)
            #expect(evidence.byzantine == Array(try chain.set().validators.dropFirst()))
        }
    }

    @Test func blocksThatProveNothing() throws {
        let chain = try TestChain(4)
        let common = try chain.block(9)
        let trusted = try chain.block(10)
        #expect(throws: LightClientError.self) {
            try AttackEvidence(conflicting: trusted, trusted: trusted, common: common)
        }
        let lie = try chain.block(11) { $0.appHash = [1] }
        #expect(throws: LightClientError.self) {
            try AttackEvidence(conflicting: lie, trusted: trusted, common: common)
        }
        let same = try chain.block(10) { $0.appHash = [1] }
        #expect(throws: LightClientError.self) {
            try AttackEvidence(conflicting: same, trusted: trusted, common: trusted)
        }
    }
}
