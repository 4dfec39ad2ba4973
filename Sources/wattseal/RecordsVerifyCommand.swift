import ArgumentParser
import RecordAudit
import SignedRecords

/// `wattseal records verify`.
struct RecordsVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies exports of one device: signatures, chains, sequence, sums; finds numbers with two contents."
    )

    @Argument(help: "The exports. With several, each is verified and they are held against each other.")
    var files: [String]

    @Option(help: "The device's genesis Ed25519 public key, hex; by default the one in the file.")
    var publicKey: String?

    @Option(help: "The ledger's id at the file's first record; by default the one in the file's genesis.")
    var chainID: String?

    @Option(help: "Where to write the proof, if two records with one number are found.")
    var fraudProof: String?

    func run() async throws {
        let key = try publicKey.map { text in
            guard let bytes = Hexadecimal.decode(text), bytes.count == 32 else {
                throw CommandError.argument(name: "--public-key", expected: "64 hexadecimal digits", found: text)
            }
            return bytes
        }
        let audit = try await ExportAudit.run(
            try files.map(FileBytes.source), publicKey: key, ledger: try chainID.map { try LedgerChainID($0) })
        for file in audit.files { show(file) }
        if let fraud = audit.fraud { try report(fraud) }
        for file in audit.files {
            if let fault = file.fault { FileBytes.complain(files.count > 1 ? "\(file.name): \(fault)" : "\(fault)") }
        }
        guard audit.isValid else { throw ExitCode.failure }
        print("valid")
    }

    private func show(_ file: ExportAudit.FileReport) {
        guard file.fault == nil else { return }
        if files.count > 1 { print("file \(file.name)") }
        print("device \(file.verifier.device?.hex ?? "unknown")")
        for chain in file.verifier.chains {
            print(
                "chain \(chain.chain): records \(chain.first) to \(chain.last.sequence), \(chain.records) valid, "
                    + "\(chain.sessions) sessions")
            for lost in chain.lost {
                print(
                    "chain \(chain.chain): records \(lost.lowerBound) to \(lost.upperBound) are missing behind a restored image: "
                        + "rollback-detected is record \(lost.upperBound + 1)")
            }
        }
        for action in file.actions { print(Self.line(action)) }
    }

    /// What a technician did, by whom, and the digest of the whole command with its values. The texts are a stranger's: what
    /// would steer a terminal is shown escaped.
    private static func line(_ action: ExportAudit.Action) -> String {
        let act = action.act
        let place = "chain \(action.place.chain): record \(action.place.sequence)"
        guard let shell = act.shell else {
            let outcome = act.succeeded ? "done" : "refused"
            return "\(place): technician \(act.technician): \(act.action.debugDescription), \(outcome): "
                + act.subject.debugDescription
        }
        return "\(place): technician \(shell.name.debugDescription) as \(shell.role): "
            + "\(act.action.debugDescription), \(shell.outcome): \(act.subject.debugDescription), digest \(shell.arguments)"
    }

    private func report(_ fraud: ExportAudit.Fraud) throws {
        let one = fraud.one.record
        let other = fraud.other.record
        FileBytes.complain(
            "fraud: device \(fraud.device) signed two records number \(one.record.sequence) of chain \(one.record.chain): "
                + "\(one.hash) in \(fraud.one.file), \(other.hash) in \(fraud.other.file)")
        print("fraud \(Hexadecimal.encode(one.message))")
        print("fraud \(Hexadecimal.encode(other.message))")
        switch fraud.proof {
        case .success(let proof):
            guard let fraudProof else { return }
            try FileBytes.write(proof.encoded(), to: fraudProof)
            FileBytes.complain("fraud proof written to \(fraudProof)")
        case .failure(let reason):
            FileBytes.complain("no fraud proof could be made: \(reason)")
        }
    }
}
