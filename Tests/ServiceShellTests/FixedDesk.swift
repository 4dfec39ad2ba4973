import Quantities
import ServiceShell

/// A desk whose answers never change, so that transcripts can be compared byte by byte.
struct FixedDesk: ServiceDesk {
    var ledgerFailure: ServiceShellError?

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
                    number: 1, pilot: .c, contactor: .closed, session: Array(repeating: 0x11, count: 16),
                    energy: MilliwattHours(2_345_678), offered: Milliamps(9_500),
                    limitReason: "9.5 A: temperature 71.2 °C", currents: [9_480, 9_502, 9_499].map { Milliamps($0) },
                    temperature: DeciCelsius(712), activeFaults: 1),
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
            records: 500, bytes: 256_000, flushes: 502, freeRecords: 99_500)
    }

    func ledger() throws(ServiceShellError) -> LedgerAnswer {
        if let ledgerFailure { throw ledgerFailure }
        return LedgerAnswer(
            chain: "wattseal-1", endpoint: "http://127.0.0.1:26657", isReachable: false, trustedHeight: 1234,
            trustedTime: -1, backlog: 3, lastError: "connection refused", nextTry: .milliseconds(1_500))
    }

    func faults() throws(ServiceShellError) -> [FaultAnswer] {
        [
            FaultAnswer(
                code: 301, name: "contactor welded", connector: 1, isPresent: false, isLatched: true,
                age: .milliseconds(60_000), clearedBy: "a technician")
        ]
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
}
