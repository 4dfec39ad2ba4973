import Journal
import Quantities
import RecordSamples
import SignedRecords
import SimulatedDisk

/// Records for journal tests, signed once: three chains whose next record is always the same.
struct JournalScript {
    /// Small segments, so that a few records roll, and a few segments, so that they prune.
    static let configuration = JournalConfiguration(segmentBytes: 8_192, maximumSegments: 4)

    let device: SampleDevice
    /// By chain, from sequence 1.
    let records: [ChainNumber: [SignedRecord]]
    /// In the order in which a device would write them.
    let order: [SignedRecord]

    /// Sessions on two connectors, events on the device chain, one voucher that takes many slots.
    init(sessions: Int = 6) throws {
        var device = try SampleDevice()
        var order = [device.genesis]
        for number in 0..<sessions {
            let chain = ChainNumber.connector(UInt32(1 + number % 2))
            if number % 3 == 0 {
                let action = TechnicianAction(
                    technician: ContentHash(hashing: [UInt8(number)]), action: "test", subject: "", succeeded: true)
                order.append(try device.append(.device, .event(.technicianAction(action))))
            }
            if number == 2 {
                let voucher = VoucherAcceptance(
                    payer: AccountID(hashing: [1]), amount: Microunits(1), tariff: .zero, expiry: UTCMilliseconds(1),
                    voucher: [UInt8](repeating: 0x57, count: 2_000))
                order.append(try device.append(chain, .voucherAcceptance(voucher)))
            }
            order += try device.session(chain, kilowattHours: UInt32(2 + number % 3), pauses: number % 2 == 0)
        }
        self.device = device
        self.order = order
        records = Dictionary(grouping: order) { $0.record.chain }
    }

    /// The next record of a chain behind what a journal has, or `nil` at the script's end.
    func next(_ chain: ChainNumber, after journal: Journal) -> SignedRecord? {
        let head = journal.head(of: chain)?.sequence ?? 0
        let all = records[chain] ?? []
        return head < UInt64(all.count) ? all[Int(head)] : nil
    }

    /// The records of the script that a journal lacks, in the script's order.
    func missing(from journal: Journal) -> [SignedRecord] {
        order.filter { $0.record.sequence > journal.head(of: $0.record.chain)?.sequence ?? 0 }
    }
}
