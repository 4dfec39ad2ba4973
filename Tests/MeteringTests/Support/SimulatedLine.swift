import Quantities

@testable import Metering

/// A serial line with meters on virtual time, as libmodbus sees it: a reply is accepted when unit, function code and
/// register count fit, whatever request it answers, and what is left in the buffer stays there until a flush.
final class SimulatedLine: ModbusTransport {
    /// What goes wrong with one exchange.
    enum Fault: CaseIterable {
        case late, lateByLittle, muchTooLate, drop, duplicate, checksum, garbage, truncated, wrongUnit, busy, hangUp
    }

    var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    var meters: [UInt8: VendorMeter]
    /// The faults of the exchanges to come, first first.
    var faults: [Fault?] = []
    /// Asked for each exchange without a scripted fault.
    var drawFault: () -> Fault? = { nil }
    let wire: SerialLine?
    var turnaround = Nanoseconds.milliseconds(40)
    var connectFailures = 0
    private(set) var log: [String] = []
    private(set) var reads = 0
    private var isOpen = false
    private var buffer: [Frame] = []

    private struct Frame {
        let arrives: MonotonicInstant
        let unit: UInt8
        let functionCode: UInt8
        let content: Content
    }

    private enum Content {
        case words([UInt16])
        case exception(UInt8)
        case broken
        case incomplete
    }

    init(_ meters: [UInt8: VendorMeter], wire: SerialLine? = try? SerialLine(baud: 9_600, format: "8N1")) {
        self.meters = meters
        self.wire = wire
    }

    func wait(until: MonotonicInstant) {
        log.append("wait \((until - now).wholeMilliseconds)")
        now = max(now, until)
    }

    func connect(timeout: Nanoseconds) throws(MeteringError) -> SerialLine? {
        log.append("connect")
        if connectFailures > 0 {
            connectFailures -= 1
            throw .cannotOpen(target: "line", errno: 111)
        }
        isOpen = true
        buffer = []
        return wire
    }

    func close() {
        log.append("close")
        isOpen = false
        buffer = []
    }

    func flush() throws(MeteringError) {
        log.append("flush")
        guard isOpen else { throw .linkLost(errno: 9) }
        buffer.removeAll { $0.arrives <= now }
    }

    func read(_ request: RegisterRequest, unit: UInt8, timeout: Nanoseconds) throws(MeteringError) -> [UInt16] {
        reads += 1
        log.append("read \(request.functionCode)/\(request.address)/\(request.count)")
        guard isOpen else { throw .linkLost(errno: 9) }
        let deadline = now + timeout
        let fault = faults.isEmpty ? drawFault() : faults.removeFirst()
        if fault == .hangUp {
            isOpen = false
            throw .linkLost(errno: 104)
        }
        answer(request, unit, fault)
        return try receive(request, unit, deadline: deadline, timeout: timeout)
    }

    private func answer(_ request: RegisterRequest, _ unit: UInt8, _ fault: Fault?) {
        guard let meter = meters[unit], fault != .drop else { return }
        let requestTime = wire?.duration(ofCharacters: 8) ?? .microseconds(50)
        let replyTime = wire?.duration(ofCharacters: 5 + 2 * request.count) ?? .microseconds(50)
        let latched = now + requestTime + turnaround
        var arrives = latched + replyTime
        // Later than the timeout of the request, and no later than the turnaround that the profile allows after it.
        if fault == .late { arrives = arrives + .milliseconds(350) }
        // Later than the profile allows a reply to be: it comes in the midst of what follows.
        if fault == .muchTooLate { arrives = arrives + .milliseconds(1_370) }
        if fault == .lateByLittle { arrives = arrives + .milliseconds(230) }
        let words = meter.words(
            functionCode: request.functionCode, address: Int(request.address), count: request.count, at: latched)
        var content: Content =
            words.map { .words($0) } ?? .exception(meter.knows(functionCode: request.functionCode) ? 2 : 1)
        if fault == .checksum { content = .broken }
        if fault == .truncated { content = .incomplete }
        if fault == .busy { content = .exception(6) }
        let frame = Frame(
            arrives: arrives, unit: fault == .wrongUnit ? unit ^ 2 : unit, functionCode: request.functionCode,
            content: content)
        if fault == .garbage {
            buffer.append(Frame(arrives: arrives, unit: unit, functionCode: 0, content: .broken))
        }
        buffer.append(frame)
        if fault == .duplicate { buffer.append(frame) }
        buffer.sort { $0.arrives < $1.arrives }
    }

