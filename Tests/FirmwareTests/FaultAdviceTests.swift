import ChargeControl
import Quantities
import ServiceShell
import Testing

@testable import Firmware

/// What a technician is told beside a fault's sentence for users.
@Suite("Advice for a fault")
struct FaultAdviceTests {
    private static func sample(
        pilot: ConnectorSample.Pilot = .init(state: .a), isEnabled: Bool = false, board: DeciCelsius? = nil,
        plug: DeciCelsius? = nil, proximity: Ohms? = nil, earth: Bool? = nil, voltages: [Millivolts] = [],
        lock: ConnectorSample.Lock = .unknown
    ) -> ConnectorSample {
        ConnectorSample(
            number: 1, age: .zero, pilot: pilot,
            contactor: .init(
                isEnabled: isEnabled, mirror: .closed, secondMirror: .unknown, loads: [.closed, .open, .unknown],
                operations: 7),
            proximity: proximity, earthPresent: earth, boardTemperature: board, plugTemperature: plug, lock: lock,
            voltages: voltages)
    }

    @Test("a place to look at for each fault, in one line that fits a terminal")
    func places() {
        for code in FaultCode.allCases {
            #expect((12...140).contains(code.check.utf8.count), "\(code): \(code.check)")
            #expect(!code.check.contains("\n"), "\(code)")
        }
    }

    @Test(
        "what the board shows of a fault",
        arguments: [
            (
                .contactorWelded, sample(),
                "told to open; mirror contact closed, second unknown; behind L1 closed, behind L2 open, behind L3 unknown"
            ),
            (
                .contactorNotClosed, sample(isEnabled: true),
                "told to close; mirror contact closed, second unknown; behind L1 closed, behind L2 open, behind L3 unknown"
            ),
            (
                .diodeMissing,
                sample(
                    pilot: .init(state: .c, high: Millivolts(6_010), low: Millivolts(-90), offered: Milliamps(16_000))),
                "high 6.010 V, low -0.090 V, offered 16.000 A"
            ),
            (.pilotStale, sample(), "high not read, low not read, offered 0.000 A"),
            (.earthMissing, sample(), "the earth monitor is not read"), (.earthMissing, sample(earth: false), nil),
            (
                .undervoltage, sample(voltages: [Millivolts(170_200), Millivolts(230_000)]),
                "L1 170.200 V, L2 230.000 V"
            ),
            (.voltageUnknown, sample(), "no voltage is measured"),
            (.overTemperature, sample(board: DeciCelsius(-5)), "-0.5 °C"), (.plugOverTemperature, sample(), "not read"),
            (.temperatureUnknown, sample(plug: DeciCelsius(712)), "board not read, plug 71.2 °C"),
            (.proximityFault, sample(proximity: Ohms(47)), "47 Ω"),
            (.cableChanged, sample(), "the coding contact is open or not read"),
            (.lockLost, sample(lock: .unlocked), "the lock's contact says unlocked"), (.emergencyStop, sample(), nil),
        ] as [(FaultCode, ConnectorSample, String?)])
    func evidence(code: FaultCode, sample: ConnectorSample, expected: String?) {
        #expect(code.evidence(in: sample) == expected)
    }
}
