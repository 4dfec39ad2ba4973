import Quantities
import ServiceShell
import Synchronization

/// A desk whose answers never change, so that transcripts can be compared byte by byte.
struct FixedDesk: ServiceDesk {
    /// What was changed and put on record, in order.
    final class Diary: Sendable {
        enum Entry: Equatable {
            case change(ServiceChange)
            case record(AuditEntry)
        }

        private let kept = Mutex<[Entry]>([])
        /// What keeps the next record, or the next change, from being made.
        let recordFailure = Mutex<ServiceShellError?>(nil)
        let changeFailure = Mutex<ServiceShellError?>(nil)
        let obstacle = Mutex<String?>(nil)
        let pilot = Mutex(ConnectorStatus.PilotState.c)
        let service = Mutex<String?>(nil)
        /// What logins that have something in service mode are told, who ended with it, and what tests come to.
        let hold = Mutex(ServiceHold(stands: true))
        let renewals = Mutex(0)
        let ended = Mutex<[ServiceHolder]>([])
        let holders = Mutex<[ServiceHolder]>([])
        let testAnswer = Mutex<ServiceTestAnswer?>(nil)
        let calledOff = Mutex<[ServiceTestTicket]>([])

        func add(_ entry: Entry) { kept.withLock { $0.append(entry) } }
        var entries: [Entry] { kept.withLock { $0 } }
        var changes: [ServiceChange] { entries.compactMap { if case .change(let change) = $0 { change } else { nil } } }
        var records: [AuditEntry] { entries.compactMap { if case .record(let entry) = $0 { entry } else { nil } } }
    }

    var ledgerFailure: ServiceShellError?
    let diary = Diary()

    func identity() throws(ServiceShellError) -> IdentityAnswer {
        IdentityAnswer(
            product: "Wallbox One", serial: "W1-000042", board: "simulated", device: Array(0..<32),
            keyProtection: "software", firmwareVersion: "0.1.0", firmwareDigest: Array(repeating: 0xAB, count: 32),
            isBench: true, energyFactor: 60, bootCount: 7, uptime: .milliseconds(3_723_004))
    }

    func status() throws(ServiceShellError) -> StatusAnswer {
        StatusAnswer(
            connectors: [
                ConnectorStatus(
                    number: 1, pilot: diary.pilot.withLock { $0 }, contactor: .closed,
                    session: Array(repeating: 0x11, count: 16),
                    energy: MilliwattHours(2_345_678), offered: Milliamps(9_500),
                    limitReason: "9.5 A: temperature 71.2 °C", currents: [9_480, 9_502, 9_499].map { Milliamps($0) },
                    temperature: DeciCelsius(712), activeFaults: 1, service: diary.service.withLock { $0 }),
                ConnectorStatus(
                    number: 2, pilot: .disconnectedByUs, contactor: .unknown, limitReason: "no car", activeFaults: 0),
            ], unixMilliseconds: 1_709_208_000_123, timeQuality: .synchronised)
    }

    func meters() throws(ServiceShellError) -> [MeterAnswer] {
        [
            MeterAnswer(
                connector: 1, state: .refused,
                identity: .init(vendor: "Eastron", model: "SDM630", serial: "\u{1B}[2J123\"", profile: "sdm630"),
                importRegister: MilliwattHours(1_234_567_000), power: Milliwatts(-4_600_001),
                voltages: [230_100, 229_800, 231_000].map { Millivolts($0) }, currents: [Milliamps(-5)],
                frequency: Millihertz(49_987), age: .milliseconds(250), accepted: 1_000, refused: 3,
                lastRefusal: "energy went back by 2 Wh"),
            MeterAnswer(connector: 2, state: .lost, accepted: 0, refused: 0),
        ]
    }

    func journal() throws(ServiceShellError) -> JournalAnswer {
        JournalAnswer(
            chains: [.init(number: 0, head: 12, acknowledged: 12), .init(number: 1, head: .max, acknowledged: 1)],
            records: 500, bytes: 256_000, flushes: 502, freeRecords: 99_500, segmentsOfRoom: 12, resumes: 1,
            diskFree: 734_003_200, diskTotal: 4_294_967_296)
    }

    func ledger() throws(ServiceShellError) -> LedgerAnswer {
        if let ledgerFailure { throw ledgerFailure }
        return LedgerAnswer(
            chain: "wattseal-1", endpoint: "http://127.0.0.1:26657", isReachable: false, trustedHeight: 1234,
            trustedTime: -1, backlog: 3, lastError: "connection refused")
    }

    func faults() throws(ServiceShellError) -> [FaultAnswer] {
        [
            FaultAnswer(
                code: 301, name: "contactor welded", connector: 1, isPresent: false, isLatched: true,
                age: .milliseconds(60_000), clearedBy: "a technician",
                evidence: "told to open; mirror contact closed", check: "each pole of the contactor")
        ]
    }
}

extension FixedDesk {
    func samples() throws(ServiceShellError) -> [ConnectorSample] {
        var sample = ConnectorSample(
            number: 1, age: .milliseconds(5),
            pilot: .init(
                state: .c, high: Millivolts(6_010), low: Millivolts(-11_980),
                highs: Millivolts(5_990)...Millivolts(9_020), lows: Millivolts(-12_010)...Millivolts(-11_950),
                window: .milliseconds(60_000), offered: Milliamps(9_500), duty: BasisPoints(1_583),
                isDiodeSeen: true),
            contactor: .init(
                isEnabled: true, mirror: .closed, secondMirror: .unknown, loads: [.closed, .open, .unknown],
                operations: 812))
        sample.proximity = Ohms(220)
        sample.cableRating = Milliamps(32_000)
        sample.residualTrips = 1
        sample.earthPresent = true
        sample.boardTemperature = DeciCelsius(712)
        sample.lock = .locked
        sample.isGateHeld = true
        sample.voltages = [Millivolts(230_100)]
        sample.frequency = Millihertz(49_987)
        sample.limits = [.init(source: "grid", current: Milliamps(16_000), reason: "the grid operator's limit")]
        sample.binding = "9.5 A: temperature 71.2 °C"
        return [sample]
    }

