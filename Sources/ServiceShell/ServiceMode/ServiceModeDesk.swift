/// Service mode, as the shell asks for it. It belongs to a login, which says again and again that it is alive: the control core
/// ends it when that stops, whatever became of the shell.
public protocol ServiceModeDesk: Sendable {
    /// Puts a connector into service mode; the control core has answered when this returns. One that this login has there
    /// already begins anew.
    ///
    /// - Parameter connector: 0 for the only one.
    /// - Throws: `interlock` with the reason where the core refuses; `unavailable` where it does not answer.
    func enterService(connector: UInt32, as holder: ServiceHolder) throws(ServiceShellError)
    /// Ends service mode, whoever entered it. The contactor is told to open within a period.
    ///
    /// - Parameter connector: 0 for all.
    func leaveService(connector: UInt32) throws(ServiceShellError)
    /// This login is alive.
    func renewService(_ holder: ServiceHolder) -> ServiceHold
    /// This login is over, and with it what it had in service mode.
    func endService(_ holder: ServiceHolder)
    /// Begins a test; the control core has begun it when this returns.
    ///
    /// - Throws: `interlock` with the reason where the core refuses, and nothing was moved; `unavailable` where it does not answer.
    func begin(_ test: ServiceTestWish, as holder: ServiceHolder) throws(ServiceShellError) -> ServiceTestTicket
    /// What a test came to; nil while it runs.
    func answer(to ticket: ServiceTestTicket) -> ServiceTestAnswer?
    /// Ends a test before its time; its answer follows.
    func callOff(_ ticket: ServiceTestTicket)
}
