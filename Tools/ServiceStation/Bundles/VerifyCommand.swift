import ArgumentParser
import FirmwareUpdate
import FoundationEssentials
import SignedRecords

/// `verify`: reads a bundle as a device would, to its last byte.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks a bundle's signatures and every hash, as a device does.")

    @Argument(help: "The bundle.")
    var bundle: String

    @Option(name: .customLong("public-key"), help: "A release key's public half in hex; give it once for each key.")
    var publicKeys: [String] = []

    @Option(help: "The root that names the release keys, instead of keys.")
    var root: String?

    @Option(help: "How many of the keys must have signed; all of them where it is not given.")
    var threshold: Int?

    func run() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: bundle)))
        let verified = try Self.verify(bytes, keys: try releaseKeys())
        let manifest = verified.manifest
        print("\(manifest.product) \(manifest.version), counter \(manifest.securityCounter), \(manifest.architecture)")
        print("manifest \(verified.manifestHash.hex)")
        for file in manifest.files { print("\(file.hash.hex)  \(file.length)  \(file.path)") }
    }

    private func releaseKeys() throws -> RoleKeys {
        if let root {
            guard publicKeys.isEmpty, threshold == nil else {
                throw StationError.option(name: "root", expected: "a root or keys, not both", found: root)
            }
            return try RootFile.read(root).root.keys(of: .release)
        }
        let keys = try publicKeys.map { text in
            guard let bytes = Hexadecimal.decode(text) else {
                throw StationError.option(name: "public-key", expected: "64 hex digits", found: text)
            }
            return bytes
        }
        return try RoleKeys(publicKeys: keys, threshold: threshold ?? keys.count)
    }

    /// Everything that a device checks of the bytes themselves.
    static func verify(_ bytes: [UInt8], keys: RoleKeys) throws(FirmwareUpdateError) -> VerifiedBundle {
        let verified = try BundleEnvelope(decoding: bytes).verified(by: keys)
        let end = try BundleEnvelope.headerEnd(preamble: Array(bytes.prefix(BundleEnvelope.preambleLength)))
        var rest = bytes[end...]
        var reader = PayloadReader(verified)
        while let length = reader.nextLength {
            _ = try reader.accept(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        guard rest.isEmpty else {
            let length = verified.manifest.payload.length
            throw .payloadLength(expected: length, found: length + UInt64(rest.count))
        }
        try reader.finish()
        return verified
    }
}
