import ChargerSamples
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Transactions")
struct TransactionTests {
    private let ledger: LedgerChainID
    private let bodies: [TransactionBody]

    init() throws {
        ledger = try LedgerChainID("wattseal-test")
        let device = DeviceID(hashing: [1])
        let tariff = TariffHash(hashing: [2])
        bodies =
            [
                .transfer(to: AccountID(hashing: [3]), amount: Microunits(5)),
                .publishTariff(try Tariff(name: "Night", price: .init(150_000))),
                .registerCharger(genesis: try SampleCharger().genesis.message, tariff: tariff),
                .setTariff(device: device, tariff: tariff),
                .grant(
                    device: device, chain: .connector(2), amount: Microunits(70_000), tariff: tariff,
                    expiry: UTCMilliseconds(1_795_000_000_000)),
                .releaseGrant(device: device, chain: .connector(1)), .reportFraud(one: [1, 2, 3], other: [4, 5]),
                .registerMoved(MovedRegistration(identity: [[1], [2]], connectors: [[3], [4]]), tariff: tariff),
                .releaseVoucher(device: device, chain: .connector(3)),
            ] + (try Self.sharing(device, tariff))
    }

    /// The kinds from 10 on, with everything that may be absent there or not.
    private static func sharing(_ device: DeviceID, _ tariff: TariffHash) throws -> [TransactionBody] {
        let (one, time) = (ChainNumber.connector(1), UTCMilliseconds(1_795_000_000_000))
        let account = AccountID(hashing: [9])
        let windows = [try WeeklyWindow(days: 31, from: 540, to: 1_020)]
        return [
            .allow(
                bearer: account, operatedBy: AccountID(hashing: [8]), amount: Microunits(4), highestPrice: .init(7),
                expiry: time),
            .draw(
                allowance: GrantHash(hashing: [4]), device: device, chain: one, amount: Microunits(9), tariff: tariff,
                expiry: time, energyLimit: MilliwattHours(5)),
            .releaseAllowance(GrantHash(hashing: [4])),
            .registerOperator(try Operator(name: "Op", contact: "0731 555")), .registerUser,
            .describe(
                device: device,
                try Site(
                    name: "Yard", latitude: -28_200_000, longitude: 112_900_000, operatedBy: nil,
                    connectors: [.init(socket: .type2Cable, current: Milliamps(32_000), phases: 3)])),
            .share(device: device, try Sharing(week: try LocalWeek(offset: -60), windows: windows)),
            .claim(device: device, chain: one, until: time),
            .reserve(device: device, chain: one, from: time, until: time, deposit: .zero),
            .settleReservation(device: device, chain: one, reservation: GrantHash(hashing: [5])),
            .refund(
                device: device, session: SessionID(exactly: [UInt8](repeating: 5, count: 16)), payer: account,
                amount: Microunits(1)),
            .releaseFirmware(
                try FirmwareRelease(
                    product: "P", version: "1.2", digest: ContentHash(hashing: [6]), securityCounter: 3)),
            .vote(
                Proposal(
                    parameters: nil,
                    governance: try Governance(
                        revision: 1, threshold: 1, members: [account], releaseAuthorities: [account]))),
        ]
    }

    @Test("every kind reads back and verifies, for its own ledger only")
    func roundTrips() throws {
        let key = try SampleCharger.key("payer")
        for (index, body) in bodies.enumerated() {
            let signed = try SignedTransaction.sign(body, nonce: UInt64(index) * 300, key: key, ledger: ledger)
            #expect(body.kind.rawValue == UInt64(index) + 1)
            let read = try SignedTransaction(decoding: signed.bytes)
            #expect(read == signed && read.body == body && read.nonce == UInt64(index) * 300)
            #expect(read.sender == SampleCharger.account(of: key))
            #expect(try Transaction(decoding: signed.bytes) == .signed(signed))
            try read.verify(ledger: ledger)
            #expect(throws: LedgerError.self) { try read.verify(ledger: try LedgerChainID("another")) }
        }
    }

    @Test("what may be absent reads back absent")
    func optionals() throws {
        let key = try SampleCharger.key("payer")
        let (device, time) = (DeviceID(hashing: [1]), UTCMilliseconds(1_795_000_000_000))
        let absent: [TransactionBody] = [
            .share(device: device, nil),
            .allow(
                bearer: AccountID(hashing: [9]), operatedBy: nil, amount: Microunits(4), highestPrice: .zero,
                expiry: time),
            .draw(
                allowance: GrantHash(hashing: [4]), device: device, chain: .connector(1), amount: Microunits(9),
                tariff: TariffHash(hashing: [2]), expiry: time),
            .vote(Proposal(parameters: nil, governance: nil)),
        ]
        for body in absent {
            let signed = try SignedTransaction.sign(body, nonce: 1, key: key, ledger: ledger)
            #expect(try SignedTransaction(decoding: signed.bytes).body == body)
        }
    }

