internal import SignedRecords

extension Transition {
    /// Takes two contradictory records that someone shows: whether or not either ever came in a batch, the charger's key
    /// signed both.
    mutating func reportFraud(_ one: [UInt8], _ other: [UInt8]) throws(LedgerError) {
        let first = try Self.decode(one)
        let second = try Self.decode(other)
        let record = first.record
        let charger = try charger(record.device)
        guard record.chain.rawValue <= charger.connectors else {
            throw .refused(what: "chain", expected: "0 to \(charger.connectors)", found: "\(record.chain)")
        }
        do { try FraudProof.check(first, second, of: record.device) } catch {
            throw .refused(
                what: "fraud proof", expected: "two different records with one number", found: error.description)
        }
        for signed in [first, second] {
            try verify(signed, publicKey: try key(of: signed.record, charger, after: nil))
        }
        let key = StateKey.equivocation(record.device, record.chain)
        guard try state.value(of: key) == nil else {
            throw .exists(what: "a fraud proof for chain \(record.chain) of \(record.device)")
        }
        let place = StateKey.record(record.device, record.chain, record.sequence)
        let isSecondAccepted = try read(place, as: AcceptedRecord.self)?.hash == second.hash
        let kept = isSecondAccepted ? (second, first) : (first, second)
        write(key, Equivocation(sequence: record.sequence, accepted: kept.0.hash, other: kept.1.message))
        try freeze(record.device)
    }

    /// Freezes a charger: grants and vouchers' holds that no session uses go back, later sessions are recorded and unpaid. A session that is
    /// open is settled: its driver was charged.
    mutating func freeze(_ device: DeviceID) throws(LedgerError) {
        var charger = try charger(device)
        guard !charger.isFrozen else { return }
        charger.isFrozen = true
        write(.charger(device), charger)
        for number in 1...max(1, charger.connectors) {
            let chain = ChainNumber.connector(number)
            guard try state.value(of: .open(device, chain)) == nil else { continue }
            try emptyHold(device, chain)
            guard let grant = try read(.grant(device, chain), as: Grant.self) else { continue }
            try returnRemainder(of: grant, device: device, chain: chain)
        }
    }
}
