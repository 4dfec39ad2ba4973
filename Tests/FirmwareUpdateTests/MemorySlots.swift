import Crypto
import SignedRecords

@testable import FirmwareUpdate

/// Slots in memory that can be damaged, fail, and stop in the middle of a write.
final class MemorySlots: SlotStorage {
    struct Content {
        var release: [UInt8]
        var files: [String: [UInt8]]
    }

    /// What comes of the write with this number, counted from 1, and of all after it.
    enum Stop {
        /// Nothing of it arrived.
        case before
        /// Only this many of its bytes did.
        case torn(Int)
        /// It arrived, and no answer.
        case behind
    }

    var boot: [UInt8]?
    var slots: [Slot: Content] = [:]
    /// Slots whose files cannot be read.
    var unreadable: Set<Slot> = []
    /// How many more digests are wrong, of slots that are whole.
    var wrongReads = 0
    /// How many digests behind the wrong ones fail.
    var failingReads = 0
    /// Slots that were never confirmed.
    var unconfirmed: Set<Slot> = []
    /// Slots that came in where nothing started.
    var unasked: Set<Slot> = []
    /// The highest data schema that was noted.
    var schema: UInt32?
    var isReadOnly = false
    var stop: (at: Int, how: Stop)?
    private(set) var writes = 0
    private(set) var digests = 0

    private static let failure = FirmwareUpdateError.storage(call: "write", path: "boot", errno: 5)

    func bootFile() -> [UInt8]? { boot }

    func createBootFile(_ bytes: [UInt8]) throws(FirmwareUpdateError) {
        // A rename: there or not there.
        try begin()
        boot = bytes
        try answer()
    }

    // All that is written here is durable.
    func flushBootFile() {}

    func write(_ write: BootRecordStore.Write) throws(FirmwareUpdateError) {
        try begin()
        var bytes = write.bytes
        let range = write.offset..<write.offset + bytes.count
        guard var file = boot, range.upperBound <= file.count else { throw Self.failure }
        if case .torn(let count)? = stop?.how, stop?.at == writes {
            bytes = Array(bytes.prefix(count) + file[range].dropFirst(count))
        }
        file.replaceSubrange(range, with: bytes)
        boot = file
        try answer()
    }

    /// Counts a write; throws where nothing of it arrives.
    private func begin() throws(FirmwareUpdateError) {
        if isReadOnly { throw Self.failure }
        writes += 1
        guard let stop, writes >= stop.at else { return }
        if writes > stop.at { throw Self.failure }
        if case .before = stop.how { throw Self.failure }
    }

    private func answer() throws(FirmwareUpdateError) {
        if let stop, writes >= stop.at { throw Self.failure }
    }

    func release(of slot: Slot) throws(FirmwareUpdateError) -> [UInt8]? { slots[slot]?.release }

    func isNotedUnconfirmed(_ slot: Slot) -> Bool { unconfirmed.contains(slot) }

    func isNotedUnasked(_ slot: Slot) -> Bool { unasked.contains(slot) }

    func notedSchema() -> UInt32? { schema }

    func digest(of path: String, in slot: Slot) throws(FirmwareUpdateError) -> FileDigest? {
        digests += 1
        if unreadable.contains(slot) { throw .storage(call: "read", path: path, errno: 5) }
        guard let bytes = slots[slot]?.files[path] else { return nil }
        var hash = ContentHash(hashing: bytes)
        if wrongReads > 0 {
            wrongReads -= 1
            hash = .zero
        } else if failingReads > 0 {
            failingReads -= 1
            throw .storage(call: "read", path: path, errno: 5)
        }
        return FileDigest(length: UInt64(bytes.count), isExecutable: path.hasPrefix("bin/"), hash: hash)
    }
}

/// Roots in memory, each of one release key or more, and of the root key 60.
struct MemoryRoots: RootStorage {
    var roots: [UInt32: SignedRoot]

    init(_ numbers: [UInt8] = [1], version: UInt32 = 1) throws {
        roots = [version: try Release.root(numbers, version: version)]
    }

    func versions() -> [UInt32] { roots.keys.sorted(by: >) }

    func root(version: UInt32) throws(FirmwareUpdateError) -> SignedRoot {
        guard let root = roots[version] else { throw .missing("root.\(version)") }
        return root
    }
}

extension Release {
    /// A root with these release keys, signed by its root key 60.
    static func root(_ numbers: [UInt8], version: UInt32) throws -> SignedRoot {
        let root = try TrustRoot(
            version: version, expires: UTCMilliseconds(1_800_000_000_000), technicianEpoch: 1,
            roles: [
                .root: (threshold: 1, publicKeys: [try publicKey(60)]),
                .release: (threshold: 1, publicKeys: try numbers.map { try publicKey($0) }),
            ])
        return try SignedRoot(root).signed(by: try key(60))
    }
}

extension Release {
    /// A bundle of a small application.
    static func small(
        version: String, counter: UInt32, key number: UInt8 = 1, kind: ReleaseManifest.Kind = .application,
        architecture: String = "x86_64", program: String = "#!/bin/sh\n",
        schema: ReleaseManifest.DataSchema? = nil
    ) throws -> [UInt8] {
        let contents = [
            BundleWriter.Content(path: "bin/wattseald", isExecutable: true, bytes: Array(program.utf8)),
            BundleWriter.Content(path: "etc/empty", isExecutable: false, bytes: []),
            BundleWriter.Content(path: "etc/text", isExecutable: false, bytes: Array("text of \(version)\n".utf8)),
        ]
        var wanted = draft
        (wanted.version, wanted.securityCounter, wanted.kind) = (version, counter, kind)
        wanted.architecture = architecture
        if let schema { wanted.dataSchema = schema }
        let manifest = try BundleWriter.manifest(wanted, describing: contents)
        return try BundleWriter.bundle(manifest: manifest, contents: contents, signedBy: [try key(number)])
    }

    /// A bundle as a slot holds it, and what the boot record says of it.
    static func slot(of bundle: [UInt8]) throws -> (content: MemorySlots.Content, image: Image) {
        let end = try BundleEnvelope.headerEnd(preamble: Array(bundle.prefix(14)))
        let envelope = try BundleEnvelope(decoding: bundle)
        let manifest = try ReleaseManifest(decoding: envelope.manifestBytes)
        var (files, rest): ([String: [UInt8]], ArraySlice<UInt8>) = ([:], bundle[end...])
        for file in manifest.files {
            files[file.path] = Array(rest.prefix(Int(file.length)))
            rest = rest.dropFirst(Int(file.length))
        }
        let image = Image(
            manifest: ContentHash(hashing: envelope.manifestBytes), version: manifest.version,
            securityCounter: manifest.securityCounter)
        return (MemorySlots.Content(release: Array(bundle[..<end]), files: files), image)
    }
}
