import Foundation
import RecordSamples
import SignedRecords
import Testing

@testable import DeviceKeys

/// The signer's wire: every message has one form, and nothing else gets through.
struct SignerWireTests {
    private static func requests() throws -> [SignerRequest] {
        let device = try SampleDevice()
        let record = device.next(.device, .event(.faultLatched(FaultLatched(code: 7))))
        return [
            .hello, .sign(record, ledger: device.ledger, durableHead: 3), .pending(chain: .connector(4)),
            .crossSignature, .signOCMF(payload: Array("{\"FV\":\"1.3\"}".utf8)),
            .prepareKeyChange(device: device.device, sequence: .max, previous: RecordHash(hashing: [1])),
            .activate(epoch: .max), .discardRetiredKeys,
            .provePossession(product: "Box", serial: "ü", nonce: [UInt8](0..<64)), .destroyKeys,
            .signPossession(device: device.device, nonce: [UInt8](0..<16)),
            .signDiagnostics(
                device: device.device, time: UTCMilliseconds(1_800_000_000_000), manifest: ContentHash(hashing: [2])),
        ]
    }

    private static func replies() throws -> [SignerReply] {
        let device = try SampleDevice()
        let keys = device.publicKeys
        let errors: [KeyStoreError] = [
            .tooManyPending(chain: .connector(1), limit: 8),
            .alreadyDurable(chain: .device, sequence: .max, durableHead: .max),
            .skipped(chain: .connector(2), expected: 4, found: 6), .conflicting(chain: .connector(3), sequence: 9),
            .durableHead(chain: .device, known: 5, told: 4), .wrongEpoch(expected: 1, found: 2),
            .wrongPrevious(chain: .device, sequence: 8), .foreignKeys(chain: .device, sequence: 1), .noSuchEpoch(3),
            .keysDestroyed, .notOCMF, .signingFailed, .signerBusy, .signerTaken, .refused("a word"),
        ]
        return [
            .keys(SignerKeys(publicKeys: keys, epoch: 2, protection: "software", madeKeys: true)),
            .messages([]), .messages([device.genesis.message, [1]]), .signature([UInt8](0..<64)),
            .keyChange(
                KeyChange(
                    newEpoch: 2, ed25519PublicKey: keys.ed25519, p256PublicKey: keys.p256,
                    p256Signature: [UInt8](repeating: 1, count: 64), newKeySignature: [UInt8](repeating: 2, count: 64))),
            .done,
        ] + errors.map { .refused($0) }
    }

    @Test func everyMessageComesBack() throws {
        for (index, request) in try Self.requests().enumerated() {
            let packet = request.encode(number: UInt64(index))
            #expect(packet.count <= SignerWire.maximumRequestBytes)
            let (number, decoded) = try SignerRequest.decode(packet)
            #expect(number == UInt64(index))
            #expect(decoded == request)
        }
        for reply in try Self.replies() {
            let (number, decoded) = try SignerReply.decode(reply.encode(number: 77))
            #expect(number == 77)
            // A refusal without a case of its own comes as words, once around.
            if case .refused(.refused) = reply {
                #expect(decoded == .refused(.refused("the signer refuses: a word")))
            } else {
                #expect(decoded == reply)
            }
        }
    }

    /// The fullest messages fit their packets.
    @Test func theLongestMessagesFit() throws {
        let long = SignerRequest.signOCMF(payload: [UInt8](repeating: 0x20, count: SignerWire.maximumPayloadBytes))
        #expect(long.encode(number: .max).count <= SignerWire.maximumRequestBytes)
        let message = [UInt8](repeating: 0, count: Record.maximumMessageBytes)
        let reply = SignerReply.messages(Array(repeating: message, count: PendingRecords.limit))
        #expect(reply.encode(number: .max).count <= SignerWire.maximumReplyBytes)
        let words = SignerReply.refused(.damaged(path: String(repeating: "ü\n", count: 2_000), what: ""))
        #expect(throws: Never.self) { try SignerReply.decode(words.encode(number: 1)) }
    }

    @Test func whatNoSignerKnowsIsRefused() throws {
        func refused(_ fields: [(UInt64, CBOR?)]) {
            #expect(throws: RecordError.self) { try SignerRequest.decode(CBOR.fields(fields).encode()) }
        }
        let good: [(UInt64, CBOR?)] = [
            (1, .unsigned(1)), (2, .unsigned(9)), (3, .unsigned(1)), (4, CBOR.fields([])),
        ]
        #expect(throws: Never.self) { try SignerRequest.decode(CBOR.fields(good).encode()) }
        refused(good + [(5, .null)])
        refused(Array(good.dropLast()))
        for (index, wrong) in [(0, CBOR.unsigned(2)), (2, .unsigned(0)), (2, .unsigned(11)), (2, .text("sign"))] {
            var fields = good
            fields[index].1 = wrong
            refused(fields)
        }
        var extra = good
        extra[3].1 = CBOR.fields([(1, .unsigned(1))])
        refused(extra)
        let payload: [(UInt64, CBOR?)] = [(1, .bytes([UInt8](repeating: 0x7B, count: 8_193)))]
        refused([good[0], good[1], (3, .unsigned(5)), (4, CBOR.fields(payload))])
        // Bytes that are no record are none here either: nothing but records gets into a Sig_structure.
        let text: [(UInt64, CBOR?)] = [(1, .bytes([0xA0])), (2, .text("l")), (3, .unsigned(0))]
        refused([good[0], good[1], (3, .unsigned(2)), (4, CBOR.fields(text))])
        #expect(throws: RecordError.self) { try SignerRequest.decode([]) }
    }

    /// Damaged and random packets: refused, or the one form of what they say.
    @Test func fuzz() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let packets =
            try Self.requests().map { $0.encode(number: 3) } + Self.replies().map { $0.encode(number: 3) }
        var taken = 0
        for round in 0..<20_000 {
            var packet = packets[Int.random(in: packets.indices, using: &random)]
            switch round % 4 {
            case 0: packet[Int.random(in: packet.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            case 1: packet.removeLast(Int.random(in: 1...packet.count, using: &random))
            case 2:
                packet.insert(
                    UInt8.random(in: 0...255, using: &random), at: Int.random(in: 0...packet.count, using: &random))
            default:
                packet = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            if let (number, request) = try? SignerRequest.decode(packet) {
                taken += 1
                #expect(request.encode(number: number) == packet, "seed \(seed), round \(round)")
            }
            if let (number, reply) = try? SignerReply.decode(packet) {
                taken += 1
                if case .refused = reply { continue }
                #expect(reply.encode(number: number) == packet, "seed \(seed), round \(round)")
            }
        }
        #expect(taken > 0, "seed \(seed)")
    }

    @Test func theRateHolds() {
        var rate = RequestRate(now: 1_000)
        func taken(_ now: Int64, of count: Int64 = 1) -> Int64 {
            var taken: Int64 = 0
            for _ in 0..<count where rate.take(now: now) { taken += 1 }
            return taken
        }
        let capacity = RequestRate.capacity
        #expect(taken(1_000, of: capacity + 5) == capacity)
        let one = 1_000_000_000 / RequestRate.perSecond
        #expect(taken(1_000 + one - 1) == 0)
        #expect(taken(1_000 + one, of: 2) == 1)
        // A clock that seems to go back gives nothing; a long silence fills the bucket once.
        #expect(taken(0) == 0)
        #expect(taken(.max, of: capacity + 5) == capacity)
    }
}
