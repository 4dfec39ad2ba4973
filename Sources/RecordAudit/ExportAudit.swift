public import SignedRecords

/// Verifies exports of one device, and looks for numbers that have two contents: within one file, or between an original's
/// export and a clone's.
public struct ExportAudit: Sendable {
    /// What one file holds.
    public struct FileReport: Sendable {
        public let name: String
        public let verifier: ExportVerifier
        /// What technicians did, in the file's order.
        public let actions: [Action]
        public let fault: RecordError?
    }

    /// What a technician did, and the record of its chain that says so.
    public struct Action: Sendable {
        public let place: (chain: ChainNumber, sequence: UInt64)
        public let act: TechnicianAction
    }

    /// Two contents for one number, each signed by the device's key.
    public struct Fraud: Sendable {
        public let device: DeviceID
        /// One of the two, and the file that has it.
        public let one: (record: SignedRecord, file: String)
        /// The other.
        public let other: (record: SignedRecord, file: String)
        /// The proof, or why the files are not enough for one.
        public let proof: Result<FraudProof, FraudProofError>
    }

    /// By the order of the files.
    public let files: [FileReport]
    /// The contradiction with the lowest number of the lowest chain.
    public let fraud: Fraud?

    /// Whether every file holds and nothing contradicts.
    public var isValid: Bool { fraud == nil && files.allSatisfy { $0.fault == nil } }

    /// Verifies the files and compares them. `publicKey` and `ledger` as for `ExportVerifier`. Throws what the sources
    /// throw.
    public static func run(
        _ sources: [ExportSource], publicKey: [UInt8]? = nil, ledger: LedgerChainID? = nil
    ) async throws -> ExportAudit {
        if sources.count == 1 {
            // A file that holds has one content for each number: most audits need no index.
            var actions: [Action] = []
            let outcome = try await ParallelExportVerifier.verify(sources[0], publicKey: publicKey, ledger: ledger) {
                actions += $0.compactMap(Self.action)
            }
            if outcome.fault == nil {
                let report = FileReport(
                    name: sources[0].name, verifier: outcome.verifier, actions: actions, fault: nil)
                return ExportAudit(files: [report], fraud: nil)
            }
        }
        var files: [FileReport] = []
        var search = FraudSearch()
        for source in sources {
            var actions: [Action] = []
            let outcome = try await ParallelExportVerifier.verify(source, publicKey: publicKey, ledger: ledger) {
                for claim in $0 { search.note(claim, file: source.name) }
                actions += $0.compactMap(Self.action)
            }
            var fault = outcome.fault
            if let first = files.first(where: { $0.verifier.device != nil })?.verifier.device,
                let device = outcome.verifier.device, device != first
            {
                fault = .exportIncomplete("device \(device), but \(files[0].name) is of device \(first)")
            }
            search.note(outcome.verifier, file: source.name)
            files.append(
                FileReport(name: source.name, verifier: outcome.verifier, actions: actions, fault: fault))
        }
        // Behind a fault the chains' rules say nothing more; a signature by the device's key still is one.
        for (source, report) in zip(sources, files) where report.fault != nil {
            try search.scan(source)
        }
        return ExportAudit(files: files, fraud: try search.fraud(in: sources))
    }

    private static func action(_ claim: SignatureClaim) -> Action? {
        let record = claim.signed.record
        guard case .event(.technicianAction(let act)) = record.body else { return nil }
        return Action(place: (record.chain, record.sequence), act: act)
    }
}
