import Foundation
import LightClient
import Testing

/// Whatever comes from outside is refused or read, never a crash.
struct HostileInputTests {
    private func messages() throws -> [(name: String, bytes: [UInt8], read: ([UInt8]) throws -> [UInt8])] {
        let block = try Vectors.lightBlock("main4", 30)
        let tree = ReferenceTree.iavl(
            Dictionary(uniqueKeysWithValues: (UInt8(0)..<9).map { ([$0 &* 3 &+ 1], [$0, 1]) }))
        let present = CommitmentProof.existence(try #require(tree.proof(of: [4])))
        let absent = CommitmentProof.nonExistence(tree.absence(of: [5]))
        let ops = ProofOps(ops: [ProofOp(type: "ics23:iavl", key: [4], data: present.protobuf)])
        let merkle = MerkleTree.proofs(of: [[1], [2], [3]]).proofs[1]
        return [
            ("LightBlock", block.protobuf, { try LightBlock(protobuf: $0).protobuf }),
            ("Header", block.header.protobuf, { try Header(protobuf: $0).protobuf }),
            ("Commit", block.signedHeader.commit.protobuf, { try Commit(protobuf: $0).protobuf }),
            ("ValidatorSet", block.validators.protobuf, { try ValidatorSet(protobuf: $0).protobuf }),
            ("presence", present.protobuf, { try CommitmentProof(protobuf: $0).protobuf }),
            ("absence", absent.protobuf, { try CommitmentProof(protobuf: $0).protobuf }),
            ("ProofOps", ops.protobuf, { try ProofOps(protobuf: $0).protobuf }),
            ("MerkleProof", merkle.protobuf, { try MerkleProof(protobuf: $0).protobuf }),
        ]
    }

    /// What is accepted is exactly what was given; what is cut short is only accepted where a field ends.
    @Test func truncatedAndFlippedMessages() throws {
        for (name, bytes, read) in try messages() {
            #expect(try read(bytes) == bytes, "\(name)")
            for count in 0..<bytes.count {
                if let again = try? read(Array(bytes[..<count])) {
                    #expect(again == Array(bytes[..<count]), "\(name) cut to \(count)")
                }
            }
            for bit in 0..<bytes.count * 8 {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                if let again = try? read(flipped) {
                    #expect(again == flipped, "\(name), bit \(bit)")
                }
            }
        }
    }

    @Test func randomMessages() throws {
        var generator = SeededGenerator(seed: 9)
        print("seed 9")
        for (name, bytes, read) in try messages() {
            for _ in 0..<400 {
                let noise = generator.bytes(Int.random(in: 0...60, using: &generator))
                if let again = try? read(noise) { #expect(again == noise, "\(name)") }
                // Noise in the middle of something real.
                var mixed = bytes
                let start = Int.random(in: 0..<bytes.count, using: &generator)
                mixed.replaceSubrange(start..<min(start + 4, bytes.count), with: generator.bytes(3))
                if let again = try? read(mixed) { #expect(again == mixed, "\(name)") }
            }
        }
    }

    /// In a light block without priorities every bit is bound: the strict check finds any flip.
    @Test func everyFlippedBitOfALightBlockIsFound() throws {
        var block = try Vectors.lightBlock("main4", 28)
        block.validators = block.validators.withoutPriorities
        let chainID = block.header.chainID
        let hash = try #require(block.header.hash())
        let bytes = block.protobuf
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LightClientError.self, "bit \(bit)") {
                let block = try LightBlock(protobuf: flipped)
                try Verifier.verifyAllSignatures(block, chainID: chainID)
                guard block.header.hash() == hash else {
                    throw LightClientError.anchorMismatch(expected: hash, got: block.header.hash())
                }
                guard block.validators == block.validators.withoutPriorities else {
                    throw LightClientError.evidence(reason: "a priority")
                }
            }
        }
    }

    @Test func truncatedAndMangledJSON() throws {
        let now = try Timestamp(rfc3339: "2026-11-23T01:36:02.894033067Z")
        let options = try TrustOptions(period: .seconds(86_400))
        let trusted = try TrustedState(try Vectors.lightBlock("main4", 29))
        let text = try RPCJSON.encode(try Vectors.lightBlock("main4", 30))
        #expect(
            Verifier.verify(
                trusted: trusted, untrusted: try RPCJSON.decode(LightBlock.self, from: text), now: now,
                options: options) == .success)
        for count in stride(from: 0, to: text.count, by: 3) {
            #expect(throws: LightClientError.self) {
                try RPCJSON.decode(LightBlock.self, from: Array(text[..<count]))
            }
        }
        var generator = SeededGenerator(seed: 10)
        print("seed 10")
        let alphabet = Array("0123456789abcdefABCDEF\"{}[],:-.nulltrue=+/TZ \\".utf8)
        var read = 0
        for _ in 0..<3000 {
            var mangled = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<mangled.count, using: &generator)
                mangled[place] = alphabet.randomElement(using: &generator) ?? 0
            }
            guard let block = try? RPCJSON.decode(LightBlock.self, from: mangled) else { continue }
            read += 1
            _ = Verifier.verify(trusted: trusted, untrusted: block, now: now, options: options)
        }
        #expect(read > 0)
    }

    @Test func mangledAnswers() throws {
        var generator = SeededGenerator(seed: 12)
        print("seed 12")
        let answers = [
            "proof1/query-ics23-012-00.json", "main4/tx-013-02.json", "main4/commit-020.json",
            "main4/validators-020.json",
        ]
        for path in answers {
            let text = try Vectors.bytes(path)
            for _ in 0..<500 {
                var mangled = text
                let place = Int.random(in: 0..<mangled.count, using: &generator)
                mangled[place] = UInt8.random(in: 0x20...0x7e, using: &generator)
                _ = try? RPCJSON.decode(ABCIQueryDocument.self, from: mangled)
                _ = try? RPCJSON.decode(RPCReply<TransactionReply>.self, from: mangled)
                _ = try? RPCJSON.decode(RPCReply<CommitResult>.self, from: mangled)
                _ = try? RPCJSON.decode(RPCReply<ValidatorsResult>.self, from: mangled)
            }
        }
    }

    /// Every error has words of its own.
    @Test func errorsSpeak() {
        let some: [LightClientError] = [
            .malformedProtobuf(message: "m", offset: 1, reason: "r"), .malformedJSON(offset: 1, reason: "r"),
            .unexpectedJSON(path: "", reason: "r"), .malformedText(kind: "k", text: "t", reason: "r"),
            .invalidHeader(field: "f", reason: "r"), .invalidCommit(field: "f", reason: "r"),
            .invalidCommitSignature(index: 1, reason: "r"), .wrongChain(expected: "a", got: "b"),
            .commitHeightMismatch(header: 1, commit: 2), .commitForAnotherBlock(header: .sha256([]), commit: nil),
            .emptyValidatorSet, .powerOverCap(limit: 1), .validatorAddressMissing(keyType: "k"),
            .unsupportedKeyType("k"), .invalidKey(type: "t", expected: 1, got: 2),
            .invalidOption(name: "n", reason: "r"), .heightNotHigher(trusted: 2, untrusted: 1),
            .timeNotLater(trusted: .unixEpoch, untrusted: .unixEpoch),
            .timeInFuture(untrusted: .unixEpoch, now: .unixEpoch),
            .validatorsHashMismatch(header: nil, computed: .sha256([])),
            .nextValidatorsHashMismatch(header: nil, computed: nil),
            .signatureCountMismatch(validators: 1, signatures: 2), .wrongSignature(index: 1),
            .insufficientPower(got: 1, needed: 2),
            .unsupportedKeysNeeded(stage: .own, supported: 1, unsupported: 2, needed: 3),
            .unsupportedSignature(index: 1, keyType: "k"), .notThePredecessor(older: nil, named: nil),
            .anchorMismatch(expected: .sha256([]), got: nil), .bisection(reason: "r"), .evidence(reason: "r"),
            .merkleProof(reason: "r"), .stateProof(reason: "r"), .proofOperator(index: 1, reason: "r"),
        ]
        for error in some {
            #expect(!error.description.isEmpty && error.description != "refused", "\(error)")
            #expect(!error.description.contains("\n"))
        }
        #expect(Set(some.map(\.description)).count == some.count)
    }
}
