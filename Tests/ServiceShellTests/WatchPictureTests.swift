import Foundation
import Quantities
import Testing

@testable import ServiceShell

@Suite("What a person watches on a terminal")
struct WatchPictureTests {
    private func frame(_ power: Int64?, connector number: UInt32 = 1, service: String? = nil) -> WatchPicture.Frame {
        WatchPicture.Frame(
            connector: ConnectorStatus(
                number: number, pilot: .c, contactor: .closed, energy: MilliwattHours(2_345_678),
                offered: Milliamps(16_000), limitReason: "", currents: [Milliamps(15_900), Milliamps(15_800)],
                activeFaults: 0, service: service),
            high: Millivolts(6_010), low: nil, power: power.map { Milliwatts($0) })
    }

    private func draw(
        _ picture: inout WatchPicture, _ frames: [WatchPicture.Frame], width: Int = 80, height: Int = 24
    ) -> String {
        String(decoding: picture.draw(frames, width: width, height: height), as: UTF8.self)
    }

    /// A picture's lines without what steers the terminal.
    private func lines(_ drawn: String) -> [String] {
        drawn.replacingOccurrences(of: "\u{1B}[J", with: "").components(separatedBy: "\u{1B}[K\r\n").dropLast()
            .map { $0.replacing(#/^\x{1B}\[\d+A\r/#, with: "") }
    }

    @Test("the first stands where the cursor is, the next over it, and below what was said between")
    func inPlace() {
        var picture = WatchPicture()
        let first = draw(&picture, [frame(11_000_000)])
        #expect(first.hasPrefix("connector 1  pilot C, 6.010 / unknown V  offered 16.000 A\u{1B}[K\r\n"))
        #expect(first.hasSuffix("\u{1B}[J"))
        let count = lines(first).count
        #expect(count == 3 + WatchPicture.rows)
        #expect(draw(&picture, [frame(11_000_000)]).hasPrefix("\u{1B}[\(count)A\rconnector 1"))
        picture.lift()
        #expect(draw(&picture, [frame(11_000_000)]).hasPrefix("connector 1"))
    }

    @Test("its values: power, currents, energy, what service mode does; what is not known is told as that")
    func values() {
        var picture = WatchPicture()
        let shown = lines(draw(&picture, [frame(11_040_123, service: "lock test\u{1B}[2J")]))
        #expect(shown[1] == "  contactor closed  0 faults, lock test?[2J")
        #expect(shown[2] == "  power 11.040 kW  current 15.900 15.800 A  2.345678 kWh")
        var unknown = frame(nil)
        unknown.connector.currents = []
        #expect(lines(draw(&picture, [unknown]))[2] == "  power unknown  current unknown  2.345678 kWh")
    }

    @Test("the plot: 40 looks, the newest at the right; nothing, an unknown and what flows back are empty")
    func plot() {
        var picture = WatchPicture()
        var shown: [String] = []
        for power in [nil, 0, -5, 1, 12_000_000, 24_000_000] as [Int64?] {
            shown = lines(draw(&picture, [frame(power)]))
        }
        let empty = String(repeating: " ", count: 34)
        #expect(shown[3] == "  |\(empty)     █| 24.000 kW")
        #expect(shown[4] == "  |\(empty)    ▄█|")
        #expect(shown[5] == "  |\(empty)   ▁██| 0")
        for _ in 0..<WatchPicture.columns { shown = lines(draw(&picture, [frame(6_000_000)])) }
        #expect(shown[3] == "  |\(String(repeating: "█", count: WatchPicture.columns))| 6.000 kW")
        #expect(draw(&picture, [frame(Int64.max / 1_000)]).contains("█"))
    }

    @Test("no line is broken by the terminal's edge, and no picture is taller than the terminal")
    func size() {
        var picture = WatchPicture()
        let many = (1...8).map { frame(1, connector: UInt32($0)) }
        for (width, height) in [(80, 24), (20, 24), (1, 1), (0, 0), (200, 100)] {
            let shown = lines(draw(&picture, many, width: width, height: height))
            #expect(shown.allSatisfy { $0.count <= max(1, width - 1) }, "\(width)")
            #expect(shown.count <= max(1, (height > 0 ? height : 24) - 1), "\(height)")
        }
        #expect(lines(draw(&picture, many, height: 100)).count == 8 * (3 + WatchPicture.rows))
        #expect(lines(draw(&picture, many, height: 25)).count == 24)
    }

    @Test("on a terminal it is drawn in place until a key; term dumb keeps a line a period")
    func session() {
        var shell = TestShell()
        _ = shell.type("term ansi 24\r")
        #expect(shell.type("watch 500\r").hasSuffix("\r\n"))
        let first = shell.pass(.zero)
        #expect(first.hasPrefix("connector 1  pilot C, 6.010 / -11.980 V  offered 9.500 A"))
        #expect(first.contains("  power -4.600 kW  current 9.480 9.502 9.499 A"))
        #expect(shell.pass(.milliseconds(499)).isEmpty)
        #expect(shell.pass(.milliseconds(1)).hasPrefix("\u{1B}[12A\rconnector 1"))
        #expect(shell.type("q") == "wattseal> ")
        #expect(shell.pass(.seconds(1)).isEmpty)
        _ = shell.type("term dumb\r")
        #expect(shell.type("watch 500\r").contains("1: C closed 9.500 A 2.345678 kWh, 1 faults | 2:"))
        #expect(shell.pass(.milliseconds(500)).hasPrefix("1: C closed 9.500 A"))
    }
}
