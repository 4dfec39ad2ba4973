import ChargeControl
import ControlSoak
import Journal
import Quantities
import SignedRecords

@testable import Firmware

/// The place where a charger stands: drivers come, charge and leave; things go wrong and pass; a technician resets what stays; and
/// the ledger is looked at, between two visits and every few minutes.
final class SoakSite {
    let charger: VirtualCharger
    let source: DeskSource
    let house: LedgerHouse
    private let link: LedgerLink
    private var random: SoakRandom
    private var stage: Stage
    private var visit: Visit
    private(set) var visits = 0
    private(set) var troubles = 0
    /// The trouble that is there and until when; when the visit's begins; from when on poles are free again.
    private var trouble: (kind: SoakTrouble, until: MonotonicInstant)?
    private var troubleAt: MonotonicInstant?
    private var polesFreeAt: MonotonicInstant?
    private var lateSteps = 0
    private var lookedAt: MonotonicInstant
    private var technicianTurn = 0
    private let bornAt: MonotonicInstant

    private enum Stage {
        /// Nobody is there until then.
        case empty(until: MonotonicInstant)
        case visited(since: MonotonicInstant)
        /// The car has left; the session is to end.
        case left(since: MonotonicInstant)
    }

    /// From one driver's coming to the next: 10,000 in 30 days.
    private static let interval = Nanoseconds.milliseconds(259_200)
    /// Between two looks at the ledger while somebody charges.
    private static let lookInterval = Nanoseconds.seconds(240)
    /// Nothing that is cured takes longer.
    private static let patience = Nanoseconds.seconds(1_800)

    init(_ folder: String, _ conditions: Benchmark.Conditions, seed: UInt64) throws {
        let clock = try VirtualClock(path: SoakFolder.clock(folder))
        clock.move(to: MonotonicInstant(nanoseconds: 1_000_000_000_000))
        charger = try VirtualCharger(folder, conditions, clock: clock, seed: seed)
        guard let genesis = try charger.desk.journal.genesis() else {
            throw BenchmarkFailed("there is no genesis record")
        }
        try TextFile.write(Hexadecimal.encode(genesis.message) + "\n", to: SoakFolder.genesis(folder))
        house = try LedgerHouse(folder)
        source = DeskSource(charger.desk)
        link = try LedgerLink(house, folder, device: charger.desk.device, source: source, clock: clock)
        var random = SoakRandom(seed: seed)
        visit = Visit(&random)
        self.random = random
        bornAt = clock.now
        lookedAt = bornAt
        stage = .empty(until: bornAt + .seconds(20))
        trouble = nil
        troubleAt = nil
        polesFreeAt = nil
    }

    func end() {
        link.end()
        house.end()
    }

    /// Virtual time since the begin.
    var age: Nanoseconds { charger.clock.now - bornAt }

    /// Whether nobody is there, and all that was sold is settled.
    var isAtRest: Bool { if case .empty = stage { true } else { false } }

    /// A tenth of a second: twenty periods, and what people do in it.
    func live() throws {
        for _ in 0..<20 {
            guard lateSteps > 0, let kind = trouble?.kind else {
                try charger.step()
                continue
            }
            lateSteps -= 1
            let late = kind == .loopLate ? 20 : Int64(41 + random.below(260))
            try charger.step(late: .milliseconds(late), isSaid: kind != .stallUnsaid)
        }
        let now = charger.clock.now
        try passTrouble(at: now)
        switch stage {
        case .empty(let until): if now >= until { try welcome(at: now) }
        case .visited(let since): try attend(since: since, at: now)
        case .left(let since): try settle(since: since, at: now)
        }
    }

    // MARK: Drivers

    private func welcome(at now: MonotonicInstant) throws {
        guard case .empty(let due) = stage else { return }
        guard trouble == nil, !isOutOfOrder else {
            guard now - due < Self.patience else { throw stuck("out of order") }
            return try callTechnician(at: now)
        }
        // While the meter is out of reach nothing is offered; what was offered is taken back where nobody looked for long.
        guard charger.hasOffer else {
            guard now - due < Self.patience else { throw stuck("a grant is not offered") }
            if now - lookedAt >= .seconds(5) { try sell() }
            return
        }
        try charger.board.run("reset-button off")
        for line in visit.car { try charger.board.run(line) }
        visits += 1
        stage = .visited(since: now)
        troubleAt = visit.trouble.map { now + $0.after }
    }

