import Crypto
import Foundation
import SignedRecords

@testable import FirmwareUpdate

/// A small generator with a seed, so that a failing run can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The error that the body throws, or `nil`.
func refusal<Value>(_ body: () throws(FirmwareUpdateError) -> Value) -> FirmwareUpdateError? {
    do throws(FirmwareUpdateError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

func image(_ number: UInt8, counter: UInt32) -> Image {
    Image(
        manifest: ContentHash(exactly: [UInt8](repeating: number, count: 32)), version: "1.\(number).0",
        securityCounter: counter)
}

/// Release keys and bundles for tests, made from fixed seeds.
enum Release {
    static func key(_ number: UInt8) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
    }

    static func publicKey(_ number: UInt8) throws -> [UInt8] { Array(try key(number).publicKey.rawRepresentation) }

    static func keys(_ numbers: [UInt8], threshold: Int) throws -> RoleKeys {
        try RoleKeys(publicKeys: try numbers.map { try publicKey($0) }, threshold: threshold)
    }

    static func vector() throws -> [UInt8] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: tests.appendingPathComponent("Vectors/bundle/release.bundle")))
    }

    /// The vector's contents, as `make.py` says.
    static let contents = [
        BundleWriter.Content(
            path: "bin/wattseald", isExecutable: true,
            bytes: (0..<(65_536 + 1000)).map { UInt8(truncatingIfNeeded: $0 * 7) }),
        BundleWriter.Content(path: "empty", isExecutable: false, bytes: []),
        BundleWriter.Content(
            path: "etc/meters/sdm630.toml", isExecutable: false, bytes: Array("id = 'sdm630'\n".utf8)),
    ]

    static let draft = ReleaseManifest(
        product: "Wallbox One", architecture: "aarch64",
        boards: [.init(id: "board-a", revisions: 1...3), .init(id: "board-b", revisions: 0...0)], version: "1.2.3",
        build: "0123abcd", securityCounter: 5, kind: .application, createdAt: UTCMilliseconds(1_700_000_000_000),
        dataSchema: .init(readsFrom: 2, writes: 3),
        payload: .init(length: 1, hash: .zero, chunkLength: 65_536, chunkTableHash: .zero), files: [], rootVersion: 1,
        notes: "first")

    static let device = VerifiedBundle.Device(
        product: "Wallbox One", architecture: "aarch64", board: "board-a", revision: 2, system: 0, dataSchema: 3)

    static let record = BootRecord(factory: image(9, counter: 5), rootVersion: 1)

    /// A bundle assembled by hand, so that its parts can be wrong.
    static func assemble(
        manifest: [UInt8], signatures: [(id: [UInt8], signature: [UInt8])], chunks: [[UInt8]], after: [UInt8] = []
    ) -> [UInt8] {
        var header: [UInt8] = []
        header.appendBigEndian(UInt32(manifest.count))
        header += manifest
        header.appendBigEndian(UInt16(signatures.count))
        for entry in signatures { header += entry.id + entry.signature }
        header.appendBigEndian(UInt32(chunks.count))
        header += chunks.joined()
        header += after
        var bundle = BundleEnvelope.magic
        bundle.appendBigEndian(UInt16(1))
        bundle.appendBigEndian(UInt32(header.count))
        return bundle + header
    }

    static func sign(_ manifest: [UInt8], with number: UInt8) throws -> (id: [UInt8], signature: [UInt8]) {
        let signature = try key(number).signature(for: BundleEnvelope.domain + manifest)
        return (RoleKeys.id(of: try publicKey(number)), Array(signature))
    }

    /// The refusal of a manifest that a release key has signed, with the vector's chunks.
    static func refusalOfSigned(_ manifest: [UInt8]) throws -> FirmwareUpdateError? {
        let chunks = try BundleEnvelope(decoding: try vector()).chunkHashes
        let bundle = assemble(manifest: manifest, signatures: [try sign(manifest, with: 1)], chunks: chunks)
        let keys = try keys([1], threshold: 1)
        return refusal { () throws(FirmwareUpdateError) in
            try BundleEnvelope(decoding: bundle).verified(by: keys)
        }
    }
}
