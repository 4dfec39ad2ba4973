import RecordSamples
public import SignedRecords

extension SampleCharger {
    /// Closes every chain towards another ledger and opens it there: chain 0's two records, connector 1's, …
    ///
    /// `change` may break a body before it is signed.
    public mutating func move(
        to name: String, anchorHeight: UInt64 = 3, connectors: UInt32 = 2,
        changing change: (ChainNumber, inout RecordBody) throws -> Void = { _, _ in }
    ) throws -> [[SignedRecord]] {
        let (old, new) = (ledger, try LedgerChainID(name))
        let anchor = ContentHash(hashing: Array(name.utf8))
        var moved: [[SignedRecord]] = []
        for number in 0...connectors {
            let chain = ChainNumber(rawValue: number)
            ledger = old
            var close = RecordBody.close(Close(newLedger: new, anchorHeight: anchorHeight, anchorHash: anchor))
            try change(chain, &close)
            let closed = try append(chain, close)
            ledger = new
            var open = RecordBody.open(
                Open(oldLedger: old, newLedger: new, anchorHeight: anchorHeight, anchorHash: anchor))
            try change(chain, &open)
            moved.append([closed, try append(chain, open)])
        }
        return moved
    }
}
