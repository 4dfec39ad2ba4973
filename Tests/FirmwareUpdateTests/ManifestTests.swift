import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("Release manifests")
struct ManifestTests {
    private func manifest() throws -> ReleaseManifest {
        try BundleWriter.manifest(Release.draft, describing: Release.contents)
    }

    @Test("reads back what it wrote")
    func roundTrip() throws {
        let manifest = try manifest()
        #expect(try ReleaseManifest(decoding: manifest.encoded()) == manifest)
    }

    @Test("every key is needed, and a key that is not known is refused")
    func keys() throws {
        let entries = try #require(try CBOR.decode(try manifest().encoded()).mapValue).entries
        #expect(entries.count == 18)
        for missing in entries.indices {
            var rest = entries.map { ($0.key, $0.value) }
            rest.remove(at: missing)
            let bytes = CBOR.map(CBORMap(distinctKeys: rest)).encode()
            guard case .manifest(.field) = try Release.refusalOfSigned(bytes) else {
                Issue.record("key \(missing + 1) is not needed")
                continue
            }
        }
        let more = entries.map { ($0.key, $0.value) } + [(.unsigned(19), .bool(true))]
        #expect(try Release.refusalOfSigned(CBOR.map(CBORMap(distinctKeys: more)).encode()) != nil)
    }

    @Test("fields out of their bounds are refused although a release key has signed them")
    func fields() throws {
        let good = try manifest()
        #expect(try Release.refusalOfSigned(good.encoded()) == nil)
        let changes: [(String, (inout ReleaseManifest) -> Void)] = [
            ("product", { $0.product = "" }), ("product", { $0.product = String(repeating: "x", count: 65) }),
            ("product", { $0.product = "a\u{1B}[2J" }), ("architecture", { $0.architecture = "" }),
            ("boards", { $0.boards = [] }), ("version", { $0.version = "" }), ("version", { $0.version = "1 2" }),
            ("build", { $0.build = "" }), ("confirm", { $0.confirmSeconds = 59 }),
            ("confirm", { $0.confirmSeconds = 3601 }),
            ("tries", { $0.tries = 0 }), ("tries", { $0.tries = 11 }), ("schema", { $0.dataSchema.readsFrom = 4 }),
            ("chunk length", { $0.payload.chunkLength = 65_535 }), ("length", { $0.payload.length = 0 }),
            ("length", { $0.payload.length = .max }), ("length", { $0.payload.length += 1 }),
            ("length", { $0.payload.length = (256 << 20) + 1 }), ("files", { $0.files = [] }),
            ("file length", { $0.files[0].length = .max }), ("file length", { $0.files[1].length += 1 }),
            ("notes", { $0.notes = String(repeating: "x", count: 1025) }),
            ("table", { $0.payload.chunkTableHash = .zero }), ("reads to", { $0.dataSchema.readsTo = 2 }),
        ]
        for (name, change) in changes {
            var changed = good
            change(&changed)
            #expect(try Release.refusalOfSigned(changed.encoded()) != nil, "\(name)")
        }
    }

    @Test("reads beyond what it writes, where it says so, and says it in one way only")
    func readsTo() throws {
        var draft = Release.draft
        draft.dataSchema = .init(readsFrom: 2, writes: 3, readsTo: 4)
        let manifest = try BundleWriter.manifest(draft, describing: Release.contents)
        #expect(try ReleaseManifest(decoding: manifest.encoded()) == manifest)
        #expect((0...6).filter { manifest.dataSchema.reads($0) } == [2, 3, 4])
        #expect((0...6).filter { ReleaseManifest.DataSchema(readsFrom: 2, writes: 3).reads($0) } == [2, 3])
        let entries = try #require(try CBOR.decode(try self.manifest().encoded()).mapValue).entries
        for highest in [UInt64(2), 3] {
            let more = entries.map { ($0.key, $0.value) } + [(.unsigned(20), .unsigned(highest))]
            guard case .manifest(.field) = try Release.refusalOfSigned(CBOR.map(CBORMap(distinctKeys: more)).encode())
            else {
                Issue.record("reads to \(highest) is taken")
                continue
            }
        }
    }

    @Test("the zip bomb: files that sum to more than the payload, by overflow")
    func overflow() throws {
        var changed = try manifest()
        for first: UInt64 in [.max, .max - 1, .max / 2 + 1] {
            changed.files[0].length = first
            // The sum modulo 2^64 is the payload's length.
            changed.files[1].length = changed.payload.length &- first &- changed.files[2].length
            #expect(try Release.refusalOfSigned(changed.encoded()) != nil)
        }
    }

    @Test(
        "paths that leave the slot, collide or are not plain are refused",
        arguments: [
            ["/etc/passwd"], ["../x"], ["a/../b"], ["a/./b"], ["./a"], ["a//b"], ["a/"], [""], ["."], [".."], ["a\\b"],
            ["a b"], ["a\u{0}"], ["caf\u{E9}"], ["cafe\u{301}"], ["b", "a"], ["a", "a"], ["a", "a/b"],
            ["a", "a-b", "a/b"], ["a/b", "a/b/c"], [String(repeating: "x", count: 129)],
        ])
    func badPaths(paths: [String]) {
        #expect(throws: FirmwareUpdateError.self) { try SlotPath.check(paths) }
    }

    @Test(
        "plain paths pass",
        arguments: [
            ["a"], ["bin/wattseald", "empty", "etc/meters/sdm630.toml"], ["a-b", "a.b", "a/b", "a0", "ab"],
            ["..a", "a..b"],
        ])
    func goodPaths(paths: [String]) {
        #expect(throws: Never.self) { try SlotPath.check(paths) }
    }
}