    func sessions() throws(ServiceShellError) -> [SessionAnswer] {
        [
            SessionAnswer(
                connector: 1, session: Array(repeating: 0x11, count: 16), isOpen: true, phase: "charging",
                energy: MilliwattHours(2_345_678), paid: Microunits(700_000), commission: Microunits(35_000),
                isSettled: false)
        ]
    }

    func time() throws(ServiceShellError) -> TimeAnswer {
        TimeAnswer(
            unixMilliseconds: nil, quality: .unknown, provenMilliseconds: 1_767_225_600_000,
            boot: Array(repeating: 9, count: 16), boots: 7, sinceBoot: .milliseconds(1_500))
    }

    func keys() throws(ServiceShellError) -> KeyAnswer {
        KeyAnswer(
            device: Array(0..<32), epoch: 2, protection: "tpm", ed25519: Array(repeating: 0xED, count: 32),
            p256: Array(repeating: 4, count: 65))
    }

    func buses() throws(ServiceShellError) -> [BusAnswer] {
        [
            BusAnswer(
                connector: nil, counts: [.init("requests", 12), .init("wrong replies", 1)], busy: .milliseconds(90),
                worstLatency: .milliseconds(31))
        ]
    }

    func log(lines: Int) throws(ServiceShellError) -> [String] {
        ["1.000 info: up", "2.000 info: \(lines)"].suffix(lines)
    }

    func selfTest() throws(ServiceShellError) -> [SelfTestAnswer] {
        var (contactor, storage) = (Report(), Report())
        contactor.add("last closing", .duration(.milliseconds(21)))
        contactor.add("last opening", .duration(nil))
        storage.add("worst us", .count(730_000))
        return [
            SelfTestAnswer(part: "records", verdict: .good),
            SelfTestAnswer(
                part: "contactor", connector: 2, verdict: .unknown, values: contactor, limit: "0.100 s each",
                reason: "its last opening was not timed"),
            SelfTestAnswer(
                part: "storage", verdict: .bad, values: storage, limit: "500000 us a flush",
                reason: "a flush took longer than that"),
            SelfTestAnswer(part: "clock", verdict: .bad, reason: "not set"),
        ]
    }

    func testResidual(connector: UInt32) throws(ServiceShellError) -> [ResidualTestAnswer] {
        if let failure = diary.changeFailure.withLock({ $0 }) { throw failure }
        diary.add(.change(.testResidual(connector: connector)))
        let limit = Nanoseconds.seconds(1)
        return [
            ResidualTestAnswer(connector: 1, outcome: .passed, trip: .milliseconds(31), limit: limit),
            ResidualTestAnswer(connector: 2, outcome: .failed, trip: nil, limit: limit),
            ResidualTestAnswer(connector: 3, outcome: .failed, trip: .milliseconds(40), limit: limit),
            ResidualTestAnswer(connector: 4, outcome: .notDone("it has no test input"), trip: nil, limit: limit),
        ].filter { connector == 0 || $0.connector == connector }
    }

    func obstacle(to change: ServiceChange) -> String? {
        if case .rotateKeys = change { return "a session is open on connector 1" }
        return diary.obstacle.withLock { $0 }
    }

    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) {
        if let failure = diary.changeFailure.withLock({ $0 }) { throw failure }
        diary.add(.change(change))
    }

    func record(_ entry: AuditEntry) throws(ServiceShellError) {
        if let failure = diary.recordFailure.withLock({ $0 }) { throw failure }
        diary.add(.record(entry))
    }
}

/// A desk of a charger that has just started: nothing is known yet.
struct EmptyDesk: ServiceDesk {
    private let notYet = ServiceShellError.unavailable("the firmware is starting")

    func identity() throws(ServiceShellError) -> IdentityAnswer { throw notYet }
    func status() throws(ServiceShellError) -> StatusAnswer { throw notYet }
    func meters() throws(ServiceShellError) -> [MeterAnswer] { [] }
    func journal() throws(ServiceShellError) -> JournalAnswer { throw notYet }
    func ledger() throws(ServiceShellError) -> LedgerAnswer { throw notYet }
    func faults() throws(ServiceShellError) -> [FaultAnswer] { [] }
    func samples() throws(ServiceShellError) -> [ConnectorSample] { throw notYet }
    func sessions() throws(ServiceShellError) -> [SessionAnswer] { [] }
    func time() throws(ServiceShellError) -> TimeAnswer { throw notYet }
    func keys() throws(ServiceShellError) -> KeyAnswer { throw notYet }
    func buses() throws(ServiceShellError) -> [BusAnswer] { [] }
    func log(lines: Int) throws(ServiceShellError) -> [String] { [] }
    func selfTest() throws(ServiceShellError) -> [SelfTestAnswer] { [] }
    func testResidual(connector: UInt32) throws(ServiceShellError) -> [ResidualTestAnswer] { throw notYet }
    func obstacle(to change: ServiceChange) -> String? { nil }
    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) { throw notYet }
    func record(_ entry: AuditEntry) throws(ServiceShellError) { throw notYet }
}
