import Foundation
import Testing

@Suite("The ledger goes away", .serialized, .needsBinaries)
struct OutageTests {
    @Test("charging goes on under the proved grant, records queue, and all are acknowledged afterwards")
    func nodeStops() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("stop-after-kwh 4")
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first tick", seconds: 60) { try ticks(rig) >= 1 }
        rig.node.stop()
        let (ticksBefore, acknowledgedBefore) = (try ticks(rig), try acknowledged(rig))
        try await rig.wait("ticks without a ledger", seconds: 60) { try ticks(rig) >= ticksBefore + 2 }
        #expect(try string("contactor", in: rig.plantStatus()) == "closed")
        #expect(try acknowledged(rig) <= acknowledgedBefore + 1)
        try await rig.wait("the loss to be noticed", seconds: 30) { try !bool("ledger.reachable", in: rig.status()) }
        #expect(try integer("records.total", in: rig.status()) > acknowledged(rig))
        #expect(rig.daemonLog.contains("not available"))
        try await rig.wait("the car's last kWh", seconds: 60) {
            try bool("car.stopped_by_target", in: rig.plantStatus())
        }
        try rig.tell("unplug")
        try await rig.restartNode()
        try await rig.settled()
        #expect(rig.daemon?.stop() == 0)
    }

    private func ticks(_ rig: Rig) throws -> Int {
        try rig.records(chain: 1).filter { try string("kind", in: $0) == "tick" }.count
    }

    private func acknowledged(_ rig: Rig) throws -> Int { try integer("records.acknowledged_total", in: rig.status()) }
}
