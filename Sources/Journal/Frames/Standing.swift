import SignedRecords

/// What a record can say that stands until a later record of its chain says otherwise. The numbers are those of the segment
/// header.
enum StandingSubject: UInt8, CaseIterable, Hashable, Sendable {
    /// The newest begin or meter change: who the meter is.
    case meter = 1
    /// The newest record with an import register.
    case register = 2
    case wear = 3
    /// A fault that is latched; detail: its code. Its clearing takes it away.
    case fault = 4
    /// Detail: the part.
    case residualSelfTest = 5
    /// Detail: the first four bytes of the subject's SHA-256.
    case configuration = 6
    case firmware = 7
    case clockStep = 8
    case checkpoint = 9
    case rollback = 10
}

/// One thing that can stand in a chain; a later record with the same key takes its place.
struct StandingKey: Hashable, Sendable, Comparable {
    let subject: StandingSubject
    let detail: UInt32

    init(_ subject: StandingSubject, _ detail: UInt32 = 0) {
        self.subject = subject
        self.detail = detail
    }

    static func < (left: StandingKey, right: StandingKey) -> Bool {
        (left.subject.rawValue, left.detail) < (right.subject.rawValue, right.detail)
    }
}

/// Where a standing record is: in its slot, or, once its segment is pruned, among the kept records.
struct StandingPlace: Hashable, Sendable {
    let sequence: UInt64
    let segment: UInt64
    let slot: UInt32
}

/// What a record makes of the standing ones of its chain.
enum StandingChange: Hashable, Sendable {
    case nothing
    case stands([StandingKey])
    case clears(StandingKey)

    /// What a tick does.
    static let register = StandingChange.stands([StandingKey(.register)])

    init(_ body: RecordBody) {
        switch body {
        case .begin, .meterChange: self = .stands([StandingKey(.meter), StandingKey(.register)])
        case .tick, .end, .gap, .rollover, .reset: self = .register
        case .event(let event): self.init(event)
        case .firmwareChange: self = .stands([StandingKey(.firmware)])
        case .clockStep: self = .stands([StandingKey(.clockStep)])
        case .checkpoint: self = .stands([StandingKey(.checkpoint)])
        case .rollbackDetected: self = .stands([StandingKey(.rollback)])
        // Identity outlives its segments anyhow; pauses, resumes and vouchers are their session's alone.
        case .genesis, .keyChange, .close, .open, .pause, .resume, .voucherAcceptance: self = .nothing
        }
    }

    private init(_ event: Event) {
        switch event {
        case .faultLatched(let fault): self = .stands([StandingKey(.fault, UInt32(fault.code))])
        case .faultCleared(let fault): self = .clears(StandingKey(.fault, UInt32(fault.code)))
        case .wear: self = .stands([StandingKey(.wear)])
        case .residualSelfTest(let test):
            self = .stands([StandingKey(.residualSelfTest, UInt32(test.part.rawValue))])
        case .configurationChange(let change):
            let digest = ContentHash(hashing: Array(change.subject.utf8)).bytes
            self = .stands([
                StandingKey(.configuration, UInt32(truncatingIfNeeded: digest.bigEndian(at: 0, byteCount: 4)))
            ])
        case .technicianAction: self = .nothing
        }
    }
}

/// The standing records of a chain by rising key, at most `limit`.
struct StandingRecords: Hashable, Sendable {
    private(set) var places: [StandingKey: StandingPlace] = [:]

    /// More than all rows of the fault table and the other subjects together; a segment header with so many in each of 33
    /// chains still fits one write.
    static let limit = 56

    mutating func apply(_ change: StandingChange, at place: StandingPlace) {
        switch change {
        case .nothing: break
        case .clears(let key): places[key] = nil
        case .stands(let keys):
            for key in keys { places[key] = place }
            while places.count > StandingRecords.limit { displaceOldest() }
        }
    }

    /// A latched fault goes last of all: forgetting a configuration's digest sells nothing that a fault forbids.
    private mutating func displaceOldest() {
        func rank(_ entry: (key: StandingKey, value: StandingPlace)) -> (Int, UInt64) {
            let group = entry.key.subject == .configuration ? 0 : entry.key.subject == .fault ? 2 : 1
            return (group, entry.value.sequence)
        }
        if let oldest = places.min(by: { rank($0) < rank($1) }) { places[oldest.key] = nil }
    }

    /// Whether the record with this number stands.
    func contains(_ sequence: UInt64) -> Bool { places.values.contains { $0.sequence == sequence } }

    /// The records by rising number, each once.
    var distinct: [StandingPlace] {
        var seen: Set<UInt64> = []
        return places.values.filter { seen.insert($0.sequence).inserted }.sorted { $0.sequence < $1.sequence }
    }

    /// `[[subject, detail, sequence, segment, slot], …]`, by rising key.
    func encode() -> CBOR {
        .array(
            places.sorted { $0.key < $1.key }.map { key, place in
                .array([
                    .unsigned(UInt64(key.subject.rawValue)), .unsigned(UInt64(key.detail)), .unsigned(place.sequence),
                    .unsigned(place.segment), .unsigned(UInt64(place.slot)),
                ])
            })
    }

    init() {}

    /// `nil` where the value is not such a list, or names a number behind the head.
    init?(decoding value: CBOR, head: UInt64) {
        guard let items = value.arrayValue, items.count <= StandingRecords.limit else { return nil }
        var last: StandingKey?
        for item in items {
            guard let parts = item.arrayValue, parts.count == 5,
                let subject = parts[0].unsignedValue.flatMap({ UInt8(exactly: $0) })
                    .flatMap(StandingSubject.init(rawValue:)),
                let detail = parts[1].unsignedValue.flatMap({ UInt32(exactly: $0) }),
                let sequence = parts[2].unsignedValue, (1...max(head, 1)).contains(sequence), sequence <= head,
                let segment = parts[3].unsignedValue, (1..<1 << 48).contains(segment),
                let slot = parts[4].unsignedValue, (1..<1 << 24).contains(slot)
            else { return nil }
            let key = StandingKey(subject, detail)
            if let last, key <= last { return nil }
            last = key
            places[key] = StandingPlace(sequence: sequence, segment: segment, slot: UInt32(slot))
        }
    }
}
