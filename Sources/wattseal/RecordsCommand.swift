import ArgumentParser
import Journal
import SignedRecords

/// `wattseal records …`: the signed records of a journal.
struct RecordsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "Exports, shows and verifies signed records.",
        subcommands: [RecordsExportCommand.self, RecordsShowCommand.self, RecordsVerifyCommand.self])

    /// A snapshot of a journal, which a daemon may be writing.
    ///
    /// - Throws: where something durable has changed; the words say in which segment and slot.
    static func open(_ path: String) throws -> JournalReader {
        let reader = try JournalReader(directory: path)
        if let corruption = reader.corruption { throw CommandError.refused("\(path): \(corruption)") }
        return reader
    }
}

/// `wattseal records export`.
struct RecordsExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the records as a CBOR sequence (RFC 8742) of COSE_Sign1 messages, chain by chain.")

    @Option(help: "The journal's folder.")
    var journal: String

    @Option(help: "Only this chain; 0 is the device's own.")
    var chain: UInt32?

    @Option(help: "From this sequence number on; goes with --chain.")
    var from: UInt64?

    @Option(help: "Up to this sequence number; goes with --chain.")
    var to: UInt64?

    @Option(name: .shortAndLong, help: "Where to write; standard output by default.")
    var output = "-"

    func validate() throws {
        guard chain != nil || (from == nil && to == nil) else {
            throw ValidationError("--from and --to: sequence numbers belong to a chain; name it with --chain")
        }
    }

    func run() throws {
        let reader = try RecordsCommand.open(journal)
        let bytes = try reader.export(
            chain: chain.map { ChainNumber(rawValue: $0) }, from: from ?? 1, through: to ?? .max)
        try FileBytes.write(bytes, to: output)
        // Not in the file, which is nothing but signed messages: on standard error, for whoever hands it on.
        for line in try Acknowledgements(of: reader, journal: journal).leftBehind { ErrorOutput.print(line) }
    }
}

/// `wattseal records show`.
struct RecordsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints the records as JSON lines, one a record.",
        discussion: "Each line says whether the ledger that the record was signed for has acknowledged it.")

    @Option(help: "The journal's folder.")
    var journal: String

    func run() throws {
        let reader = try RecordsCommand.open(journal)
        let acknowledgements = try Acknowledgements(of: reader, journal: journal)
        for chain in reader.chains {
            try reader.forEach(of: chain) { signed in
                print("\(signed.jsonLine.dropLast()),\"acknowledged\":\(acknowledgements.cover(signed.record))}")
            }
        }
    }
}
