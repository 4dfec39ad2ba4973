import LightClient
import Testing

/// Sets with keys whose signatures cannot be checked here.
struct UnsupportedKeyTests {
    private func mixed(_ power: Int64) throws -> TestChain {
        let secp = try Hex.decode("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        return TestChain(
            signers: try TestChain(4).signers, silent: [try Validator(publicKey: .secp256k1(secp), power: power)])
    }

    private func verdict(_ chain: TestChain, _ height: Int64, absent: Set<Int> = []) throws -> Verdict {
        Verifier.verify(
            trusted: try chain.trusted(10), untrusted: try chain.block(height, absent: absent),
            now: try TestChain.time(500), options: try TrustOptions(period: .seconds(1000)))
    }

    @Test func enoughWithoutThem() throws {
        let chain = try mixed(5)
        #expect(try verdict(chain, 11) == .success)
        #expect(try verdict(chain, 12) == .success)
    }

    @Test func explicitErrorWhenTheyAreNeeded() throws {
        // 40 of 90 supported; two thirds are 60.
        let chain = try mixed(50)
        #expect(
            try verdict(chain, 11)
                == .invalid(.unsupportedKeysNeeded(stage: .own, supported: 40, unsupported: 50, needed: 60)))
        // 1/3 of 90 is 30; 20 supported and 50 unsupported signed.
        let places = try chain.set().validators.indices.filter { place in
            try chain.set().validators[place].publicKey.isSupported
        }
        #expect(
            try verdict(chain, 12, absent: Set(places[..<2]))
                == .invalid(.unsupportedKeysNeeded(stage: .trusted, supported: 20, unsupported: 50, needed: 30)))
        // Without their vote it is simply too little.
        let silentPlace = try #require(try chain.set().validators.indices.first { !places.contains($0) })
        #expect(try verdict(chain, 11, absent: [silentPlace]) == .invalid(.insufficientPower(got: 40, needed: 60)))
        #expect(
            try verdict(chain, 12, absent: Set(places[..<2]).union([silentPlace])) == .notEnoughTrust)
    }

    /// The strict check promises that no byte is unread, which it cannot for such a signature.
    @Test func strictCheckRefusesThem() throws {
        let chain = try mixed(5)
        let block = try chain.block(11)
        #expect(
            refusal { try Verifier.verifyAllSignatures(block, chainID: TestChain.id) }
                == .unsupportedSignature(index: 4, keyType: "secp256k1"))
        #expect(throws: Never.self) {
            try Verifier.verifyAllSignatures(try chain.block(11, absent: [4]), chainID: TestChain.id)
        }
    }

    @Test func bisectionGoesOnAroundThem() throws {
        var plan = try Bisection(trusted: 10, target: 20)
        try plan.fetched(height: 20)
        try plan.decide(
            .invalid(.unsupportedKeysNeeded(stage: .trusted, supported: 1, unsupported: 5, needed: 3)))
        #expect(plan.action == .fetch(15))
        try plan.fetched(height: 15)
        let own = LightClientError.unsupportedKeysNeeded(stage: .own, supported: 1, unsupported: 5, needed: 3)
        try plan.decide(.invalid(own))
        #expect(plan.action == .refused(height: 15, reason: own))
    }

    @Test func addressesOfOtherTypes() throws {
        // RIPEMD-160 of SHA-256 of the generator's compressed point, a published value.
        let generator = try Hex.decode("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        #expect(PublicKey.secp256k1(generator).address?.hex == "751E76E8199196D454941C45D1B3A323F1433BD6")
        #expect(PublicKey.secp256k1eth(generator).address == nil)
        let long = [UInt8](repeating: 7, count: 1952)
        #expect(PublicKey.mldsa65(long).address?.bytes == Array(Hash.sha256(long).bytes[..<20]))
        #expect(
            refusal { _ = try Validator(publicKey: .secp256k1eth(generator), power: 1) }
                == .validatorAddressMissing(keyType: "secp256k1eth"))
        let stated = try #require(Address(bytes: [UInt8](repeating: 9, count: 20)))
        #expect(try Validator(publicKey: .secp256k1eth(generator), power: 1, statedAddress: stated).address == stated)
        for (key, expected) in [
            (PublicKey.ed25519([1]), 32), (.secp256k1([1]), 33), (.secp256k1eth([1]), 33), (.mldsa65([1]), 1952),
            (.bls12381([1]), 96),
        ] {
            #expect(
                refusal { try key.checkSize() }
                    == .invalidKey(type: key.typeName, expected: expected, got: 1))
        }
    }

    @Test func hashedItems() throws {
        let secp = try Hex.decode("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        let item = try Validator(publicKey: .secp256k1(secp), power: 10).hashedItem
        #expect(Hex.encode(item) == "0a231221" + Hex.encode(secp) + "100a")
        let key = [UInt8](repeating: 1, count: 32)
        #expect(
            Hex.encode(try Validator(publicKey: .ed25519(key), power: 300).hashedItem)
                == "0a220a20" + Hex.encode(key) + "10ac02")
    }
}
