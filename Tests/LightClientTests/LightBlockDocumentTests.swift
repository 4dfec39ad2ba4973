import Foundation
import LightClient
import Testing

/// The files of one verification step on the command line.
struct LightBlockDocumentTests {
    private let chain: TestChain
    private let options: TrustOptions

    init() throws {
        chain = try TestChain(4) { Int64($0) + 1 }
        options = try TrustOptions(period: .seconds(1000))
    }

    private func json(_ value: some Encodable) throws -> String {
        String(decoding: try RPCJSON.encode(value), as: UTF8.self)
    }

    /// A document with the lists given under the names given.
    private func document(_ block: LightBlock, _ lists: [(String, String)]) throws -> LightBlockDocument {
        var text = #"{"signed_header":\#(try json(block.signedHeader))"#
        for (name, list) in lists { text += #","\#(name)":\#(list)"# }
        return try RPCJSON.decode(LightBlockDocument.self, from: Array((text + "}").utf8))
    }

    private func list(_ set: ValidatorSet) throws -> String { try json(set.validators) }

    private func verdict(_ trusted: LightBlockDocument, _ untrusted: LightBlockDocument, at second: Int64 = 500) throws
        -> Verdict
    {
        Verifier.verify(trusted: trusted, untrusted: untrusted, now: try TestChain.time(second), options: options)
    }

    @Test func listsInAnyOrderAndEitherPlace() throws {
        let block = try chain.block(12)
        let trusted = try document(try chain.block(10), [("validators", list(chain.set()))])
        let set = try chain.set()
        let turned = try json(Array(set.validators.reversed()))
        for lists in [
            [("validators", try list(set))], [("validators", turned)],
            [("validator_set", "{\"validators\":\(turned)}")],
            [("validators", "null"), ("validator_set", "{\"validators\":\(turned),\"proposer\":null}")],
            [("validators", turned), ("next_validators", "null")],
            [("validators", turned), ("next_validators", turned)],
        ] {
            #expect(try verdict(trusted, document(block, lists)) == .success)
        }
        for lists in [
            [], [("validators", "null")], [("validators", "[]")],
            [("next_validators", turned)],
        ] as [[(String, String)]] {
            guard case .invalid = try verdict(trusted, document(block, lists)) else {
                Issue.record("\(lists.map(\.0)) was accepted")
                return
            }
        }
        #expect(throws: LightClientError.self) {
            try document(block, [("validators", turned), ("validator_set", "{\"validators\":\(turned)}")])
        }
    }

    /// `next_validators` of the trusted block, when given, is the set whose overlap counts.
    @Test func trustedNextValidators() throws {
        let others = try TestChain(4, prefix: "other")
        let announcing = try chain.block(10, next: others.set())
        let untrusted = try document(try others.block(20), [("validators", list(others.set()))])
        let own = try list(chain.set())
        let next = try list(others.set())
        #expect(try verdict(document(announcing, [("validators", own)]), untrusted) == .notEnoughTrust)
        #expect(
            try verdict(document(announcing, [("validators", own), ("next_validators", next)]), untrusted) == .success)
        #expect(try verdict(document(announcing, [("next_validators", next)]), untrusted) == .success)
        // It must be the set that the header names.
        guard
            case .invalid(.nextValidatorsHashMismatch) = try verdict(
                document(announcing, [("validators", own), ("next_validators", own)]), untrusted)
        else {
            Issue.record("an unnamed next set was accepted")
            return
        }
        guard
            case .invalid(.validatorsHashMismatch) = try verdict(
                document(announcing, [("validators", next)]), untrusted)
        else {
            Issue.record("an unnamed set was accepted")
            return
        }
        // The header's next_validators_hash alone serves an adjacent step.
        let adjacent = try document(try others.block(11), [("validators", list(others.set()))])
        #expect(try verdict(document(announcing, [("validators", own)]), adjacent) == .success)
    }

    @Test func orderOfFaults() throws {
        let good = try document(try chain.block(10), [("validators", list(chain.set()))])
        let empty = try document(try chain.block(11), [])
        // Expiry comes before faults of the untrusted file.
        #expect(try verdict(good, empty, at: 5000) == .expired)
        guard case .invalid = try verdict(empty, good, at: 5000) else {
            Issue.record("a trusted file without validators was accepted")
            return
        }
    }

    @Test func faultyValidators() throws {
        let trusted = try document(try chain.block(10), [("validators", list(chain.set()))])
        let text = try list(chain.set())
        let address = try chain.set().validators[0].address.hex
        let wrong = text.replacing(address, with: String(repeating: "AB", count: 20))
        guard
            case .invalid(.validatorAddressMismatch) = try verdict(
                trusted, document(try chain.block(11), [("validators", wrong)]))
        else {
            Issue.record("a wrong address was accepted")
            return
        }
        let negative = text.replacing("\"voting_power\":\"4\"", with: "\"voting_power\":\"-4\"")
        guard
            case .invalid(.negativePower) = try verdict(
                trusted, document(try chain.block(11), [("validators", negative)]))
        else {
            Issue.record("a negative power was accepted")
            return
        }
        // Priorities are in no hash.
        let priorities = text.replacing("\"proposer_priority\":\"0\"", with: "\"proposer_priority\":null")
        #expect(try verdict(trusted, document(try chain.block(11), [("validators", priorities)])) == .success)
    }

    @Test func verdictWords() {
        #expect(Verdict.success.description == "success")
        #expect(Verdict.notEnoughTrust.description == "not-enough-trust")
        #expect(Verdict.expired.description == "expired")
        #expect(
            Verdict.invalid(.insufficientPower(got: 1, needed: 2)).description
                == "invalid: insufficient voting power: got 1, needed more than 2")
    }
}
