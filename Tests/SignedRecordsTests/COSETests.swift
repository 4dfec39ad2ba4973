import Crypto
import SignedRecords
import Testing

/// COSE_Sign1: one form, one signature domain.
struct COSETests {
    let key: Curve25519.Signing.PrivateKey
    let aad: [UInt8]

    init() throws {
        // RFC 8032 section 7.1, test 1.
        let secret = try #require(
            Hexadecimal.decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: secret)
        aad = SigningContext.record.additionalData(ledger: try LedgerChainID("c"))
    }

    var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    @Test func rfc8032KeyAndDeterminism() throws {
        #expect(
            Hexadecimal.encode(publicKey) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let signature = try #require(
            Hexadecimal.decode(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                    + "d25bf5f0595bbe24655141438e7a100b"))
        #expect(key.publicKey.isValidSignature(signature, for: [UInt8]()))
        let first = try COSESign1.sign(payload: [1], aad: aad, key: key)
        let second = try COSESign1.sign(payload: [1], aad: aad, key: key)
        #expect(first.message == second.message)
    }

    @Test func layoutIsFixed() throws {
        let message = try COSESign1.sign(payload: [0xAA], aad: aad, key: key).message
        #expect(Hexadecimal.encode(message.prefix(9)) == "d28443a10127a041aa")
        #expect(Hexadecimal.encode(message[9..<11]) == "5840")
        #expect(message.count == 75)
        #expect(Hexadecimal.encode(aad) == "826163717761747473" + "65616c2d7265636f72642f31")
        #expect(
            Hexadecimal.encode(COSESign1.signedBytes(payload: [0xAA], aad: []))
                == "846a5369676e61747572653143a101274041aa")
    }

    @Test func roundTripAndRefusals() throws {
        let signed = try COSESign1.sign(payload: [UInt8](0..<200), aad: aad, key: key)
        let decoded = try COSESign1.decode(signed.message)
        #expect(decoded == signed)
        try decoded.verify(publicKey: publicKey, aad: aad)
        let otherLedger = SigningContext.record.additionalData(ledger: try LedgerChainID("d"))
        let otherContext = SigningContext.transaction.additionalData(ledger: try LedgerChainID("c"))
        #expect(throws: COSEError.signatureMismatch) { try decoded.verify(publicKey: publicKey, aad: otherLedger) }
        #expect(throws: COSEError.signatureMismatch) { try decoded.verify(publicKey: publicKey, aad: otherContext) }
        #expect(throws: COSEError.tooLong(limit: 10, found: signed.message.count)) {
            try COSESign1.decode(signed.message, maximumBytes: 10)
        }
        #expect(throws: COSEError.part(.malformed(.trailingBytes, offset: signed.message.count))) {
            try COSESign1.decode(signed.message + [0])
        }
    }

    @Test func everyBitFlipAndTruncationIsRefused() throws {
        let signed = try COSESign1.sign(payload: [UInt8](0..<40), aad: aad, key: key)
        for bit in 0..<signed.message.count * 8 {
            var flipped = signed.message
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: COSEError.self) {
                try COSESign1.decode(flipped).verify(publicKey: publicKey, aad: aad)
            }
        }
        for count in 0..<signed.message.count {
            #expect(throws: COSEError.self) { try COSESign1.decode(Array(signed.message[..<count])) }
        }
    }

    @Test func refusesOtherHeaders() throws {
        let signed = try COSESign1.sign(payload: [1], aad: aad, key: key).message
        var algorithm = signed
        algorithm[5] = 0x26
        #expect(throws: COSEError.wrongProtectedHeader) { try COSESign1.decode(algorithm) }
        let unprotected = Array(signed[..<6]) + [0xA1, 0x04, 0x41, 0x31] + Array(signed[7...])
        #expect(throws: COSEError.unprotectedHeaderNotEmpty) { try COSESign1.decode(unprotected) }
        #expect(throws: COSEError.notSign1(offset: 0)) { try COSESign1.decode(Array(signed.dropFirst())) }
        #expect(throws: COSEError.notSign1(offset: 0)) { try COSESign1.decode([]) }
    }

    /// Under a key of small order a signature verifies for nearly every message; such keys are refused, with either sign.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func refusesSmallOrderKeys(hex: String) throws {
        let bytes = try #require(Hexadecimal.decode(hex))
        #expect(throws: COSEError.invalidKey) { try COSESign1.publicKey(bytes) }
    }

    /// S + L is another encoding of the same signature (RFC 8032 section 5.1.7 requires S < L).
    @Test func refusesMalleatedSignature() throws {
        let signed = try COSESign1.sign(payload: [1], aad: aad, key: key)
        let order = try #require(
            Hexadecimal.decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
        var signature = signed.signature
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
        let forged = COSESign1(payload: signed.payload, signature: signature)
        #expect(throws: COSEError.signatureMismatch) { try forged.verify(publicKey: publicKey, aad: aad) }
    }
}
