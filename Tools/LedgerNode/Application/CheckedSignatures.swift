internal import Ledger
internal import SignedRecords

/// The signatures that CheckTx has found to hold, at most `capacity` of them; the oldest are forgotten first. A forgotten one
/// is checked again.
final class CheckedSignatures: SignatureMemory {
    private let capacity: Int
    private var known: Set<CheckedSignature> = []
    private var order: [CheckedSignature] = []
    private var oldest = 0

    init(capacity: Int = 16_384) { self.capacity = capacity }

    func contains(_ signature: CheckedSignature) -> Bool { known.contains(signature) }

    func insert(_ signature: CheckedSignature) {
        guard known.insert(signature).inserted else { return }
        if order.count < capacity {
            order.append(signature)
        } else {
            known.remove(order[oldest])
            order[oldest] = signature
            oldest = (oldest + 1) % capacity
        }
    }

    // MARK: What was read

    /// At some 2 kB a record about 16 MB; what would go beyond begins anew.
    private static let recordCapacity = 8_192
    private static let valueCapacity = 16_384

    private struct ReadValue: Hashable {
        let type: ObjectIdentifier
        let bytes: [UInt8]

        /// All bytes at once.
        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    private var records: [ReadValue: SignedRecord] = [:]
    private var values: [ReadValue: any Sendable] = [:]

    func record(_ message: [UInt8]) -> SignedRecord? {
        records[ReadValue(type: ObjectIdentifier(SignedRecord.self), bytes: message)]
    }

    func insert(_ record: SignedRecord) {
        if records.count >= Self.recordCapacity { records.removeAll(keepingCapacity: true) }
        records[ReadValue(type: ObjectIdentifier(SignedRecord.self), bytes: record.message)] = record
    }

    func value<Value: StateValue>(_ bytes: [UInt8], as type: Value.Type) -> Value? {
        values[ReadValue(type: ObjectIdentifier(type), bytes: bytes)] as? Value
    }

    func insert<Value: StateValue>(_ value: Value, readFrom bytes: [UInt8]) {
        if values.count >= Self.valueCapacity { values.removeAll(keepingCapacity: true) }
        values[ReadValue(type: ObjectIdentifier(Value.self), bytes: bytes)] = value
    }
}
