import Foundation
import Testing

@Suite("A mains meter, with real processes", .serialized, .needsBinaries)
struct MainsMeterTests {
    private static let fuse = 30_000

    /// Both meters hang on one line; the billing meter's readings go on whatever becomes of the mains meter.
    @Test("the car takes what the house leaves, and the fail-safe once the meter is lost", arguments: ["tcp", "rtu"])
    func house(bus: String) async throws {
        var options = Rig.Options()
        options.bus = bus
        options.fuse = Self.fuse
        options.grant = 9_000_000
        let rig = try await Rig(options)
        defer { rig.end() }
        // 0.7 A above a whole ampere: what a ramp costs for a while is won back, and rounding has no say.
        try rig.tell("house 5000 8300 3000")
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("21 A for the car", seconds: 60) { try self.carTakes(20_500...21_000, rig) }
        let mains = try #require(try rig.status()["mains"] as? [String: Any])
        #expect(mains["available_ma"] as? Int == 21_000)
        try await rig.wait("what flows in the status", seconds: 5) {
            let mains = try rig.status()["mains"] as? [String: Any]
            return (mains?["current_ma"] as? [Int])?[1] ?? 0 > 29_000
        }
        #expect(try string("connector.limit", in: rig.status()).contains("what the mains meter leaves of the supply"))

        // A reading, and the car. Where the machine holds up the loop, the car pauses for a while.
        try rig.tell("house 5000 18300 3000")
        try await rig.wait("no more than the fuse carries", seconds: 8) {
            let flows = try #require(try rig.plantStatus()["mains_ma"] as? [Int])
            return flows.allSatisfy { $0 <= Self.fuse }
        }
        try await rig.wait("11 A for the car", seconds: 60) { try self.carTakes(10_500...11_000, rig) }

        try rig.tell("mains-meter drop always")
        try await rig.wait("the fail-safe", seconds: 60) { try self.carTakes(6_500...7_000, rig) }
        try await rig.wait("the loss in the status", seconds: 15) {
            try bool("mains.meter.lost", in: rig.status())
        }
        #expect(try !bool("meter.lost", in: rig.status()))
        try rig.tell("mains-meter ok")
        try await rig.wait("11 A again", seconds: 60) { try self.carTakes(10_500...11_000, rig) }

        let line = try Rig.run("wattseal", ["status", "--socket", rig.folder.path + "/status.sock"])
        #expect(line.contains(" A, 11.0 A left"), "\(line)")
        let accepted = try integer("meter.accepted", in: rig.status())
        #expect(accepted > 50)
        #expect(rig.daemon?.stop() == 0)
    }

    private func carTakes(_ range: ClosedRange<Int>, _ rig: Rig) throws -> Bool {
        try range.contains(integer("car.current_ma", in: rig.plantStatus()))
    }
}
