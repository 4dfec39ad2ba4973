// This file owns the format of a fraud proof (docs/format.md, "Fraud proofs").

/// Two different records with one number, both signed by a device's key: the key is in two places, or it signs what it
/// should not. Anyone can check it alone.
public struct FraudProof: Hashable, Sendable {
    /// A message and the ledger that it is signed for.
    public struct Evidence: Hashable, Sendable {
        public let ledger: LedgerChainID
        public let signed: SignedRecord

        public init(ledger: LedgerChainID, signed: SignedRecord) {
            self.ledger = ledger
            self.signed = signed
        }
    }

    /// The name of the format.
    public static let name = "wattseal-fraud/1"
    /// The longest proof that is read.
    public static let maximumBytes = 1 << 20

    /// The device's genesis record.
    public let genesis: SignedRecord
    /// The key changes up to the newer of the two records' keys, oldest first.
    public let keyChanges: [Evidence]
    /// The two records, the one with the lower hash first.
    public let records: [Evidence]

    /// The device whose key signed both.
    public var device: DeviceID { genesis.record.device }
    /// The chain of both.
    public var chain: ChainNumber { records[0].signed.record.chain }
    /// The number of both.
    public var sequence: UInt64 { records[0].signed.record.sequence }

    /// Puts a proof together and checks it; of the key changes given, those that are not needed are left out. Throws where
    /// it proves nothing.
    public init(
        genesis: SignedRecord, keyChanges: [Evidence], _ one: Evidence, _ other: Evidence
    ) throws(FraudProofError) {
        let newest = max(one.signed.record.keyEpoch, other.signed.record.keyEpoch)
        self.genesis = genesis
        self.keyChanges = keyChanges.filter { $0.signed.record.keyEpoch < newest }
        records = [one, other].sorted { $0.signed.hash.bytes.lexicographicallyPrecedes($1.signed.hash.bytes) }
        try check()
    }

    /// Reads a proof strictly and checks all of it.
    public init(decoding bytes: [UInt8]) throws(FraudProofError) {
        let item: CBOR
        do {
            item = try CBOR.decode(bytes, limits: CBORLimits(maximumBytes: Self.maximumBytes, maximumDepth: 4))
        } catch { throw .malformed("\(error)") }
        guard case .array(let places) = item, places.count == 4, places[0] == .text(Self.name),
            case .bytes(let genesis) = places[1], case .array(let changes) = places[2],
            case .array(let pair) = places[3], pair.count == 2
        else { throw .malformed("expected [\"\(Self.name)\", genesis, [key change, …], [record, record]]") }
        do { self.genesis = try SignedRecord(decoding: genesis) } catch { throw .genesis(error) }
        keyChanges = try Self.evidence(changes, "key change")
        records = try Self.evidence(pair, "record")
        try check()
        guard encoded() == bytes else { throw .malformed("not the canonical encoding") }
    }

    /// The proof's one encoding.
    public func encoded() -> [UInt8] {
        func items(_ list: [Evidence]) -> CBOR {
            .array(list.map { .array([.text($0.ledger.text), .bytes($0.signed.message)]) })
        }
        return CBOR.array([.text(Self.name), .bytes(genesis.message), items(keyChanges), items(records)]).encode()
    }

    private static func evidence(_ items: [CBOR], _ noun: String) throws(FraudProofError) -> [Evidence] {
        var list: [Evidence] = []
        for item in items {
            guard case .array(let pair) = item, pair.count == 2, case .text(let ledger) = pair[0],
                case .bytes(let message) = pair[1]
            else { throw .malformed("a \(noun) is not [ledger chain id, message]") }
            do {
                list.append(Evidence(ledger: try LedgerChainID(ledger), signed: try SignedRecord(decoding: message)))
            } catch { throw .record(noun, error) }
        }
        return list
    }

    private func check() throws(FraudProofError) {
        var keys: KeyHistory
        do { keys = try ChainVerifier(genesis: genesis).keys } catch { throw .genesis(error) }
        for change in keyChanges {
            // Only the keys matter here: which records stand between two key changes does not.
            let record = change.signed.record
            let behind = ChainHead(sequence: record.sequence &- 1, hash: record.previous)
            var verifier = ChainVerifier(
                resuming: .device, of: device, behind: behind, keys: keys, ledger: change.ledger,
                isOutsideSession: true)
            guard case .keyChange = record.body else { throw .notNeeded(epoch: record.keyEpoch) }
            do { try verifier.accept(change.signed) } catch { throw .record("key change", error) }
            keys = verifier.keys
        }
        let newest = max(records[0].signed.record.keyEpoch, records[1].signed.record.keyEpoch)
        guard keys.current <= newest || keyChanges.isEmpty else { throw .notNeeded(epoch: keys.current) }
        try Self.check(records[0].signed, records[1].signed, of: device)
        for evidence in records {
            let record = evidence.signed.record
            guard let key = keys.key(epoch: record.keyEpoch) else { throw .unknownKey(epoch: record.keyEpoch) }
            let claim = SignatureClaim(signed: evidence.signed, key: key, ledger: evidence.ledger)
            if let fault = claim.fault { throw .record("record", fault) }
        }
        guard records[0].signed.hash.bytes.lexicographicallyPrecedes(records[1].signed.hash.bytes) else {
            throw .malformed("the record with the lower hash comes first")
        }
    }

    /// What two records must have in common to contradict each other; their signatures are not looked at.
    public static func check(
        _ one: SignedRecord, _ other: SignedRecord, of device: DeviceID
    ) throws(FraudProofError) {
        for signed in [one, other] where signed.record.device != device {
            throw .noContradiction("a record is of device \(signed.record.device), not of \(device)")
        }
        guard one.record.chain == other.record.chain, one.record.sequence == other.record.sequence else {
            throw .noContradiction(
                "record \(one.record.sequence) of chain \(one.record.chain) and record \(other.record.sequence) of chain "
                    + "\(other.record.chain)")
        }
        // Ed25519 can be made to give two signatures for one content; only a second content is a contradiction.
        guard one.record != other.record else { throw .noContradiction("both records say the same") }
    }
}
