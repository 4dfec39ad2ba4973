import ArgumentParser
import FirmwareUpdate
import FoundationEssentials
import SignedRecords

/// `bundle`: what a bundle says.
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Looks into bundles.", subcommands: [BundleShowCommand.self])
}

/// `bundle show`: what it says of itself; no signature is checked.
struct BundleShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Says what a bundle says of itself. Checks no signature: that is verify.")

    @Argument(help: "The bundle.")
    var bundle: String

    func run() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: bundle)))
        for line in try Self.lines(bytes) { print(line) }
    }

    static func lines(_ bytes: [UInt8]) throws(FirmwareUpdateError) -> [String] {
        let envelope = try BundleEnvelope(decoding: bytes)
        let manifest = try ReleaseManifest(decoding: envelope.manifestBytes)
        let schema = manifest.dataSchema
        let reading = schema.readsTo > schema.writes ? ", reads to \(schema.readsTo)" : ""
        var lines = [
            "manifest \(envelope.front.manifestHash.hex)",
            "\(manifest.product) \(manifest.version), \(manifest.kind), \(manifest.architecture), build \(manifest.build)",
            "counter \(manifest.securityCounter), root \(manifest.rootVersion)",
            "data \(schema.readsFrom) to \(schema.writes)\(reading), system from \(manifest.needsSystem)",
            "confirm \(manifest.confirmSeconds) s, tries \(manifest.tries)",
        ]
        for board in manifest.boards {
            lines.append("board \(board.id) \(board.revisions.lowerBound) to \(board.revisions.upperBound)")
        }
        for file in manifest.files {
            lines.append("file \(file.hash.hex)  \(file.length)\(file.isExecutable ? " *" : "  ")\(file.path)")
        }
        if let checkpoint = manifest.checkpoint {
            lines.append("checkpoint \(checkpoint.chain) \(checkpoint.height) \(checkpoint.hash.hex)")
        }
        for keyID in envelope.front.signingKeyIDs {
            lines.append("signed by key \(Hexadecimal.encode(keyID)), unchecked")
        }
        for root in try envelope.front.readRoots() { lines.append("brings root \(root.root.version)") }
        if !manifest.notes.isEmpty { lines.append("notes \(manifest.notes)") }
        return lines
    }
}
