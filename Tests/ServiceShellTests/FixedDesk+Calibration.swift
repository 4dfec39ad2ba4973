import Quantities
import ServiceShell
import Synchronization

extension FixedDesk {
    /// Ada's two points, with a certificate's number.
    static let origin = CalibrationAnswer.Origin(
        references: [Millivolts(10_850), Millivolts(13_034)], residual: Millivolts(-3), spread: Millivolts(15),
        name: "Ada", serial: 7, certificate: [0xAD, 0xA0], unixMilliseconds: 1_795_977_600_000)

    static let profileScale = CalibrationAnswer.Scale(microvoltsPerCount: 7_326, offset: Millivolts(-15_000))

    func calibration(connector: UInt32) throws(ServiceShellError) -> CalibrationAnswer {
        guard connector < 3 else { throw .interlock("expected a connector from 1 to 2, got \(connector)") }
        let outlets = [
            CalibrationAnswer.Outlet(
                connector: 1, board: "gpio-bench", profile: [0xB0, 0xA2],
                channels: [
                    .init(
                        name: "pilot-high",
                        current: .init(
                            microvoltsPerCount: 7_331, offset: Millivolts(-15_012), origin: Self.origin),
                        next: Self.profileScale),
                    .init(
                        name: "pilot-low", current: Self.profileScale,
                        unused: "it was made with another board profile"),
                ]),
            CalibrationAnswer.Outlet(
                connector: 2, board: "simulated", profile: [0x51], channels: [], reason: "the board is simulated"),
        ]
        return CalibrationAnswer(outlets: outlets.filter { connector == 0 || $0.connector == connector })
    }

    func calibrate(
        _ wish: CalibrationWish, by technician: Technician, as holder: ServiceHolder
    ) throws(ServiceShellError) -> CalibrationAnswer.Channel {
        if let failure = diary.changeFailure.withLock({ $0 }) { throw failure }
        diary.add(.change(.calibrate(wish)))
        diary.holders.withLock { $0.append(holder) }
        return CalibrationAnswer.Channel(
            name: wish.channel?.rawValue ?? "", current: Self.profileScale,
            next: CalibrationAnswer.Scale(
                microvoltsPerCount: 7_326, offset: Millivolts(-15_087),
                origin: CalibrationAnswer.Origin(
                    references: [Millivolts(11_950)], residual: .zero, spread: Millivolts(7), name: technician.name,
                    serial: technician.serial, certificate: [0xAD], unixMilliseconds: nil)))
    }
}

extension EmptyDesk {
    private var empty: ServiceShellError { .unavailable("the firmware is starting") }

    func calibration(connector: UInt32) throws(ServiceShellError) -> CalibrationAnswer { throw empty }
    func calibrate(
        _ wish: CalibrationWish, by technician: Technician, as holder: ServiceHolder
    ) throws(ServiceShellError) -> CalibrationAnswer.Channel { throw empty }
}
