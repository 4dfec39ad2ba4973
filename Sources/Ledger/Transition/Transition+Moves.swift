internal import Quantities
internal import SignedRecords

// A device that moved here proves by its own signatures who it is and where its chains stand: nobody asks the ledger that it
// left, which may be gone. What this ledger takes over is the identity, the keys and the heads; no session, no money.

extension Transition {
    /// Registers a charger that came from another ledger. The owner that its genesis record names asks for it; heads start at
    /// the open records.
    mutating func register(
        moved registration: MovedRegistration, tariff: TariffHash, sender: AccountID
    ) throws(LedgerError) {
        let own = try deviceChain(registration.identity)
        let genesis = own.genesis
        let device = genesis.publicKeys.deviceID
        guard genesis.owner == sender else {
            throw .notPermitted(what: "registration", reason: "the genesis record names owner \(genesis.owner)")
        }
        let opens = try connectorOpens(registration.connectors, own)
        guard try state.value(of: .charger(device)) == nil else { throw .exists(what: "charger \(device)") }
        try requireTariff(tariff)
        write(
            .charger(device),
            ChargerRegistration(
                owner: sender, genesis: own.genesisHash, ed25519PublicKey: own.keys.ed25519,
                p256PublicKey: own.keys.p256, tariff: tariff, connectors: UInt32(genesis.connectors),
                keyEpoch: own.open.record.keyEpoch, bench: genesis.bench))
        for (epoch, key) in own.retired { write(.key(device, epoch: epoch), RetiredKey(ed25519PublicKey: key)) }
        write(
            .moved(device),
            MovedDevice(
                oldLedger: own.move.oldLedger, anchorHeight: own.move.anchorHeight, anchorHash: own.move.anchorHash,
                openSequences: ([own.open] + opens).map(\.record.sequence)))
        for signed in [own.open] + opens { accept(signed) }
    }

    /// What the device's own chain says.
    private struct DeviceChain {
        var genesis: Genesis
        var genesisHash: RecordHash
        var history: KeyHistory
        /// In force at the end, and those before.
        var keys: DevicePublicKeys
        var retired: [(epoch: UInt32, key: [UInt8])] = []
        /// The open record for this ledger, and what it says.
        var open: SignedRecord
        var move: Open
    }

    /// Walks genesis, key changes, closes and opens: each signed by the key and for the ledger in force at its place.
    private func deviceChain(_ messages: [[UInt8]]) throws(LedgerError) -> DeviceChain {
        var records: [SignedRecord] = []
        for message in messages { records.append(try Self.decode(message)) }
        guard let first = records.first, case .genesis(let genesis) = first.record.body,
            let last = records.last, records.count >= 2, case .open(let move) = last.record.body
        else {
            throw .refused(
                what: "registration", expected: "chain 0 from genesis to open",
                found: "\(records.map { "\($0.record.body.kind)" }.joined(separator: ", "))")
        }
        guard move.newLedger == block.ledger else {
            throw .refused(what: "open", expected: "for ledger \(block.ledger)", found: "\(move.newLedger)")
        }
        var verifier = try Self.checked("genesis") { () throws(RecordError) in try ChainVerifier(genesis: first) }
        var chain = DeviceChain(
            genesis: genesis, genesisHash: first.hash, history: verifier.keys, keys: genesis.publicKeys, open: last,
            move: move)
        for signed in records.dropFirst() {
            let record = signed.record
            guard let head = verifier.head, record.sequence > head.sequence else {
                throw .refused(
                    what: "registration", expected: "rising numbers of chain 0", found: "\(record.sequence)")
            }
            switch record.body.kind {
            case .keyChange, .close, .open: break
            default:
                throw .refused(
                    what: "registration", expected: "key changes, closes and opens", found: "\(record.body.kind)")
            }
            if record.sequence > head.sequence + 1 {
                // What stands between says nothing here. A close cannot stand before the gap: only open may follow it.
                guard !verifier.isClosed else {
                    throw .refused(
                        what: "registration", expected: "open directly behind close", found: "\(record.body.kind)")
                }
                verifier = ChainVerifier(
                    resuming: .device, of: first.record.device,
                    behind: ChainHead(sequence: record.sequence - 1, hash: record.previous), keys: verifier.keys,
                    ledger: verifier.ledger, isOutsideSession: true, genesis: genesis)
            }
            let place = "record \(record.sequence) of chain 0"
            try Self.checked(place) { () throws(RecordError) in try verifier.accept(signed) }
            if case .keyChange(let change) = record.body {
                chain.retired.append((record.keyEpoch, chain.keys.ed25519))
                chain.keys = change.publicKeys
            }
        }
        chain.history = verifier.keys
        return chain
    }

