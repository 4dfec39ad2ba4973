import ChargeControl
import Quantities

/// Something that is done to a charger from outside.
enum Action: Sendable {
    /// Nothing.
    case nothing
    /// A line of the plant's script: car, cable, contactor, senses, mains, meter.
    case plant(String)
    /// A grant stands, one that had no session yet.
    case grant
    /// No grant stands any more.
    case noGrant
    /// The grant has so much energy left, in mWh.
    case grantEnergy(Int64)
    /// The grant, or the time that the driver asked for, ends so many ms from now.
    case deadline(Int64)
    case ownerStop(Bool)
    /// A source's limit in mA, which expires after so many ms and falls to its fail-safe.
    case limit(LimitSource, Int32?, expiresAfter: Int64?, failSafe: Int32)
    /// The meter answers, or what its bus says instead.
    case meter(MeterState)
    case records(RecordStoreState)
    /// The store of records acknowledges begin records, or keeps its peace.
    case acknowledges(Bool)
    case technicianReset(FaultCode)
    case selfTest
    case phases(PhaseMode)
    case softShutdown
    case hardShutdown
    /// The charger loses its supply, and starts 2 s later with the latches that its records hold; the plant goes on. Its
    /// contactor may have been replaced meanwhile.
    case powerCycle(hasNewContactor: Bool)
}
