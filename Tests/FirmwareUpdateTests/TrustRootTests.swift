import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("Roots")
struct TrustRootTests {
    /// A root of these root keys and release keys.
    private func root(
        _ version: UInt32, root rootKeys: [UInt8] = [1, 2, 3], threshold: Int = 2, release: [UInt8] = [10]
    ) throws -> TrustRoot {
        try TrustRoot(
            version: version, expires: UTCMilliseconds(1_800_000_000_000), technicianEpoch: 4,
            roles: [
                .root: (threshold: threshold, publicKeys: try rootKeys.map { try Release.publicKey($0) }),
                .release: (threshold: 1, publicKeys: try release.map { try Release.publicKey($0) }),
                .technicianAuthority: (threshold: 1, publicKeys: [try Release.publicKey(20)]),
            ])
    }

    private func signed(_ root: TrustRoot, by keys: [UInt8]) throws -> SignedRoot {
        try keys.reduce(SignedRoot(root)) { try $0.signed(by: try Release.key($1)) }
    }

    private func fault(_ body: () throws(FirmwareUpdateError) -> Void) -> RootFault? {
        guard case .root(let fault)? = refusal(body) else { return nil }
        return fault
    }

    @Test("read back what was written, and name the keys of each role")
    func roundTrip() throws {
        let made = try signed(try root(1), by: [1, 2])
        let read = try SignedRoot(decoding: made.encoded())
        #expect(read == made)
        #expect(try read.root.keys(of: .technicianAuthority).threshold == 1)
        #expect(throws: FirmwareUpdateError.root(.roleNotFilled(version: 1, role: "enrol"))) {
            try read.root.keys(of: .enrolment)
        }
        try read.checkOwn()
    }

    @Test("every flipped bit is refused, or leaves a root that its own keys did not sign")
    func flips() throws {
        let bytes = try signed(try root(1), by: [1, 2]).encoded()
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            #expect(throws: FirmwareUpdateError.self, "byte \(place)") {
                try SignedRoot(decoding: changed).checkOwn()
            }
        }
        for count in bytes.indices {
            #expect(throws: FirmwareUpdateError.self) { try SignedRoot(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: FirmwareUpdateError.self) { try SignedRoot(decoding: bytes + [0]) }
    }

    @Test("the next root needs a threshold of both roots, one version on")
    func chain() throws {
        let first = try signed(try root(1), by: [1, 2])
        let next = try root(2, root: [2, 3, 4])
        try first.check(next: try signed(next, by: [2, 3]))
        try first.check(next: try signed(next, by: [1, 2, 4]))
        // A threshold of one of the two roots is not enough.
        #expect(
            fault { () throws(FirmwareUpdateError) in try first.check(next: try! signed(next, by: [3, 4])) }
                == .notSigned(version: 2, by: 1, .tooFew(expected: 2, found: 1)))
        #expect(
            fault { () throws(FirmwareUpdateError) in try first.check(next: try! signed(next, by: [1, 2])) }
                == .notSigned(version: 2, by: 2, .tooFew(expected: 2, found: 1)))
        for version: UInt32 in [1, 3] {
            let other = try signed(try root(version, root: [1, 2, 3]), by: [1, 2])
            #expect(
                fault { () throws(FirmwareUpdateError) in try first.check(next: other) }
                    == .version(expected: 2, found: version))
        }
        // Release keys make no roots.
        #expect(
            fault { () throws(FirmwareUpdateError) in try first.check(next: try! signed(next, by: [10, 20])) } != nil)
    }

    @Test("a key counts once, however often its signature stands there")
    func once() throws {
        let keys = try root(1).keys(of: .root)
        let message = [UInt8](repeating: 7, count: 9)
        let one = try KeySignature.made(by: try Release.key(1), over: message)
        #expect(throws: FirmwareUpdateError.tooFewSignatures(expected: 2, found: 1)) {
            try keys.check([one, one], over: message)
        }
        let bytes = try SignedRoot(root(1)).signed(by: try Release.key(1))
        let twice = CBOR.array([
            .bytes(bytes.root.encoded()),
            .array((0..<2).map { _ in .array([.bytes(one.keyID), .bytes(one.signature)]) }),
        ]).encode()
        #expect(
            fault { () throws(FirmwareUpdateError) in _ = try SignedRoot(decoding: twice) }
                == .field("signatures", expected: "each key once, in ascending order"))
    }

    @Test("a known key's signature that does not fit refuses, however many others fit")
    func unfit() throws {
        let root = try root(1)
        let good = try signed(root, by: [1, 2])
        var entries = good.signatures.map { CBOR.array([.bytes($0.keyID), .bytes($0.signature)]) }
        let third = RoleKeys.id(of: try Release.publicKey(3))
        entries.append(.array([.bytes(third), .bytes([UInt8](repeating: 1, count: 64))]))
        entries.sort {
            ($0.arrayValue?[0].bytesValue ?? []).lexicographicallyPrecedes($1.arrayValue?[0].bytesValue ?? [])
        }
        let read = try SignedRoot(decoding: CBOR.array([.bytes(root.encoded()), .array(entries)]).encode())
        #expect(
            fault { () throws(FirmwareUpdateError) in try read.checkOwn() }
                == .notSigned(version: 1, by: 1, .unfit(keyID: Hexadecimal.encode(third))))
    }

    @Test("no root without a root role, a release role, or with what no root has")
    func bounds() throws {
        let key = try Release.publicKey(1)
        func make(_ roles: [TrustRole: (threshold: Int, publicKeys: [[UInt8]])], version: UInt32 = 1) -> Bool {
            (try? TrustRoot(
                version: version, expires: UTCMilliseconds(0), technicianEpoch: 0, roles: roles)) != nil
        }
        let role = (threshold: 1, publicKeys: [key])
        #expect(make([.root: role, .release: role]))
        #expect(!make([.root: role]))
        #expect(!make([.release: role]))
        #expect(!make([.root: role, .release: role], version: 0))
        #expect(!make([.root: (threshold: 2, publicKeys: [key]), .release: role]))
        #expect(!make([.root: (threshold: 0, publicKeys: [key]), .release: role]))
        #expect(!make([.root: (threshold: 1, publicKeys: [key, key]), .release: role]))
        // A point of small order, under which anyone can sign anything.
        #expect(!make([.root: (threshold: 1, publicKeys: [[1] + [UInt8](repeating: 0, count: 31)]), .release: role]))
        var unknown = try root(1).encoded()
        // A map of seven fields, the last of which nobody knows.
        unknown[0] += 1
        unknown += CBOR.unsigned(7).encode() + CBOR.unsigned(1).encode()
        let extended = CBOR.array([.bytes(unknown), .array([])]).encode()
        #expect(
            fault { () throws(FirmwareUpdateError) in _ = try SignedRoot(decoding: extended) }
                == .malformed(.field(path: "root", problem: .unknown(key: "7"))))
    }

    @Test("expiry is told only by a clock that may be believed")
    func expiry() throws {
        let root = try root(1)
        #expect(root.freshness(at: nil) == .unknown)
        #expect(root.freshness(at: UTCMilliseconds(1_799_999_999_999)) == .fresh)
        #expect(root.freshness(at: UTCMilliseconds(1_800_000_000_000)) == .expired)
    }
}
