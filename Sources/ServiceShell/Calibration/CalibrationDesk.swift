/// The calibration of the board's converter channels, as the shell asks for it.
public protocol CalibrationDesk: Sendable {
    /// What scales each channel, and since whom.
    ///
    /// - Parameter connector: 0 for all.
    /// - Throws: `interlock` where there is no such connector.
    func calibration(connector: UInt32) throws(ServiceShellError) -> CalibrationAnswer
    /// Carries out a wish that is on record; what is kept is durable when this returns, and in force from the firmware's next start. A
    /// reading takes a third of a second, and 2 s at most.
    ///
    /// - Parameter holder: the login in whose service mode a channel is read.
    /// - Throws: `interlock` with the reason where it is refused, and nothing was changed; `unavailable` where the converter is silent.
    func calibrate(
        _ wish: CalibrationWish, by technician: Technician, as holder: ServiceHolder
    ) throws(ServiceShellError) -> CalibrationAnswer.Channel
}
