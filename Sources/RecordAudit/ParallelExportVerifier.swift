public import SignedRecords

/// Verifies an export with all cores and in bounded memory: messages are taken apart in parallel, the rules of the chains
/// are applied in order, and the signatures that the rules ask for are checked in parallel again.
///
/// The first fault is the one that `ExportVerifier.verify` names: a deferred signature stands before everything that the
/// rules said behind it.
public enum ParallelExportVerifier {
    /// How many records are at work at once.
    static let batchRecords = 2_048
    /// How many records one task takes.
    private static let taskRecords = 128

    /// What was found in a file.
    public struct Outcome: Sendable {
        /// As far as the records hold.
        public let verifier: ExportVerifier
        /// The first fault; `RecordError.export` with the offset, or what the file lacks.
        public let fault: RecordError?
    }

    private typealias Step = (batch: MessageReader.Batch, records: [Result<SignedRecord, RecordError>])

    /// Verifies a file. `accepted` gets the records whose signatures hold, in order and genesis excepted.
    ///
    /// Throws what the source throws; a fault of the export is no error but the outcome.
    public static func verify(
        _ source: ExportSource, publicKey: [UInt8]? = nil, ledger: LedgerChainID? = nil,
        accepted: ([SignatureClaim]) -> Void = { _ in }
    ) async throws -> Outcome {
        var verifier = ExportVerifier(publicKey: publicKey, ledger: ledger)
        var (step, reader) = try await read(try MessageReader(source))
        while true {
            let isLast = step.batch.isLast
            // The next records are taken apart while these ones are checked.
            let behind = reader
            async let following = isLast ? nil : read(behind)
            var claims: [SignatureClaim] = []
            var offsets: [Int] = []
            var fault: RecordError?
            for (frame, result) in zip(step.batch.frames, step.records) {
                do throws(RecordError) {
                    let signed = try result.get()
                    try verifier.accept(signed) { (claim) throws(ChainFault) in
                        claims.append(claim)
                        offsets.append(frame.offset)
                    }
                } catch {
                    fault = .export(offset: frame.offset, problem: error)
                    break
                }
            }
            if let (index, problem) = await firstFault(claims) {
                accepted(Array(claims[..<index]))
                return Outcome(verifier: verifier, fault: .export(offset: offsets[index], problem: problem))
            }
            accepted(claims)
            if let fault = fault ?? step.batch.fault { return Outcome(verifier: verifier, fault: fault) }
            guard let next = try await following else { break }
            (step, reader) = next
        }
        let isEmpty = verifier.records == 0
        return Outcome(verifier: verifier, fault: isEmpty ? .exportIncomplete("the file has no records") : nil)
    }

    private static func read(_ reader: MessageReader) async throws -> (step: Step, reader: MessageReader) {
        var reader = reader
        let batch = try reader.next(batchRecords)
        let records = await map(batch.frames) { (frame) -> Result<SignedRecord, RecordError> in
            Result { () throws(RecordError) in try SignedRecord(decoding: frame.message) }
        }
        return ((batch, records), reader)
    }

    private static func firstFault(_ claims: [SignatureClaim]) async -> (index: Int, problem: RecordError)? {
        let faults = await map(claims, \.fault)
        for (index, fault) in faults.enumerated() { if let fault { return (index, fault) } }
        return nil
    }

    /// Each item's value, in order, worked out on all cores.
    private static func map<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ transform: @escaping @Sendable (Item) -> Value
    ) async -> [Value] {
        await withTaskGroup(of: (Int, [Value]).self) { group in
            var parts: [[Value]] = []
            for (number, start) in stride(from: 0, to: items.count, by: taskRecords).enumerated() {
                parts.append([])
                let part = items[start..<min(items.count, start + taskRecords)]
                group.addTask { (number, part.map(transform)) }
            }
            for await (number, values) in group { parts[number] = values }
            return parts.flatMap { $0 }
        }
    }
}
