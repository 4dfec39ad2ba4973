import ArgumentParser
import DiagnosticsArchive
import Firmware
import SignedRecords

/// `wattseal bundle …`: a diagnostics archive for whoever helps from elsewhere.
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Makes and verifies diagnostics archives: signed by the device, without its secrets.",
        subcommands: [Make.self, Verify.self], defaultSubcommand: Make.self)

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gathers status, configuration, faults, records and flight recordings in a signed tar.",
            discussion: "What is in it, and what never is: docs/diagnostics.md.")

        @Option(help: "The daemon's configuration.")
        var config: String

        @Option(name: .shortAndLong, help: "Where to write the tar; - is standard output.")
        var output: String

        @Option(help: "How many of the newest records are listed, 1 to 10000.")
        var records = 200

        @Flag(help: "Without a signature: where no signer answers.")
        var unsigned = false

        func validate() throws {
            guard (1...10_000).contains(records) else {
                throw ValidationError("--records: expected 1 to 10000, got \(records)")
            }
        }

        func run() throws {
            let configuration = try FirmwareConfiguration(path: config)
            let (archive, device) = try Diagnostics(configuration, records: records).gather()
            var bytes = archive.encode(statement: nil, signature: [])
            if !unsigned {
                let signed = try SignerInquiry(configuration).sign(archive.manifestHash, of: device)
                bytes = archive.encode(statement: signed.statement, signature: signed.signature)
            }
            try FileBytes.write(bytes, to: output)
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks every file of an archive against its manifest, and the device's signature.")

        @Argument(help: "The archive; - is standard input.")
        var file: String

        @Option(help: "The Ed25519 key that must have signed, 64 hexadecimal digits.")
        var publicKey: String?

        func run() throws {
            var key: [UInt8]?
            if let publicKey {
                guard let bytes = Hexadecimal.decode(publicKey), bytes.count == 32 else {
                    throw CommandError.argument(
                        name: "--public-key", expected: "64 hexadecimal digits", found: publicKey)
                }
                key = bytes
            }
            let bytes = try FileBytes.read(file)
            let (archive, statement): (DiagnosticsArchive, DiagnosticsStatement)
            do throws(ArchiveError) {
                (archive, statement) = try DiagnosticsArchive.verify(bytes, publicKey: key)
            } catch {
                throw CommandError.refused("\(file): \(error)")
            }
            print("Verified: \(archive.files.count) files of device \(statement.device.hex)")
            print("signed \(statement.time.rawValue) ms after 1970 by its clock, with key epoch \(statement.epoch)")
            print("ed25519 \(Hexadecimal.encode(statement.publicKey))")
            if key == nil {
                let isFirst = DeviceID(hashing: statement.publicKey) == statement.device
                print(
                    isFirst
                        ? "the device is named after this key"
                        : "whether this is the device's key its key-change records say: give it with --public-key")
            }
        }
    }
}
