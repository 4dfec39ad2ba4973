import Ledger
import Quantities
import SignedRecords

extension SessionEvidence.Session {
    /// What a tariff counts of verified records when each one's own time is believed, where it was synchronised.
    func consumption(under tariff: Tariff, records: [SignedRecord]) -> Consumption {
        func moment(_ record: Record) -> UTCMilliseconds? {
            record.time.quality == .synchronised ? record.time.utc : nil
        }
        var consumption = Consumption(under: tariff, from: moment(beginRecord.record))
        for signed in records {
            switch signed.record.body {
            case .tick(let tick): consumption.advance(to: tick.energy, at: moment(signed.record), under: tariff)
            case .end(let end): consumption.advance(to: end.energy, at: moment(signed.record), under: tariff)
            default: break
            }
        }
        return consumption
    }
}