    @Test("no flipped bit and no cut leaves a transaction that verifies")
    func bitFlips() throws {
        let key = try SampleCharger.key("payer")
        for body in bodies where body.kind != .registerCharger {
            let bytes = try SignedTransaction.sign(body, nonce: 7, key: key, ledger: ledger).bytes
            for bit in 0..<bytes.count * 8 {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: LedgerError.self, "\(body.kind), bit \(bit)") {
                    try SignedTransaction(decoding: flipped).verify(ledger: ledger)
                }
            }
            for length in bytes.indices {
                #expect(throws: LedgerError.self) { try Transaction(decoding: Array(bytes[..<length])) }
            }
            #expect(throws: LedgerError.self) { try Transaction(decoding: bytes + [0]) }
        }
    }

    private func signed(_ fields: [(UInt64, CBOR?)]) throws -> [UInt8] {
        let key = try SampleCharger.key("payer")
        let aad = SigningContext.transaction.additionalData(ledger: ledger)
        return try COSESign1.sign(payload: CBOR.fields(fields).encode(), aad: aad, key: key).message
    }

    @Test("unknown kinds and fields, missing ones, and amounts that move nothing are refused")
    func strictness() throws {
        let sender = CBOR.bytes([UInt8](repeating: 1, count: 32))
        let to = CBOR.bytes([UInt8](repeating: 2, count: 32))
        func refused(_ fields: [(UInt64, CBOR?)], _ reason: String) throws {
            #expect(throws: LedgerError.malformed(what: "transaction", reason: reason)) {
                try Transaction(decoding: try signed(fields))
            }
        }
        let transfer: [(UInt64, CBOR?)] = [
            (1, .unsigned(1)), (2, .unsigned(0)), (3, sender), (4, to), (5, .unsigned(1)),
        ]
        #expect(throws: Never.self) { try Transaction(decoding: try signed(transfer)) }
        try refused([(1, .unsigned(23)), (2, .unsigned(0)), (3, sender)], "kind 23 is not known")
        try refused(transfer + [(6, .unsigned(1))], "transaction: field 6 is not known")
        try refused(Array(transfer.dropLast()), "transaction.amount: field 5 is missing")
        try refused(
            Array(transfer.dropLast()) + [(5, .unsigned(0))], "transaction.amount: expected at least 1, found 0")
        #expect(throws: LedgerError.self) {
            try Transaction(decoding: try signed(Array(transfer.dropLast()) + [(5, .unsigned(1 << 63))]))
        }
        #expect(throws: LedgerError.self) { try Transaction(decoding: []) }
        #expect(throws: LedgerError.self) { try Transaction(decoding: [0x00]) }
    }

    @Test("a key of small order, under which anyone signs anything, verifies nothing")
    func smallOrder() throws {
        let sender = [UInt8](repeating: 0, count: 32)
        let fields: [(UInt64, CBOR?)] = [
            (1, .unsigned(1)), (2, .unsigned(0)), (3, .bytes(sender)), (4, .bytes(sender)), (5, .unsigned(1)),
        ]
        // Signature R = identity, S = 0 holds under the cofactored equation for keys of small order.
        let signature = [1] + [UInt8](repeating: 0, count: 63)
        let message = COSESign1(payload: CBOR.fields(fields).encode(), signature: signature).message
        let transaction = try SignedTransaction(decoding: message)
        #expect(throws: LedgerError.self) { try transaction.verify(ledger: ledger) }
    }

    @Test("a batch reads back; other envelopes, too many records, too many bytes are refused")
    func batches() throws {
        let batch = try RecordBatch(messages: [[1], [2, 3]])
        #expect(
            batch.encoded()
                == CBOR.array([.text("wattseal-records/1"), .array([.bytes([1]), .bytes([2, 3])])]).encode())
        #expect(try Transaction(decoding: batch.encoded()) == .records(batch))
        let wrong: [CBOR] = [
            .array([.text("wattseal-records/2"), .array([.bytes([1])])]),
            .array([.text("wattseal-records/1"), .array([.text("x")])]),
            .array([.text("wattseal-records/1"), .array([])]),
            .array([.text("wattseal-records/1"), .bytes([1])]),
        ]
        for item in wrong {
            #expect(throws: LedgerError.self) { try Transaction(decoding: item.encode()) }
        }
        #expect(throws: LedgerError.self) { try RecordBatch(messages: []) }
        #expect(throws: LedgerError.self) { try RecordBatch(messages: [[UInt8]](repeating: [1], count: 513)) }
        #expect(throws: LedgerError.self) {
            try RecordBatch(messages: [[UInt8]](repeating: [UInt8](repeating: 1, count: 3_000), count: 201))
        }
    }
}
