import Quantities
import RecordSamples
public import SignedRecords

extension SampleCharger {
    /// A begin body for the next place of a connector's chain.
    public func begin(
        _ chain: ChainNumber, grant: GrantHash, payer: AccountID, tariff: TariffHash, register: Int64
    ) -> Begin {
        let sequence = (heads[chain]?.sequence ?? 0) + 1
        let head = heads[.device] ?? genesis.head
        let session = SessionID.derive(grant: grant, device: device, chain: chain, beginSequence: sequence)
        return Begin(
            session: session, grant: grant, payer: PayerHash.derive(account: payer, session: session), tariff: tariff,
            meter: SampleDevice.meter,
            firmwareDigest: ContentHash(hashing: [2]), deviceHead: head.hash, deviceHeadSequence: head.sequence,
            reading: SampleDevice.reading(register), energyLimit: MilliwattHours(50_000_000), energyFactor: 1)
    }

    /// A tick at `energy` since begin that crosses every boundary after `before`.
    public static func tick(_ session: SessionID, energy: Int64, register: Int64, after before: UInt32) -> Tick {
        let index = UInt32(truncatingIfNeeded: energy / 1_000_000)
        return Tick(
            session: session, index: index, count: index &- before, reading: SampleDevice.reading(register + energy),
            energy: MilliwattHours(energy), readErrors: 0, status: [.meterHealthy, .contactorClosed])
    }

    public static func end(_ session: SessionID, energy: Int64, register: Int64, ticks: UInt32) -> End {
        End(
            session: session, reason: .car, reading: SampleDevice.reading(register + energy),
            energy: MilliwattHours(energy), ticks: ticks)
    }

    /// A whole session: begin, a tick at each energy, an end. The energies rise and each crosses a boundary.
    public mutating func session(
        _ chain: ChainNumber, grant: GrantHash, payer: AccountID, tariff: TariffHash, register: Int64? = nil,
        ticksAt energies: [Int64], endAt last: Int64
    ) throws -> [SignedRecord] {
        let register = register ?? self.register(chain)
        let opening = begin(chain, grant: grant, payer: payer, tariff: tariff, register: register)
        var records = [try append(chain, .begin(opening))]
        var index: UInt32 = 0
        for energy in energies {
            let tick = Self.tick(opening.session, energy: energy, register: register, after: index)
            index = tick.index
            records.append(try append(chain, .tick(tick)))
        }
        let end = Self.end(opening.session, energy: last, register: register, ticks: index)
        records.append(try append(chain, .end(end)))
        return records
    }
}