    private func receive(
        _ request: RegisterRequest, _ unit: UInt8, deadline: MonotonicInstant, timeout: Nanoseconds
    ) throws(MeteringError) -> [UInt16] {
        guard let frame = buffer.first, frame.arrives <= deadline else {
            now = deadline
            throw .timeout(after: timeout)
        }
        buffer.removeFirst()
        now = max(now + .microseconds(20), frame.arrives)
        guard frame.unit == unit else { throw .wrongReply(.unit) }
        switch frame.content {
        case .broken: throw .checksum
        case .incomplete:
            now = deadline
            throw .timeout(after: timeout)
        case .exception(let code): throw .exception(code: code)
        case .words(let words):
            guard frame.functionCode == request.functionCode, words.count == request.count else {
                throw .wrongReply(.shape)
            }
            return words
        }
    }
}

/// A bus on a simulated line: runs the machine and collects what it tells.
struct SimulatedBus {
    let line: SimulatedLine
    private var driver: BusDriver
    private var wish: RegisterWish?
    private var outcome: (wish: RegisterWish, result: Result<BlockReply, MeteringError>)?
    private(set) var notices: [BusMachine.Notice] = []
    /// What was told of readings in doubt; `notices` holds the rest.
    private(set) var lives: [LiveValues] = []

    init(_ line: SimulatedLine, _ meters: [MeterConfiguration], link: ModbusLink) {
        self.line = line
        driver = BusDriver(
            machine: BusMachine(link: link, meters: meters, now: line.now), transport: line, now: { line.now },
            wait: { line.wait(until: $0) })
    }

    var machine: BusMachine { driver.machine }
    var statistics: MeterStatistics { driver.machine.meters[0].statistics }
    var events: [MeterEvent] { notices.map(\.event) }
    var readings: [EnergyReading] { events.compactMap { if case .reading(let reading) = $0 { reading } else { nil } } }
    var refusals: [ReadingRefusal] { events.compactMap { if case .refused(let refusal) = $0 { refusal } else { nil } } }
    var losses: [MeteringError] { events.compactMap { if case .lost(let error) = $0 { error } else { nil } } }
    var identities: [(MeterIdentity, UInt32)] {
        events.compactMap {
            if case .identified(let identity, let generation) = $0 { (identity, generation) } else { nil }
        }
    }

    mutating func want(_ wish: RegisterWish?) { self.wish = wish }

    /// How the last wish ended that was tried; once.
    mutating func takeOutcome() -> (wish: RegisterWish, result: Result<BlockReply, MeteringError>)? {
        defer { outcome = nil }
        return outcome
    }

    mutating func requestIdentification() { driver.requestIdentification() }
    mutating func judge(meter: Int = 0, under condition: MeterCondition) {
        driver.judge(meter: meter, under: condition)
    }
    mutating func heed(_ cell: MeterConditionCell) { driver.heed([cell]) }
    mutating func acceptNewBase() { driver.acceptNewBase(meter: 0) }

    /// Runs for a span of virtual time.
    mutating func run(_ duration: Nanoseconds) {
        let end = line.now + duration
        while line.now < end { turn() }
    }

    private mutating func turn() {
        var told: [BusMachine.Notice] = []
        // As the bus's thread does: what is wanted is said before each step, until it has been tried.
        driver.want(wish)
        driver.turn {
            told.append($0)
        } fulfil: {
            outcome = ($0, $1)
            wish = nil
        }
        for notice in told {
            if case .live(let values) = notice.event { lives.append(values) } else { notices.append(notice) }
        }
    }

    /// Runs until so many events came, at most a virtual hour.
    mutating func run(events count: Int) {
        let end = line.now + .seconds(3_600)
        let goal = notices.count + count
        while notices.count < goal, line.now < end { turn() }
    }
}
