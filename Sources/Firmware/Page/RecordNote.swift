import Quantities
import SignedRecords

/// A record as a list of the newest ones shows it: what and when, and nothing of who pays.
struct RecordNote: Codable, Equatable, Sendable {
    let chain: UInt32
    let sequence: UInt64
    /// The kind's name in `records show`.
    let kind: String
    /// What makes this record different from others of its kind, in words; empty for nothing.
    let detail: String
    /// nil where the clock was not known.
    let utcMS: Int64?
    /// Energy of its session so far, of a tick or an end.
    let energyMWh: Int64?
    let hash: String
    /// Whether the ledger has proved to hold it, by the status of the same moment.
    var acknowledged = false

    enum CodingKeys: String, CodingKey {
        case chain, sequence, kind, detail, hash, acknowledged
        case utcMS = "utc_ms"
        case energyMWh = "energy_mwh"
    }

    init(_ signed: SignedRecord) {
        let record = signed.record
        chain = record.chain.rawValue
        sequence = record.sequence
        kind = "\(record.body.kind)"
        detail = Self.detail(record.body)
        utcMS = record.time.utc?.rawValue
        energyMWh =
            switch record.body {
            case .tick(let tick): tick.energy.rawValue
            case .end(let end): end.energy.rawValue
            default: nil
            }
        hash = signed.hash.hex
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(chain, forKey: .chain)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(kind, forKey: .kind)
        try container.encode(detail, forKey: .detail)
        // What is not known is there, and null.
        try container.encode(utcMS, forKey: .utcMS)
        try container.encode(energyMWh, forKey: .energyMWh)
        try container.encode(hash, forKey: .hash)
        try container.encode(acknowledged, forKey: .acknowledged)
    }

    /// Every kind is listed: a new one has to say what of it may be shown to anybody.
    private static func detail(_ body: RecordBody) -> String {
        switch body {
        case .tick(let tick): "\(tick.index)"
        case .pause(let pause): "\(pause.reason)"
        case .end(let end): "\(end.reason)"
        case .event(let event): detail(event)
        case .firmwareChange(let change): change.version
        case .genesis, .begin, .resume, .checkpoint, .meterChange, .rollover, .reset, .clockStep, .keyChange, .gap,
            .voucherAcceptance, .rollbackDetected, .close, .open:
            ""
        }
    }

    private static func detail(_ event: Event) -> String {
        switch event {
        case .faultLatched(let fault): "fault \(fault.code) stands"
        case .faultCleared(let fault): "fault \(fault.code) cleared by \(fault.by)"
        case .wear: "contactor wear"
        case .residualSelfTest: "residual-current self-test"
        case .technicianAction(let action): "technician: \(action.action)"
        case .configurationChange(let change): "configuration: \(change.subject)"
        }
    }
}
