public import Crypto
public import FirmwareUpdate
public import SignedRecords

/// The maker of the soak's charger: keys, roots and releases, the same from every run.
public struct Maker: Sendable {
    /// A release as a file, and what the oracle knows of it.
    public struct Release: Sendable {
        public let name: String
        public let bundle: [UInt8]
        public let manifest: ContentHash
        public let counter: UInt32
        /// The root that its bundle leaves the device with.
        public let rootVersion: UInt32
        /// The files' bytes, one behind the other.
        public let payload: [UInt8]
    }

    public static let architecture = "x86_64"
    public static let device = VerifiedBundle.Device(
        product: "Wallbox One", architecture: architecture, board: "board-a", revision: 2, system: 0, dataSchema: 3)
    public static let tries: UInt8 = 2

    /// Roots 1 to 3; each changes a root key and the release key.
    public let roots: [SignedRoot]
    /// In the first slot, counter 2.
    public let first: Release
    /// What the device should take, in the order in which a maker would publish it.
    public let releases: [Release]
    /// Images of the operating system, of any root 1 device: two that it should take, and one with two files that none may.
    public let systems: [Release]
    /// What no device may ever take.
    public let refused: [Release]

    public init() throws {
        roots = try Self.makeRoots()
        first = try Self.release("1.0", counter: 2, key: 11, rootVersion: 1, roots: [])
        releases = [
            try Self.release("1.1", counter: 2, key: 11, rootVersion: 1, roots: []),
            try Self.release("1.2", counter: 3, key: 11, rootVersion: 1, roots: []),
            try Self.release("2.0", counter: 3, key: 12, rootVersion: 2, roots: [roots[1]]),
            try Self.release("3.0", counter: 5, key: 13, rootVersion: 3, roots: [roots[1], roots[2]]),
        ]
        systems = [
            try Self.system("2026.1", counter: 4, image: (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }),
            try Self.system("2026.2", counter: 3, image: Array("an older image".utf8)),
            try Self.release(
                "two-files", counter: 9, key: 11, rootVersion: 1, roots: [], kind: .system,
                contents: ["one.raucb", "two.raucb"].map {
                    BundleWriter.Content(path: $0, isExecutable: false, bytes: [1])
                }),
        ]
        let foreign = try SignedRoot(roots[1].root).signed(by: Self.key(99))
        refused = [
            try Self.release("old", counter: 1, key: 11, rootVersion: 1, roots: []),
            try Self.release("stranger", counter: 9, key: 99, rootVersion: 1, roots: []),
            try Self.release("strange-root", counter: 9, key: 12, rootVersion: 2, roots: [foreign]),
            try Self.release("skipped-root", counter: 9, key: 13, rootVersion: 3, roots: [roots[2]], board: "board-z"),
            try Self.release("other-board", counter: 9, key: 11, rootVersion: 1, roots: [], board: "board-b"),
        ]
    }

    /// An image of the operating system, by the first root's release key.
    public static func system(_ version: String, counter: UInt32, image: [UInt8]) throws -> Release {
        try release(
            version, counter: counter, key: 11, rootVersion: 1, roots: [], kind: .system,
            contents: [.init(path: "image.raucb", isExecutable: false, bytes: image)])
    }

    /// Of a number, for a test's eyes only.
    public static func key(_ number: UInt8) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
    }

    private static func publicKey(_ number: UInt8) throws -> [UInt8] {
        Array(try key(number).publicKey.rawRepresentation)
    }

    private static func makeRoots() throws -> [SignedRoot] {
        var roots: [SignedRoot] = []
        for number in UInt8(1)...3 {
            let rootKeys = [number, number + 1, number + 2]
            let root = try TrustRoot(
                version: UInt32(number), expires: UTCMilliseconds(2_000_000_000_000), technicianEpoch: 1,
                roles: [
                    .root: (threshold: 2, publicKeys: try rootKeys.map { try publicKey($0) }),
                    .release: (threshold: 1, publicKeys: [try publicKey(number + 10)]),
                ])
            // Of three keys two stay from one root to the next: a threshold of both.
            var signed = SignedRoot(root)
            for member in [number, number + 1] { signed = try signed.signed(by: try Self.key(member)) }
            roots.append(signed)
        }
        return roots
    }

    private static func release(
        _ version: String, counter: UInt32, key number: UInt8, rootVersion: UInt32, roots: [SignedRoot],
        board: String = "board-a", kind: ReleaseManifest.Kind = .application,
        contents: [BundleWriter.Content]? = nil
    ) throws -> Release {
        // Two chunks, an empty file, a folder in a folder.
        let program = (0..<66_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ version.utf8.count &+ Int(counter)) }
        let contents =
            contents ?? [
                BundleWriter.Content(path: "bin/wattseald", isExecutable: true, bytes: program),
                BundleWriter.Content(path: "etc/empty", isExecutable: false, bytes: []),
                BundleWriter.Content(
                    path: "etc/meters/one", isExecutable: false, bytes: Array("meter \(version)".utf8)),
            ]
        let draft = ReleaseManifest(
            product: "Wallbox One", architecture: architecture, boards: [.init(id: board, revisions: 1...3)],
            version: version, build: "0123abcd", securityCounter: counter, kind: kind,
            createdAt: UTCMilliseconds(1_700_000_000_000), dataSchema: .init(readsFrom: 2, writes: 3),
            payload: .init(length: 1, hash: .zero, chunkLength: BundleEnvelope.chunkLength, chunkTableHash: .zero),
            files: [], rootVersion: rootVersion, tries: tries)
        let manifest = try BundleWriter.manifest(draft, describing: contents)
        let bundle = try BundleWriter.bundle(
            manifest: manifest, contents: contents, signedBy: [try key(number)], roots: roots)
        return Release(
            name: version, bundle: bundle, manifest: ContentHash(hashing: manifest.encoded()), counter: counter,
            rootVersion: rootVersion, payload: contents.flatMap(\.bytes))
    }
}
