import Foundation
import Quantities
import Synchronization

@testable import Firmware
@testable import Simulator
@testable import plant

/// A line in real time with two meters on it, a connector's and the mains', served by a thread of its own. The servers are
/// that thread's alone; the rest is behind a lock.
final class BenchLine: @unchecked Sendable {
    enum Kind: String, CaseIterable, Sendable { case tcp, rtu }

    static let billingUnit: UInt8 = 1
    static let mainsUnit: UInt8 = 2

    /// What stands in the configuration behind `[meter.` and `[mains.`.
    let words: String
    private let tcp: ModbusTCPServer?
    private let serial: ModbusSerialServer?
    private let state: Mutex<State>
    private let ended = DispatchSemaphore(value: 0)

    private struct State {
        var plant: Plant
        var isStopping = false
        /// The units that do not answer.
        var silent: Set<UInt8> = []
    }

    init(_ kind: Kind) throws {
        var plant = Plant(
            at: SystemClock.now(), meter: EnergyMeter(model: .sdm630, serial: 11, energy: MilliwattHours(1_000_000)))
        plant.fit(mainsMeter: EnergyMeter(model: .sdm630, serial: 22, energy: MilliwattHours(9_000_000)))
        state = Mutex(State(plant: plant))
        switch kind {
        case .tcp:
            guard let any = HostPort("127.0.0.1:0") else { invariantBroken("this is an address") }
            let server = try ModbusTCPServer(any)
            words = "tcp]\nhost = \"127.0.0.1\"\nport = \(server.port)\n"
            (tcp, serial) = (server, nil)
        case .rtu:
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("tty-\(UUID())").path
            words = "rtu]\ndevice = \"\(path)\"\n"
            (tcp, serial) = (nil, try ModbusSerialServer(link: path, model: .sdm630, baud: 9_600))
        }
        Thread { [self] in serve() }.start()
    }

    /// The plant, to look at or to change.
    func plant<Answer: Sendable>(_ body: (inout Plant) throws -> Answer) rethrows -> Answer {
        try state.withLock { try body(&$0.plant) }
    }

    /// Lets a unit answer, or not.
    func setSilent(_ unit: UInt8, _ isSilent: Bool) {
        state.withLock { state in
            if isSilent { state.silent.insert(unit) } else { state.silent.remove(unit) }
        }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        ended.wait()
    }

    private func serve() {
        while !state.withLock({ $0.isStopping }) {
            let now = SystemClock.now()
            plant { $0.advance(to: now) }
            tcp?.service(now: now) { answer($0, $1) }
            serial?.service(now: now) { answer($0, $1) }
            usleep(1_000)
        }
        tcp?.shut()
        serial?.shut()
        ended.signal()
    }

    private func answer(_ unit: UInt8, _ request: [UInt8]) -> UnitAnswer {
        state.withLock { state in
            if state.silent.contains(unit) { return .silent }
            var reply: MeterReply?
            switch unit {
            case Self.billingUnit: state.plant.serveMeter { reply = $0.reply(to: request) }
            case Self.mainsUnit: state.plant.serveMainsMeter { reply = $0.reply(to: request) }
            default: return .absent
            }
            return reply.map { .reply($0) } ?? .silent
        }
    }
}
