internal import Ledger

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
}
