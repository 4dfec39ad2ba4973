import Foundation
import Testing

@Suite("Four connectors on one daemon, with real processes", .serialized, .needsBinaries)
struct SeveralConnectorsTests {
    private static let connectors = 1...4
    private static let supply = 40_000

    @Test("four cars share a supply, each sale in its own chain, and a weld on one stops no other")
    func four() async throws {
        var options = Rig.Options()
        options.connectors = Self.connectors.count
        options.supply = Self.supply
        options.grant = 3_000_000
        let rig = try await Rig(options)
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        for connector in Self.connectors {
            try rig.tell("want on", connector: connector)
            try rig.tell("plug", connector: connector)
        }
        try await rig.wait("four closed contactors", seconds: 90) {
            try Self.connectors.allSatisfy { try self.isCharging(rig, $0) }
        }
        // Shares are at least 6 A each and never more than the supply together; what flows follows what is offered.
        for _ in 0..<20 {
            let offered = try Self.connectors.map { try integer("car.offered_ma", in: rig.plantStatus(connector: $0)) }
            #expect(offered.reduce(0, +) <= Self.supply, "\(offered)")
            #expect(offered.allSatisfy { $0 >= 5_999 }, "\(offered)")
            try await Task.sleep(for: .milliseconds(100))
        }
        try await rig.wait("a kWh in every chain", seconds: 120) {
            try Self.connectors.allSatisfy { try self.kinds(rig, $0).contains("tick") }
        }

        // The third contactor does not open any more; the others go on.
        try rig.tell("weld", connector: 3)
        try rig.tell("unplug", connector: 3)
        try await rig.wait("the weld's record", seconds: 30) {
            try rig.records(chain: 3).contains { (try? integer("body.detail.code", in: $0)) == 301 }
        }
        for connector in Self.connectors where connector != 3 { #expect(try isCharging(rig, connector)) }

        for connector in Self.connectors where connector != 3 { try rig.tell("unplug", connector: connector) }
        try await rig.wait("the end of every session", seconds: 60) {
            try Self.connectors.allSatisfy { try self.kinds(rig, $0).contains("end") }
        }
        for connector in Self.connectors {
            let kinds = try kinds(rig, connector).filter { $0 != "event" }
            #expect(kinds.first == "begin" && kinds.last == "end", "connector \(connector): \(kinds)")
            #expect(kinds.filter { $0 == "begin" }.count == 1)
        }
        #expect(rig.daemon?.stop() == 0)
    }

    private func isCharging(_ rig: Rig, _ connector: Int) throws -> Bool {
        try string("contactor", in: rig.plantStatus(connector: connector)) == "closed"
    }

    private func kinds(_ rig: Rig, _ connector: Int) throws -> [String] {
        try rig.records(chain: connector).map { try string("kind", in: $0) }
    }
}
