import ChargerSamples
import Ledger
import Quantities
import RecordSamples
import SignedRecords

/// A charger at work: what it measures, what it signed and has not brought to the ledger yet.
struct SoakCharger {
    /// A session that it keeps.
    struct Session {
        let id: SessionID
        /// The register at begin, less what rollovers and a reset took from it.
        var base: Int64
        var energy: Int64 = 0
        var ticks: UInt32 = 0
        var isReset = false
        var isPaused = false
    }

    var sample: SampleCharger
    let isHonest: Bool
    let connectors: UInt32
    var tariff: Int
    var sessions: [ChainNumber: Session] = [:]
    var registers: [ChainNumber: Int64] = [:]
    /// In the order in which they were signed.
    var queue: [SignedRecord] = []
    /// Old records of a dishonest one.
    var past: [SignedRecord] = []
    /// Faults that stand, by chain.
    var faults: [ChainNumber: UInt16] = [:]
    var keyNumber = 0
    var isRegistered = false

    var device: DeviceID { sample.device }
    var key: String { device.hex }

    mutating func sign(_ chain: ChainNumber, _ body: RecordBody) throws {
        let signed = try sample.append(chain, body)
        queue.append(signed)
        if !isHonest { past.append(signed) }
    }

    func register(_ chain: ChainNumber) -> Int64 { registers[chain] ?? 5_000_000 }

    mutating func begin(
        _ chain: ChainNumber, grant: GrantHash, payer: AccountID, tariff: TariffHash
    ) throws {
        let register = register(chain)
        let begin = sample.begin(chain, grant: grant, payer: payer, tariff: tariff, register: register)
        try sign(chain, .begin(begin))
        sessions[chain] = Session(id: begin.session, base: register)
    }

    /// The next record of a session that runs.
    mutating func goOn(_ chain: ChainNumber, _ random: inout SeededRandom) throws {
        guard var session = sessions[chain] else { return }
        let choice = session.isReset ? 9 : Int(random.next() % 12)
        let step = Int64(random.next() % 1_900_000)
        switch choice {
        case 0:
            let last = session.base + session.energy
            session.energy += step
            try sign(
                chain,
                .gap(
                    Gap(
                        session: session.id, reason: .meterSilent, milliseconds: 1_000,
                        lastImport: MilliwattHours(last), reading: SampleDevice.reading(session.base + session.energy)))
            )
        case 1 where random.oneIn(2):
            let last = session.base + session.energy
            let modulus = last + 1 + step / 2
            let reading = min(step / 3, last - 1)
            guard reading >= 0 else { return }
            session.base -= modulus
            session.energy = reading - session.base
            try sign(
                chain,
                .rollover(
                    Rollover(
                        session: session.id, lastImport: MilliwattHours(last), reading: SampleDevice.reading(reading),
                        modulus: MilliwattHours(modulus))))
        case 2 where random.oneIn(3):
            let last = session.base + session.energy
            let reading = last / 2
            guard reading < last else { return }
            session.base -= last - reading
            session.isReset = true
            try sign(
                chain,
                .reset(
                    Reset(
                        session: session.id, lastImport: MilliwattHours(last), reading: SampleDevice.reading(reading))))
        case 3:
            try sign(
                chain,
                session.isPaused
                    ? .resume(Resume(session: session.id)) : .pause(Pause(session: session.id, reason: .car)))
            session.isPaused.toggle()
        case 4...8:
            session.energy += 400_000 + step
            let index = UInt32(session.energy / 1_000_000)
            guard index > session.ticks else { break }
            try sign(
                chain,
                .tick(
                    SampleCharger.tick(
                        session.id, energy: session.energy, register: session.base, after: session.ticks)))
            session.ticks = index
        default:
            session.energy += step / 4
            try sign(
                chain,
                .end(
                    SampleCharger.end(
                        session.id, energy: session.energy, register: session.base, ticks: session.ticks)))
            registers[chain] = session.base + session.energy
            sessions[chain] = nil
            return
        }
        registers[chain] = session.base + session.energy
        sessions[chain] = session
    }

    mutating func end(_ chain: ChainNumber) throws {
        guard let session = sessions.removeValue(forKey: chain) else { return }
        registers[chain] = session.base + session.energy
        try sign(
            chain,
            .end(
                SampleCharger.end(
                    session.id, energy: session.energy, register: session.base, ticks: session.ticks)))
    }
}
