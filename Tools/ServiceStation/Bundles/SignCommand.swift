import ArgumentParser
import FirmwareUpdate
import FoundationEssentials
import Glibc
import SignedRecords

/// `sign`: a folder of files becomes a bundle that devices accept.
struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Makes a release-signed bundle of the files in a folder.",
        discussion: """
            With --kind os the folder holds one image, *.raucb, that RAUC's own signature is on as well. \
            Keys are Ed25519 in PEM, as openssl genpkey -algorithm ed25519 writes them, or in a PKCS#11 token. With \
            SOURCE_DATE_EPOCH set, the same files give the same bundle.
            """)

    @Option(help: "What it replaces: app, a slot's firmware, or os, the operating system.")
    var kind = SignedKind.app

    @Option(help: "The folder with the slot's files.")
    var files: String

    @Option(name: .customLong("key"), help: ArgumentHelp(stringLiteral: SigningKey.help))
    var keys: [String]

    @Option(help: "The product's name, as the device's board profile has it.")
    var product: String

    @Option(name: .customLong("arch"), help: "The processor: x86_64 or aarch64.")
    var architecture: String

    @Option(
        name: .customLong("board"), help: "A board and its revisions, ID:LOWEST-HIGHEST; give it once for each board.")
    var boards: [String]

    @Option(name: .customLong("release"), help: "The version.")
    var version: String

    @Option(help: "The commit that it was built from.")
    var build: String

    @Option(help: "The security counter: devices never go below the highest one they have confirmed.")
    var counter: UInt32

    @Option(help: "Data that the release reads and writes, READS-WRITES.")
    var schema = "1-1"

    @Option(help: "The highest data schema it reads, where that is above what it writes: the release before a change.")
    var readsTo: UInt32?

    @Option(help: "The version of the root that names the keys.")
    var rootVersion: UInt32 = 1

    @Option(name: .customLong("root"), help: "A root that devices may not have yet, oldest first.")
    var roots: [String] = []

    @Option(help: "A header of the ledger that devices may begin anew from, CHAIN:HEIGHT:HASH.")
    var checkpoint: String?

    @Option(help: "How long the confirm gate must hold, in seconds.")
    var confirmSeconds: UInt16 = 60

    @Option(help: "How often an unconfirmed release is started.")
    var tries: UInt8 = 3

    @Option(help: "A line for technicians.")
    var notes = ""

    @Option(name: .shortAndLong, help: "The bundle to write.")
    var output: String

    func run() throws {
        guard !keys.isEmpty else { throw StationError.option(name: "key", expected: "at least one", found: "") }
        let contents = try ReleaseFolder.contents(of: files)
        let draft = try draft(createdAt: Self.now())
        let manifest = try BundleWriter.manifest(draft, describing: contents)
        if manifest.kind == .system { try manifest.checkSystemFile() }
        let signers = try keys.map { try SigningKey.open($0) }
        let bundle = try BundleWriter.bundle(
            manifest: manifest, contents: contents, signedBy: signers, roots: try roots.map { try RootFile.read($0) })
        try Data(bundle).write(to: URL(filePath: output), options: .atomic)
        print("\(output): \(bundle.count) bytes, manifest \(ContentHash(hashing: manifest.encoded()).hex)")
        for key in signers { print("signed by \(Hexadecimal.encode(key.publicKeyBytes))") }
    }

    func draft(createdAt: UTCMilliseconds) throws -> ReleaseManifest {
        let schema = try Self.range(schema, option: "schema")
        let boards = try boards.map { text in
            guard let colon = text.lastIndex(of: ":") else {
                throw StationError.option(name: "board", expected: "ID:LOWEST-HIGHEST", found: text)
            }
            let revisions = try Self.range(String(text[text.index(after: colon)...]), option: "board")
            return ReleaseManifest.Board(id: String(text[..<colon]), revisions: revisions)
        }
        return ReleaseManifest(
            product: product, architecture: architecture, boards: boards, version: version, build: build,
            securityCounter: counter, kind: kind.manifestKind, createdAt: createdAt,
            dataSchema: .init(readsFrom: schema.lowerBound, writes: schema.upperBound, readsTo: readsTo),
            payload: .init(length: 1, hash: .zero, chunkLength: BundleEnvelope.chunkLength, chunkTableHash: .zero),
            files: [], rootVersion: rootVersion, confirmSeconds: confirmSeconds, tries: tries, notes: notes,
            checkpoint: try checkpoint.map { try Self.checkpoint($0) })
    }

    static func checkpoint(_ text: String) throws -> LedgerCheckpoint {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let chain = try? LedgerChainID(String(parts[0])), let height = UInt64(parts[1]),
            height > 0, let hash = try? ContentHash(hex: String(parts[2]))
        else { throw StationError.option(name: "checkpoint", expected: "CHAIN:HEIGHT:HASH", found: text) }
        return LedgerCheckpoint(chain: chain, height: height, hash: hash)
    }

    static func range(_ text: String, option: String) throws -> ClosedRange<UInt32> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else {
            throw StationError.option(name: option, expected: "LOWEST-HIGHEST", found: text)
        }
        return low...high
    }

    /// The time, or the one that reproducible builds name.
    static func now() throws -> UTCMilliseconds {
        guard let epoch = getenv("SOURCE_DATE_EPOCH").map({ String(cString: $0) }) else {
            return UTCMilliseconds(Int64(Date().timeIntervalSince1970 * 1000))
        }
        guard let seconds = Int64(epoch), (0...253_402_300_799).contains(seconds) else {
            throw StationError.option(name: "SOURCE_DATE_EPOCH", expected: "seconds since 1970", found: epoch)
        }
        return UTCMilliseconds(seconds * 1000)
    }
}