    /// What is on record goes to the ledger, then the next driver's grant; what the ledger made of both comes back proved.
    private func sell() throws {
        try look()
        try house.grant(Microunits(visit.budget * LedgerProcess.price.rawValue))
        try look()
        try charger.readRecords()
    }

    private func attend(since: MonotonicInstant, at now: MonotonicInstant) throws {
        if let due = troubleAt, now >= due, let planned = visit.trouble {
            troubleAt = nil
            try begin(planned.kind, until: now + planned.lasts)
        }
        if now - lookedAt >= Self.lookInterval { try exchange() }
        guard now - since >= visit.stay else { return }
        try charger.board.run("unplug")
        troubleAt = nil
        stage = .left(since: now)
    }

    private func settle(since: MonotonicInstant, at now: MonotonicInstant) throws {
        let phase = charger.shown?.phase
        guard phase == .idle, !charger.hasSession, now - since >= .seconds(3) else {
            guard now - since < Self.patience else { throw stuck("a session does not end") }
            if now - since >= .seconds(60) { try callTechnician(at: now) }
            return
        }
        visit = Visit(&random)
        let planned = bornAt + .milliseconds(Int64(visits) * Self.interval.wholeMilliseconds)
        stage = .empty(until: max(planned, now + .seconds(5)))
        try sell()
    }

    // MARK: The ledger

    private func look() throws {
        lookedAt = charger.clock.now
        try link.look()
        charger.passOn(at: lookedAt)
    }

    /// What is on record goes to the ledger, and what it made of that comes back.
    private func exchange() throws {
        try look()
        try house.rest()
        try look()
        try charger.readRecords()
    }

    // MARK: Trouble

    private func begin(_ kind: SoakTrouble, until end: MonotonicInstant) throws {
        troubles += 1
        trouble = (kind, end)
        if kind.isOfPoles { charger.arePolesFree = false }
        for line in kind.begin { try charger.board.run(line) }
        if let requests = kind.requests { charger.ask(requests.begin) }
        switch kind {
        case .meterSilent, .meterLost: charger.meter.silentUntil = end
        case .meterRefused, .meterDistrusted: charger.meter.refusedUntil = end
        case .loopLate: lateSteps = 4
        case .loopStalled, .stallUnsaid: lateSteps = 1
        default: break
        }
    }

    private func passTrouble(at now: MonotonicInstant) throws {
        if let free = polesFreeAt, now >= free {
            polesFreeAt = nil
            charger.arePolesFree = true
        }
        guard let (kind, end) = trouble, now >= end, lateSteps == 0 else { return }
        trouble = nil
        if kind.isOfPoles { polesFreeAt = now + .seconds(1) }
        for line in kind.end { try charger.board.run(line) }
        if let requests = kind.requests { charger.ask(requests.end) }
    }

    /// A fault stands that keeps the next driver from charging.
    private var isOutOfOrder: Bool {
        guard let shown = charger.shown else { return true }
        return shown.phase != .idle || Self.stops(shown.fault)
    }

    private static func stops(_ code: FaultCode?) -> Bool {
        switch code {
        case nil, .temperatureUnknown, .contactorFeedbackLost, .contactorWorn, .residualSelfTestOverdue,
            .recordsNearlyFull, .meterSilent, .loopLate:
            false
        default: true
        }
    }

    /// He resets the monitor, presses the button and lets it go, and resets one fault after another by his tool.
    private func callTechnician(at now: MonotonicInstant) throws {
        technicianTurn += 1
        guard technicianTurn % 5 == 0 else { return }
        let isPressed = technicianTurn % 10 == 0
        try charger.board.run("reset-button \(isPressed ? "on" : "off")")
        if trouble == nil { try charger.board.run("residual reset") }
        let codes = charger.shown?.faults.codes ?? []
        guard !codes.isEmpty else { return }
        let code = codes[technicianTurn / 5 % codes.count]
        charger.ask(.technicianReset(code, connector: 1))
    }

    private func stuck(_ what: String) -> BenchmarkFailed {
        let shown = charger.shown
        let faults = shown.map { "\($0.phase), faults \($0.faults.codes)" } ?? "nothing shown"
        let status = charger.desk.status.current
        return BenchmarkFailed(
            "\(what) after \(age.wholeMilliseconds / 1_000) s, visit \(visits): \(faults); trouble "
                + "\(visit.trouble.map { "\($0.kind)" } ?? "none"); \(status.records.problem)")
    }
}
