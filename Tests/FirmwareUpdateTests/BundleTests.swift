import Crypto
import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("Bundles")
struct BundleTests {
    @Test("a bundle made by other tools opens, and every file comes out")
    func vector() throws {
        let bytes = try Release.vector()
        let bundle = try BundleEnvelope(decoding: bytes).verified(by: try Release.keys([1, 2], threshold: 2))
        #expect(bundle.manifest == (try BundleWriter.manifest(Release.draft, describing: Release.contents)))
        try bundle.manifest.check(for: Release.device)
        let end = try BundleEnvelope.headerEnd(preamble: Array(bytes.prefix(14)))
        var reader = PayloadReader(bundle)
        var files = [[UInt8]](repeating: [], count: 3)
        var ended: [Int] = []
        var rest = bytes[end...]
        while let length = reader.nextLength {
            for piece in try reader.accept(Array(rest.prefix(length))) {
                files[piece.file] += piece.bytes
                if piece.isLast { ended.append(piece.file) }
            }
            rest = rest.dropFirst(length)
        }
        try reader.finish()
        #expect(rest.isEmpty && ended == [0, 1, 2])
        #expect(files == Release.contents.map(\.bytes))
    }

    @Test("our writer makes the same bytes, signatures apart")
    func writer() throws {
        let manifest = try BundleWriter.manifest(Release.draft, describing: Release.contents.reversed())
        let made = try BundleWriter.bundle(
            manifest: manifest, contents: Release.contents.reversed(),
            signedBy: [try Release.key(1), try Release.key(2)])
        let vector = try Release.vector()
        #expect(made.count == vector.count)
        let (ours, theirs) = (try BundleEnvelope(decoding: made), try BundleEnvelope(decoding: vector))
        #expect(ours.manifestBytes == theirs.manifestBytes)
        #expect(ours.chunkHashes == theirs.chunkHashes)
        #expect(ours.front.signatures.map(\.keyID) == theirs.front.signatures.map(\.keyID))
        #expect(made.suffix(66_550) == vector.suffix(66_550))
    }

    @Test("every flipped bit of the header is refused, and so is every truncation")
    func damage() throws {
        let bytes = try Release.vector()
        let keys = try Release.keys([1, 2], threshold: 2)
        let end = try BundleEnvelope.headerEnd(preamble: Array(bytes.prefix(14)))
        for bit in 0..<end * 8 {
            var damaged = Array(bytes.prefix(end))
            damaged[bit / 8] ^= 1 << (bit % 8)
            let error = refusal { () throws(FirmwareUpdateError) in
                try BundleEnvelope(decoding: damaged).verified(by: keys)
            }
            if error == nil { Issue.record("bit \(bit)") }
        }
        for count in 0..<end {
            let error = refusal { () throws(FirmwareUpdateError) in
                try BundleEnvelope(decoding: Array(bytes.prefix(count)))
            }
            #expect(error == .headerIncomplete(expected: count < 14 ? 14 : end, found: count))
        }
    }

    @Test("signatures: threshold, unknown keys, twice the same key, one bad among good ones")
    func signatures() throws {
        let vector = try BundleEnvelope(decoding: try Release.vector())
        let manifest = vector.manifestBytes
        func attempt(_ signers: [(id: [UInt8], signature: [UInt8])], _ keys: RoleKeys) -> FirmwareUpdateError? {
            let bundle = Release.assemble(manifest: manifest, signatures: signers, chunks: vector.chunkHashes)
            return refusal { () throws(FirmwareUpdateError) in try BundleEnvelope(decoding: bundle).verified(by: keys) }
        }
        let (one, two) = (try Release.sign(manifest, with: 1), try Release.sign(manifest, with: 2))
        let stranger = try Release.sign(manifest, with: 3)
        let known = try Release.keys([1, 2], threshold: 2)
        #expect(attempt([one, two], known) == nil)
        #expect(attempt([two, stranger, one], known) == nil)
        #expect(attempt([one], known) == .tooFewSignatures(expected: 2, found: 1))
        #expect(attempt([one, stranger], known) == .tooFewSignatures(expected: 2, found: 1))
        #expect(attempt([], known) == .tooFewSignatures(expected: 2, found: 0))
        guard case .envelope = attempt([one, one], known) else {
            Issue.record("one key counted twice")
            return
        }
        let bad = (id: two.id, signature: one.signature)
        let lenient = try Release.keys([1, 2], threshold: 1)
        #expect(attempt([one, bad], lenient) == .badSignature(keyID: Hexadecimal.encode(two.id)))
        // Signed without the domain: another message.
        let bare = (id: one.id, signature: Array(try Release.key(1).signature(for: manifest)))
        #expect(attempt([bare], lenient) == .badSignature(keyID: Hexadecimal.encode(one.id)))
        #expect(attempt(Array(repeating: stranger, count: 17), lenient) != nil)
    }

