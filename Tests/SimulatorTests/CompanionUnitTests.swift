import ChargeControl
import Foundation
import Glibc
import Quantities
import Testing

@testable import BoardIO
@testable import Simulator

/// Both ends of the companion's line: the plant's microcontroller runs the far end, the board's driver the near one.
@Suite("The companion microcontroller in the plant")
struct CompanionUnitTests {
    @Test("what it sends is what the plant's pilot is, at every duty")
    func frames() {
        var unit = CompanionUnit(at: MonotonicInstant(nanoseconds: 0))
        var decoder = CompanionDecoder()
        var now = MonotonicInstant(nanoseconds: 0)
        for highTime in stride(from: 50, through: 970, by: 23) as StrideThrough<Int64> {
            var last: CompanionFrame?
            // The first window may hold some of the duty before.
            for _ in 0..<4 {
                now = now + .milliseconds(1)
                let peaks = PilotSample(high: Millivolts(9_000), low: Millivolts(-12_000), at: now)
                unit.advance(to: now, peaks: peaks, under: .pwm(.microseconds(highTime)))
                if let frame = decoder.receive(unit.bytes(at: now)) { last = frame }
            }
            #expect(last?.high == Millivolts(9_000) && last?.low == Millivolts(-12_000), "\(highTime) us")
        }
        #expect(unit.frames > 100 && unit.broken == 0 && decoder.refused == 0)
        unit.fault = .slow
        let before = unit.frames
        for _ in 0..<10 {
            now = now + .milliseconds(1)
            unit.advance(to: now, peaks: PilotSample(high: .zero, low: .zero, at: now), under: .x1)
            _ = unit.bytes(at: now)
        }
        #expect(unit.frames <= before + 1 && unit.broken > 100, "a converter that may miss a pulse is no sampler")
    }

    @Test(
        "over a serial line the driver reads what the board's own sampler reads; each fault ends it, and it comes back")
    func line() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "companion-\(UUID().uuidString.prefix(8))")
            .path
        let plant = try RunningPlant(["--companion", path])
        let board = try plant.board()
        defer { board.stop() }
        let sampler = try CompanionSampler(device: path, speed: 115_200)
        defer { sampler.stop() }
        func reads(_ high: Int32, _ low: Int32) -> Bool {
            eventually {
                // The gate is fed and the pilot driven as a control thread does.
                board.pulseGate()
                guard let reading = try? sampler.readPilot() else { return false }
                return reading.high == Millivolts(high) && reading.low == Millivolts(low)
                    && board.sample().pilotHigh == reading.high && board.sample().pilotLow == reading.low
            }
        }
        board.apply(BoardOutputs(pilot: .x1, contactorEnable: false, lock: false))
        #expect(reads(12_000, 12_000))
        _ = try plant.ask("want off")
        _ = try plant.ask("plug")
        #expect(reads(9_000, 9_000))
        board.apply(BoardOutputs(pilot: .pwm(highTime: .microseconds(100)), contactorEnable: false, lock: false))
        #expect(reads(9_000, -12_000))
        func goesStale() -> Bool { eventually { (try? sampler.readPilot()) == nil } }
        for fault in ["silent", "stuck", "damaged", "slow"] {
            #expect(try plant.ask("companion \(fault)") == "ok")
            #expect(goesStale(), "\(fault)")
            #expect(try plant.ask("companion ok") == "ok")
            #expect(reads(9_000, -12_000), "after \(fault)")
        }
        _ = try plant.ask("sampler off")
        #expect(goesStale(), "a sampler that stands still sends nothing new")
        let unit = try #require(plant.status()["companion"] as? [String: Any])
        #expect((unit["frames"] as? Int ?? 0) > 10 && unit["fault"] as? String == "none")
    }
}