    /// Each connector's close and open, under the same keys, between the same ledgers, with the same anchor as chain 0's.
    private func connectorOpens(
        _ messages: [[UInt8]], _ own: DeviceChain
    ) throws(LedgerError) -> [SignedRecord] {
        guard messages.count == 2 * Int(own.genesis.connectors) else {
            throw .refused(
                what: "registration", expected: "close and open of \(own.genesis.connectors) connector chains",
                found: "\(messages.count) records")
        }
        var opens: [SignedRecord] = []
        for number in 1...UInt32(own.genesis.connectors) {
            let close = try Self.decode(messages[2 * Int(number) - 2])
            let open = try Self.decode(messages[2 * Int(number) - 1])
            let place = "close and open of chain \(number)"
            let record = close.record
            guard record.body.kind == .close, record.chain == .connector(number), record.sequence > 0,
                record.keyEpoch == own.open.record.keyEpoch
            else {
                throw .refused(
                    what: place, expected: "a close of chain \(number) under key epoch \(own.open.record.keyEpoch)",
                    found: "\(record.body.kind) of chain \(record.chain) under key epoch \(record.keyEpoch)")
            }
            guard record.sequence > 1 || record.previous == own.genesisHash else {
                throw .brokenLink(
                    chain: record.chain, sequence: 1, expected: own.genesisHash, found: record.previous)
            }
            guard case .open(let body) = open.record.body, body == own.move else {
                throw .refused(
                    what: place, expected: "the move of chain 0: \(own.move)", found: "\(open.record.body.kind)")
            }
            var verifier = ChainVerifier(
                resuming: record.chain, of: own.open.record.device,
                behind: ChainHead(sequence: record.sequence - 1, hash: record.previous), keys: own.history,
                ledger: own.move.oldLedger, isOutsideSession: true, genesis: own.genesis)
            for signed in [close, open] {
                try Self.checked(place) { () throws(RecordError) in try verifier.accept(signed) }
            }
            opens.append(open)
        }
        return opens
    }

    /// A record's fault in the ledger's words.
    private static func checked<T>(
        _ place: String, _ body: () throws(RecordError) -> T
    ) throws(LedgerError) -> T {
        do throws(RecordError) { return try body() } catch {
            switch error {
            case .envelope, .chain(_, sequence: _, problem: .signature),
                .chain(_, sequence: _, problem: .crossSignature),
                .chain(_, sequence: _, problem: .keyChangeSignature):
                throw .signature(of: place, reason: "\(error)")
            default: throw .refused(what: place, expected: "a record by the rules of its chain", found: "\(error)")
            }
        }
    }

    /// A number below a moved device's heads that was never accepted here: it belongs to the ledger that the device left.
    func refuseEarlier(_ record: Record) throws(LedgerError) {
        guard let moved = try read(.moved(record.device), as: MovedDevice.self),
            let first = moved.openSequences.dropFirst(Int(record.chain.rawValue)).first, record.sequence < first
        else { return }
        throw .refused(
            what: "record \(record.sequence) of chain \(record.chain)", expected: "number \(first) and up",
            found: "a record of ledger \(moved.oldLedger)")
    }
}
