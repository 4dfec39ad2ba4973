internal import Quantities

/// What `wattseal meter read` is asked for.
public struct MeterReadRequest: Equatable, Sendable {
    public let link: ModbusLink
    public let meter: MeterConfiguration
    /// How many readings, refused ones included; at least 1.
    public let count: Int

    public init(link: ModbusLink, meter: MeterConfiguration, count: Int = 1) {
        invariant(count > 0, "at least one reading is asked for")
        self.link = link
        self.meter = meter
        self.count = count
    }
}

/// One reading of a meter, accepted or refused, with what stood on the wire.
public struct MeterReadResult: Equatable, Sendable {
    public let identity: MeterIdentity
    public let outcome: Outcome

    public enum Outcome: Equatable, Sendable {
        case accepted(EnergyReading)
        case refused(ReadingRefusal)
    }

    public var isAccepted: Bool {
        if case .accepted = outcome { true } else { false }
    }

    /// The requests and words that the reading rests on, as far as they were read.
    public var registers: [RegisterEvidence] {
        switch outcome {
        case .accepted(let reading): [reading.evidence, reading.confirmation]
        case .refused(let refusal): [refusal.evidence, refusal.confirmation].compactMap { $0 }
        }
    }
}

/// Identifies a meter and reads it, on the calling thread, through the same state machine as the bus.
///
/// Errors: the meter cannot be reached, or its identity or a guard does not hold. A refused reading is no error: it is
/// handed to `each` like an accepted one.
public func readMeter(
    _ request: MeterReadRequest, each: (MeterReadResult) -> Void
) throws(MeteringError) {
    try readMeter(request, transport: LibmodbusTransport(request.link), each: each)
}

func readMeter(
    _ request: MeterReadRequest, transport: any ModbusTransport, each: (MeterReadResult) -> Void
) throws(MeteringError) {
    let bell = try Bell()
    var driver = BusDriver(
        machine: BusMachine(link: request.link, meters: [request.meter], now: .fromKernel()), transport: transport,
        now: { .fromKernel() }, wait: { bell.wait(until: $0) })
    defer { driver.close() }
    var progress = ReadProgress(count: request.count)
    while progress.failure == nil, progress.remaining > 0 {
        driver.turn { notice in progress.take(notice.event, each) }
    }
    if let failure = progress.failure { throw failure }
}

/// How far `readMeter` has come.
private struct ReadProgress {
    private(set) var remaining: Int
    private(set) var failure: MeteringError?
    private var identity: MeterIdentity?

    init(count: Int) { remaining = count }

    mutating func take(_ event: MeterEvent, _ each: (MeterReadResult) -> Void) {
        guard remaining > 0, failure == nil else { return }
        switch event {
        case .identified(let found, _): identity = found
        case .reading(let reading): hand(.accepted(reading), each)
        case .refused(let refusal):
            // Without words of a reading it is the identity or a guard that was refused.
            if refusal.evidence == nil { failure = refusal.reason } else { hand(.refused(refusal), each) }
        case .lost(let error): failure = error
        case .live: break
        }
    }

    private mutating func hand(_ outcome: MeterReadResult.Outcome, _ each: (MeterReadResult) -> Void) {
        guard let identity else { invariantBroken("a meter is identified before it is read") }
        each(MeterReadResult(identity: identity, outcome: outcome))
        remaining -= 1
    }
}
