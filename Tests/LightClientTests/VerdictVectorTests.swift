import Foundation
import LightClient
import Testing

/// Verdicts of the Go light client over the recorded chain.
struct VerdictVectorTests {
    private static let hour: Duration = .seconds(3600)

    private struct Verdicts: Decodable {
        let now: Timestamp
        let oneThird: [String]
        let twoThirds: [String]
        let all: [String]

        private enum CodingKeys: String, CodingKey {
            case now
            case oneThird = "level_1_3_validators_at_i"
            case twoThirds = "level_2_3_validators_at_i"
            case all = "level_1_1_validators_at_i"
        }
    }

    @Test func everyPairOfHeightsAtThreeLevels() throws {
        let verdicts = try Vectors.table(Verdicts.self, "generated/main4-verdicts.json")
        let blocks = try (1...40).map { try Vectors.lightBlock("main4", $0) }
        let states = try blocks.map { try TrustedState($0) }
        let tables = [
            (try TrustLevel(1, 3), verdicts.oneThird), (try TrustLevel(2, 3), verdicts.twoThirds),
            (try TrustLevel(1, 1), verdicts.all),
        ]
        var pairs = 0
        for (level, table) in tables {
            let options = try TrustOptions(period: Self.hour * 24, trustLevel: level)
            #expect(table.count == 39)
            for (row, line) in table.enumerated() {
                for (column, expected) in line.enumerated() {
                    let verdict = Verifier.verify(
                        trusted: states[row], untrusted: blocks[row + 1 + column], now: verdicts.now,
                        options: options)
                    #expect(
                        Self.letter(verdict) == expected, "\(level) \(row + 1) to \(row + 2 + column): \(verdict)")
                    pairs += 1
                }
            }
        }
        #expect(pairs == 3 * 780)
    }

    static func letter(_ verdict: Verdict) -> Character {
        switch verdict {
        case .success: return "S"
        case .notEnoughTrust: return "N"
        case .expired: return "E"
        case .invalid: return "I"
        }
    }

    private struct EdgeCase: Decodable {
        let name: String
        let from52: String
        let from59: String
        let block: LightBlockDocument

        private enum CodingKeys: String, CodingKey {
            case name
            case from52 = "from_52"
            case from59 = "from_59"
            case block = "light_block"
        }
    }

    @Test func tamperedCommits() throws {
        let rows = try Vectors.table([EdgeCase].self, "generated/main4-commit-edge-cases.json")
        #expect(rows.count == 10)
        let now = try Timestamp(rfc3339: "2026-11-23T01:36:02.894033067Z")
        let options = try TrustOptions(period: Self.hour * 24)
        for row in rows {
            for (height, expected) in [(52, row.from52), (59, row.from59)] {
                let verdict = Verifier.verify(
                    trusted: try TrustedState(try Vectors.lightBlock("main4", height)),
                    untrusted: try row.block.lightBlock(), now: now, options: options)
                #expect(String(Self.letter(verdict)) == expected, "\(row.name) from \(height): \(verdict)")
            }
            // Whatever was tampered with, the strict check finds it, the signature beyond the threshold too.
            let untouched = row.name == "unchanged" || row.name == "one signature made absent"
            let found = refusal {
                try Verifier.verifyAllSignatures(try row.block.lightBlock(), chainID: "ev-ledger-4")
            }
            #expect((found == nil) == untouched, "\(row.name): \(String(describing: found))")
        }
    }

    @Test func reasonsOfTamperedCommits() throws {
        let rows = try Vectors.table([EdgeCase].self, "generated/main4-commit-edge-cases.json")
        let now = try Timestamp(rfc3339: "2026-11-23T01:36:02.894033067Z")
        let options = try TrustOptions(period: Self.hour * 24)
        func verdict(_ name: String, from height: Int) throws -> Verdict {
            let row = try #require(rows.first { $0.name == name })
            return Verifier.verify(
                trusted: try TrustedState(try Vectors.lightBlock("main4", height)),
                untrusted: try row.block.lightBlock(), now: now, options: options)
        }
        #expect(try verdict("first signature corrupted", from: 52) == .invalid(.wrongSignature(index: 0)))
        #expect(
            try verdict("two signatures made absent", from: 52)
                == .invalid(.insufficientPower(got: 200, needed: 282)))
        #expect(
            try verdict("commit signatures truncated by one", from: 59)
                == .invalid(.signatureCountMismatch(validators: 16, signatures: 15)))
        #expect(
            try verdict("commit height changed", from: 59)
                == .invalid(.commitHeightMismatch(header: 60, commit: 61)))
        let mismatch = LightClientError.signerMismatch(
            index: 1, expected: try Address(hex: "6910EEA01D94D510264593E318F0A25A44215A83"),
            got: try Address(hex: "3294CE51B3C084CABCB57D454E59BCB29A2E835C"))
        #expect(try verdict("signature 1 duplicates signature 0", from: 59) == .invalid(mismatch))
        guard case .invalid(.doubleVote(_, 0, 1)) = try verdict("signature 1 duplicates signature 0", from: 52) else {
            Issue.record("expected a double vote")
            return
        }
    }

    private struct Attack: Decodable {
        let name: String
        let commonHeight: Int
        let verdict: String
        let block: LightBlockDocument

        private enum CodingKeys: String, CodingKey {
            case name
            case commonHeight = "common_height"
            case verdict = "light_verify_from_common"
            case block = "conflicting_block"
        }
    }

    /// A light client alone cannot tell these from the truth: only witnesses can.
    @Test func forgedBlocksVerifyFromTheCommonHeight() throws {
        let attacks = try Vectors.table([Attack].self, "generated/main4-attacks.json")
        #expect(attacks.count >= 2)
        let now = try Timestamp(rfc3339: "2026-11-23T01:36:02.894033067Z")
        for attack in attacks {
            let verdict = Verifier.verify(
                trusted: try TrustedState(try Vectors.lightBlock("main4", attack.commonHeight)),
                untrusted: try attack.block.lightBlock(), now: now, options: try TrustOptions(period: Self.hour * 24))
            #expect(String(Self.letter(verdict)) == attack.verdict, "\(attack.name): \(verdict)")
        }
    }
}
