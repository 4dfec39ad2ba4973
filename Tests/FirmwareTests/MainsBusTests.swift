import ChargeControl
import Foundation
import Metering
import Quantities
import Testing

@testable import Firmware
@testable import Simulator

/// Both meters of a charger on one line, read by the daemon's own buses, in real time.
@Suite("Two meters on one line", .serialized)
struct MainsBusTests {
    /// The daemon's parts for a line; what they make is the daemon's.
    private func parts(_ line: BenchLine, home: String) throws -> DaemonParts {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let meter = "profile = \"\(root)/Board/meters/eastron-sdm630.toml\"\npoll_ms = 300\n"
        let text = """
            schema = "wattseald/1"
            home = "\(home)"
            [device]
            product = "Box"
            serial = "7"
            owner = "\(String(repeating: "ab", count: 32))"
            [board]
            profile = "\(root)/Board/profiles/simulated.toml"
            plant_socket = "plant.sock"
            [mains]
            fuse_ma = 35000
            fail_safe_ma = 6000
            unit = \(BenchLine.mainsUnit)
            \(meter)
            [mains.\(line.words)
            [meter]
            unit = \(BenchLine.billingUnit)
            \(meter)
            [meter.\(line.words)
            [ledger]
            chain_id = "chain"
            rpc = "http://127.0.0.1:26657"
            trust_height = 3
            trust_hash = "\(String(repeating: "0C", count: 32))"
            [connector]
            maximum_current_ma = 16000
            mains_phases = "L1L2L3"
            """
        let path = "\(home).toml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try DaemonParts(
            try FirmwareConfiguration(path: path), benchAllowed: false, connect: KeysInProcess.connect)
    }

    private func wait(_ seconds: Int64 = 20, until holds: () -> Bool) -> Bool {
        let end = SystemClock.now() + .seconds(seconds)
        while SystemClock.now() < end {
            if holds() { return true }
            usleep(20_000)
        }
        return false
    }

    @Test("each is read in its role, and each tells its own side", arguments: BenchLine.Kind.allCases)
    func roles(kind: BenchLine.Kind) throws {
        let line = try BenchLine(kind)
        defer { line.stop() }
        #expect(try line.plant { try $0.run("house 7000 8000 9000") } == "ok")
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("home-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: home) }
        let parts = try parts(line, home: home)
        let mains = try #require(parts.mains)
        let (queues, feed) = ([ControlQueues()], MainsFeed())
        let status = StatusBoard(mains: mains.status, gauge: feed.gauge)
        let records = RecordThread(queues: queues, bell: try WakeUp(), status: status)
        let (buses, _) = try parts.makeBuses(
            queues: queues, records: records, feed: feed, status: status, logger: DeskRig.quiet)
        #expect(buses.count == 1)
        guard case .absent = feed.load.condition.contactor else {
            Issue.record("\(feed.load.condition)")
            return
        }
        for bus in buses { try bus.start() }
        defer { for bus in buses { bus.stop() } }

        var watch = mains.makeGuard(feed)
        let isBelieved = wait {
            watch.takeNews(at: SystemClock.now())
            return watch.limit.reason == .supplyLimit
        }
        #expect(isBelieved)
        // What flows is known and the limit a fail-safe's still: it rises after a while.
        #expect(watch.limit.current == Milliamps(6_000))
        var billed: [EnergyReading] = []
        let isBilled = wait {
            while let news = queues[0].meter.take() { if case .reading(let reading) = news { billed.append(reading) } }
            return billed.count >= 3
        }
        #expect(isBilled)
        #expect(
            billed.allSatisfy { $0.currents.all == [.zero, .zero, .zero] && $0.import == MilliwattHours(1_000_000) })
        let report = try #require(status.current.mains)
        #expect(report.currentMA == [7_000, 8_000, 9_000])
        #expect(report.meter.serial == "22" && report.meter.profile == "eastron.sdm630.v2")
        #expect(report.meter.accepted >= 1 && report.meter.problem.isEmpty && report.meter.ageMS >= 0)
        #expect(status.current.connectors[0].meter.accepted == 0)

        // What its register does is nothing to a supply's meter.
        #expect(try line.plant { try $0.run("mains-meter reset") } == "ok")
        let accepted = status.current.mains?.meter.accepted ?? 0
        #expect(wait { status.current.mains?.meter.accepted ?? 0 > accepted + 3 })
        #expect(status.current.mains?.meter.refused == 0)

        // Too much for the fuse, with the next reading.
        #expect(try line.plant { try $0.run("house 36000 8000 9000") } == "ok")
        let isLowered = wait {
            watch.takeNews(at: SystemClock.now())
            return watch.limit.current == .zero
        }
        #expect(isLowered)

        // One that is lost leaves the other one reading.
        line.setSilent(BenchLine.mainsUnit, true)
        #expect(wait { status.current.mains?.meter.isLost == true })
        #expect(wait { watch.limit.standing(at: SystemClock.now()).reason == .expired })
        while queues[0].meter.take() != nil {}
        #expect(wait { if case .reading = queues[0].meter.take() { true } else { false } })
        line.setSilent(BenchLine.mainsUnit, false)
        let isBack = wait {
            watch.takeNews(at: SystemClock.now())
            return watch.limit.reason == .supplyLimit && status.current.mains?.meter.isLost == false
        }
        #expect(isBack)
    }
}
