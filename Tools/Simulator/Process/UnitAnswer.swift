import Simulator

/// What comes back when a unit of a line is asked.
enum UnitAnswer {
    /// There is no such unit.
    case absent
    /// It is there, and says nothing.
    case silent
    case reply(MeterReply)
}
