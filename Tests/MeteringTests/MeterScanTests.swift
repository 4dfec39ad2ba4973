import Foundation
import Quantities
import Testing

@testable import Metering

@Suite struct MeterScanTests {
    private static func profiles() throws -> [MeterProfile] {
        let folder = Fixtures.root + "/Board/meters"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
            try MeterProfile.load(path: folder + "/" + $0)
        }
    }

    /// Lines on virtual time: only at one of them does anything answer.
    private func scan(
        _ meters: [UInt8: VendorMeter], at answering: SerialLine, units: [UInt8], faults: [SimulatedLine.Fault?] = []
    ) throws -> (findings: [MeterFinding], lines: [String]) {
        let profiles = try Self.profiles()
        let lines = MeterScan.lines(of: profiles)
        let scan = MeterScan(target: .rtu(device: "simulated", lines: lines), units: units, profiles: profiles)
        var now = Fixtures.start
        var current: SimulatedLine?
        let scanner = MeterScanner(scan) { link in
            guard case .rtu(_, let line) = link else { return SimulatedLine([:]) }
            let made = SimulatedLine(line == answering ? meters : [:], wire: line)
            made.now = now
            made.faults = line == answering ? faults : []
            current = made
            return made
        } now: {
            current?.now ?? now
        } wait: { until in
            current?.wait(until: until)
        }
        var findings: [MeterFinding] = []
        var begun: [String] = []
        try scanner.run { line in
            now = current?.now ?? now
            begun.append(line.map(\.description) ?? "TCP")
        } finds: {
            findings.append($0)
        }
        return (findings, begun)
    }

    @Test func `it finds rate, parity, unit and model of two meters on one line`() throws {
        let line = try SerialLine(baud: 19_200, format: "8E1")
        var second = VendorMeter(.iem3155)
        second.serial = 4_711
        let (findings, begun) = try scan([3: VendorMeter(.sdm630), 9: second], at: line, units: Array(1...10))
        #expect(findings.map(\.unit) == [3, 9])
        #expect(findings.allSatisfy { $0.line == line })
        // Eastron's meters share most registers: more than one of its profiles fits, and all say the same of this one.
        let first = try #require(findings.first?.matches)
        #expect(first.contains { $0.profileID == "eastron.sdm630.v2" && $0.serial == "22551083" })
        #expect(first.allSatisfy { $0.vendor == "Eastron" && $0.energy == MilliwattHours(1_234_567_017) })
        let other = try #require(findings.last?.matches.first)
        #expect(other.profileID == "schneider.iem3155" && other.serial == "4711")
        #expect(other.energy == MilliwattHours(1_234_567_000))
        // What meters leave the factory with comes first, the rest is tried as well.
        #expect(begun.prefix(2) == ["9600 8N1", "19200 8E1"])
        #expect(begun.count == 32 && Set(begun).count == 32)
    }

    @Test func `a unit that fits no profile is told, and an empty line says nothing`() throws {
        let line = try SerialLine(baud: 9_600, format: "8N1")
        var strange = VendorMeter(.iem3155)
        strange.frequency = 400
        let (findings, _) = try scan([5: strange], at: line, units: [4, 5])
        #expect(findings.map(\.unit) == [5] && findings[0].matches.isEmpty)
        #expect(try scan([:], at: line, units: [1]).findings.isEmpty)
    }

    /// Whatever goes wrong with one reply: no meter is taken for another.
    @Test(arguments: SimulatedLine.Fault.allCases) func `faults make no meter another's`(fault: SimulatedLine.Fault)
        throws
    {
        let line = try SerialLine(baud: 9_600, format: "8N1")
        for exchange in 0..<24 {
            let faults = Array(repeating: SimulatedLine.Fault?.none, count: exchange) + [fault]
            let (findings, _) = try scan([2: VendorMeter(.sdm630)], at: line, units: [1, 2, 3], faults: faults)
            #expect(findings.allSatisfy { $0.unit == 2 || $0.matches.isEmpty }, "\(exchange)")
            for match in findings.flatMap(\.matches) where match.profileID == "eastron.sdm630.v2" {
                #expect(match.serial == "22551083" && match.energy == MilliwattHours(1_234_567_017))
            }
        }
    }
}