    @Test("release keys are checked")
    func releaseKeys() throws {
        let good = try Release.publicKey(1)
        #expect(throws: FirmwareUpdateError.self) { try RoleKeys(publicKeys: [], threshold: 0) }
        #expect(throws: FirmwareUpdateError.self) { try RoleKeys(publicKeys: [good], threshold: 0) }
        #expect(throws: FirmwareUpdateError.self) { try RoleKeys(publicKeys: [good], threshold: 2) }
        #expect(throws: FirmwareUpdateError.self) { try RoleKeys(publicKeys: [good, good], threshold: 1) }
        #expect(throws: FirmwareUpdateError.self) { try RoleKeys(publicKeys: [good.dropLast()], threshold: 1) }
        // The neutral element: every signature with R = S·B fits every message.
        let neutral = [1] + [UInt8](repeating: 0, count: 31)
        #expect(throws: FirmwareUpdateError.self) { try RoleKeys(publicKeys: [neutral], threshold: 1) }
    }

    @Test("the manifest is read only after its signatures fit")
    func order() throws {
        let nonsense = Array("nonsense".utf8)
        let unsigned = Release.assemble(manifest: nonsense, signatures: [], chunks: [])
        let keys = try Release.keys([1], threshold: 1)
        #expect(
            refusal { () throws(FirmwareUpdateError) in try BundleEnvelope(decoding: unsigned).verified(by: keys) }
                == .tooFewSignatures(expected: 1, found: 0))
        guard case .manifest = try Release.refusalOfSigned(nonsense) else {
            Issue.record("nonsense accepted")
            return
        }
    }

    @Test("lengths from outside are bounded, and bytes between the parts are refused")
    func lengths() throws {
        let vector = try BundleEnvelope(decoding: try Release.vector())
        let signed = [try Release.sign(vector.manifestBytes, with: 1)]
        let extended = Release.assemble(
            manifest: vector.manifestBytes, signatures: signed, chunks: vector.chunkHashes, after: [0])
        #expect(throws: FirmwareUpdateError.self) { try BundleEnvelope(decoding: extended) }
        let long = Release.assemble(
            manifest: [UInt8](repeating: 0, count: 65_537), signatures: signed, chunks: vector.chunkHashes)
        #expect(throws: FirmwareUpdateError.self) { try BundleEnvelope(decoding: long) }
        #expect(throws: FirmwareUpdateError.self) {
            try BundleEnvelope.headerEnd(preamble: BundleEnvelope.magic + [0, 1, 0xFF, 0xFF, 0xFF, 0xFF])
        }
        var huge = Release.assemble(manifest: vector.manifestBytes, signatures: [], chunks: [])
        huge.replaceSubrange(huge.count - 4..<huge.count, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: FirmwareUpdateError.self) { try BundleEnvelope(decoding: huge) }
        // One chunk more or less than the payload has, and another table.
        let keys = try Release.keys([1], threshold: 1)
        for chunks in [
            vector.chunkHashes + [vector.chunkHashes[0]], [vector.chunkHashes[0]], vector.chunkHashes.reversed(),
        ] {
            let bundle = Release.assemble(manifest: vector.manifestBytes, signatures: signed, chunks: chunks)
            #expect(throws: FirmwareUpdateError.self) { try BundleEnvelope(decoding: bundle).verified(by: keys) }
        }
    }

    @Test("chunks: changed, reordered, short, long, and one too many")
    func chunks() throws {
        let bytes = try Release.vector()
        let bundle = try BundleEnvelope(decoding: bytes).verified(by: try Release.keys([1], threshold: 1))
        let payload = Array(bytes.suffix(66_550))
        let (first, second) = (Array(payload.prefix(65_536)), Array(payload.dropFirst(65_536)))
        func attempt(_ chunks: [[UInt8]]) -> FirmwareUpdateError? {
            refusal { () throws(FirmwareUpdateError) in
                var reader = PayloadReader(bundle)
                for chunk in chunks { _ = try reader.accept(chunk) }
                try reader.finish()
            }
        }
        #expect(attempt([first, second]) == nil)
        #expect(attempt([first]) == .payloadLength(expected: 66_550, found: 65_536))
        #expect(attempt([]) == .payloadLength(expected: 66_550, found: 0))
        #expect(attempt([second, first]) == .payloadLength(expected: 65_536, found: 1_014))
        #expect(attempt([first, second, []]) != nil)
        #expect(attempt([first, Array(second.dropLast())]) != nil)
        #expect(attempt([first, second + [0]]) != nil)
        var changed = first
        changed[40_000] ^= 1
        #expect(attempt([changed, second]) == .hashMismatch(of: "chunk 0"))
    }

    @Test("a signed manifest that contradicts its own payload is found at the file, and at the end")
    func contradictions() throws {
        let payload = Array(try Release.vector().suffix(66_550))
        let vector = try BundleEnvelope(decoding: try Release.vector())
        func attempt(_ change: (inout ReleaseManifest) -> Void) throws -> FirmwareUpdateError? {
            var manifest = try ReleaseManifest(decoding: vector.manifestBytes)
            change(&manifest)
            let bytes = Release.assemble(
                manifest: manifest.encoded(), signatures: [try Release.sign(manifest.encoded(), with: 1)],
                chunks: vector.chunkHashes)
            let bundle = try BundleEnvelope(decoding: bytes).verified(by: try Release.keys([1], threshold: 1))
            return refusal { () throws(FirmwareUpdateError) in
                var reader = PayloadReader(bundle)
                _ = try reader.accept(Array(payload.prefix(65_536)))
                _ = try reader.accept(Array(payload.dropFirst(65_536)))
                try reader.finish()
            }
        }
        #expect(try attempt { _ in } == nil)
        #expect(try attempt { $0.files[1].hash = .zero } == .hashMismatch(of: "the file empty"))
        #expect(try attempt { $0.files[0].hash = .zero } == .hashMismatch(of: "the file bin/wattseald"))
        #expect(
            try attempt { ($0.files[0].length, $0.files[1].length) = ($0.files[0].length - 1, 1) }
                == .hashMismatch(of: "the file bin/wattseald"))
        #expect(try attempt { $0.payload.hash = .zero } == .hashMismatch(of: "the payload"))
    }

    @Test("a release for another device, an older one, or one that failed here is refused by name")
    func devices() throws {
        let bundle = try BundleEnvelope(decoding: try Release.vector())
        func attempt(
            _ change: (inout VerifiedBundle.Device) -> Void, _ record: BootRecord = Release.record, root: UInt32 = 1,
            room: UInt64 = 66_550
        ) throws -> UpdateRefusal? {
            var device = Release.device
            change(&device)
            let root = try Release.root([1], version: root)
            let examiner = BundleExaminer(device: device, record: record, root: root, now: nil, room: room)
            do throws(UpdateRefusal) {
                _ = try examiner.manifest(of: bundle.front, by: root)
                return nil
            } catch {
                return error
            }
        }
        func field(_ error: UpdateRefusal?) -> String? {
            if case .notForThisDevice(let field, _, _) = error?.reason { return field }
            return nil
        }
        #expect(try attempt { _ in } == nil)
        #expect(try field(attempt { $0.product = "Wallbox Two" }) == "product")
        #expect(try field(attempt { $0.architecture = "x86_64" }) == "architecture")
        #expect(try field(attempt { $0.board = "board-c" }) == "board")
        #expect(try field(attempt { $0.revision = 4 }) == "board")
        #expect(try field(attempt { $0.revision = 0 }) == "board")
        #expect(try attempt { ($0.board, $0.revision) = ("board-b", 0) } == nil)
        #expect(try field(attempt { $0.dataSchema = 1 }) == "data schema")
        #expect(try field(attempt { $0.dataSchema = 4 }) == "data schema")
        #expect(
            try attempt({ _ in }, BootRecord(factory: image(1, counter: 6), rootVersion: 1))
                == UpdateRefusal(.counter, .rolledBack(floor: 6, found: 5)))
        #expect(try field(attempt({ _ in }, root: 2)) == "root version")
        #expect(
            try attempt({ _ in }, room: 66_549)
                == UpdateRefusal(.space, .noSpace(expected: 66_550, found: 66_549)))
        let verified = try bundle.verified(by: try Release.keys([1], threshold: 1))
        var failed = try Release.record.staging(verified.image).verifyingStaged().activating(tries: 1)
        for _ in 0..<2 { failed = try BootRecordTransitionTests.started(failed) }
        // Known also when its slot holds something else by now.
        for record in [failed, try failed.clearingInactive()] {
            #expect(
                try attempt({ _ in }, record) == UpdateRefusal(.counter, .alreadyBad(verified.manifestHash)))
        }
        // What only rotted may come again.
        let rotten = try Release.record.staging(verified.image).markingBad(.b, isOtherConfirmed: false)
        #expect(try attempt({ _ in }, rotten) == nil)
    }
}
