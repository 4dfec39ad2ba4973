import Foundation
import Quantities
import Testing

@testable import StatusPage

@Suite("The last hour of power and energy")
struct PowerHistoryTests {
    private func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

    private func point(_ power: Int64?, energy: Int64 = 0) -> PowerHistory.Point {
        PowerHistory.Point(
            power: power.map { Milliwatts($0) }, energy: MilliwattHours(energy), offered: Milliamps(16_000),
            isSessionOpen: true)
    }

    private struct Text: Decodable {
        struct Connector: Decodable {
            let number: Int
            let powerMw: [Int64?]
            let energyMwh: [Int64]
            let offeredMa: [Int64]
            let sessionOpen: [Bool]
        }
        let spanMs: Int64
        let intervalMs: Int64
        let ageMs: [Int64]
        let connectors: [Connector]
    }

    private func read(_ history: PowerHistory, at now: MonotonicInstant) throws -> Text {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Text.self, from: Data(history.json(at: now).utf8))
    }

    @Test("an empty history is a history")
    func empty() throws {
        let text = try read(PowerHistory(connectors: 2), at: at(5))
        #expect(text.ageMs.isEmpty)
        #expect(text.connectors.map(\.number) == [1, 2])
        #expect(text.spanMs == 3_600_000 && text.intervalMs == 5_000)
    }

    @Test("what is not known is null, ages fall, connectors keep their own values")
    func values() throws {
        var history = PowerHistory(connectors: 2)
        history.note([point(nil), point(7)], at: at(0))
        history.note([point(11_000_000, energy: 5), point(0)], at: at(5))
        let text = try read(history, at: at(6))
        #expect(text.ageMs == [6_000, 1_000])
        #expect(text.connectors[0].powerMw == [nil, 11_000_000])
        #expect(text.connectors[1].powerMw == [7, 0])
        #expect(text.connectors[0].energyMwh == [0, 5])
        #expect(text.connectors[0].offeredMa == [16_000, 16_000])
        #expect(text.connectors[0].sessionOpen == [true, true])
    }

    @Test("a sample that comes early, late backwards, or of other connectors is left out")
    func leftOut() {
        var history = PowerHistory(connectors: 1)
        let cases: [(points: [PowerHistory.Point], seconds: Int64, isTaken: Bool)] = [
            ([point(1)], 10, true), ([point(2)], 14, false), ([point(2)], 3, false), ([point(2), point(3)], 20, false),
            ([], 20, false), ([point(2)], 15, true),
        ]
        var count = 0
        for (points, seconds, isTaken) in cases {
            let taken = history.note(points, at: at(seconds))
            #expect(taken == isTaken, "at \(seconds) s")
            count += isTaken ? 1 : 0
            #expect(history.count == count)
        }
    }

    @Test("it holds an hour and no more, at any pace", arguments: [1 as Int64, 5, 7, 61, 4_000])
    func bounds(pace: Int64) throws {
        var history = PowerHistory(connectors: 1)
        for step in 0..<3_000 {
            history.note([point(Int64(step))], at: at(Int64(step) * pace))
            #expect(history.count <= PowerHistory.capacity)
        }
        let now = 2_999 * pace
        let text = try read(history, at: at(now))
        #expect(text.ageMs.allSatisfy { (0...3_600_000).contains($0) })
        #expect(text.ageMs == text.ageMs.sorted(by: >))
        #expect(text.ageMs.count == Int(min(3_600, now) / max(pace, 5)) + 1, "pace \(pace): \(text.ageMs.count)")
        // Long after the last sample nothing of it is left to show.
        #expect(try read(history, at: at(now + 3_700)).ageMs.isEmpty)
    }
}
