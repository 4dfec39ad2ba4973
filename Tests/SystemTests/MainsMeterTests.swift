import Foundation
import Testing

@Suite("A mains meter, with real processes", .serialized, .needsBinaries)
struct MainsMeterTests {
    private static let fuse = 30_000

    /// What the car may take of so much that is left: the limit stands in whole amperes and does not rise for less than 1.5 A,
    /// and the car takes half an ampere less than it is offered.
    private static func left(_ milliamperes: Int) -> ClosedRange<Int> { (milliamperes - 2_000)...milliamperes }

    /// Both meters hang on one line; the billing meter's readings go on whatever becomes of the mains meter.
    @Test("the car takes what the house leaves, and the fail-safe once the meter is lost", arguments: ["tcp", "rtu"])
    func house(bus: String) async throws {
        var options = Rig.Options()
        options.bus = bus
        options.fuse = Self.fuse
        options.grant = 9_000_000
        let rig = try await Rig(options)
        defer { rig.end() }
        try rig.tell("house 5000 9000 3000")
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("21 A for the car", seconds: 60) { try self.carTakes(Self.left(21_000), rig) }
        #expect(try Self.left(21_000).contains(integer("mains.available_ma", in: rig.status())))
        try await rig.wait("what flows in the status", seconds: 15) {
            let mains = try rig.status()["mains"] as? [String: Any]
            return (mains?["current_ma"] as? [Int])?[1] ?? 0 > 28_000
        }
        #expect(try string("connector.limit", in: rig.status()).contains("what the mains meter leaves of the supply"))

        // A reading, and the car.
        try rig.tell("house 5000 19000 3000")
        try await rig.wait("no more than the fuse carries", seconds: 30) { try self.carTakes(Self.left(11_000), rig) }
        let flows = try #require(try rig.plantStatus()["mains_ma"] as? [Int])
        #expect(flows.allSatisfy { $0 <= Self.fuse }, "\(flows)")

        try rig.tell("mains-meter drop always")
        try await rig.wait("the fail-safe", seconds: 30) { try self.carTakes(6_500...7_000, rig) }
        try await rig.wait("the loss in the status", seconds: 30) {
            try bool("mains.meter.lost", in: rig.status())
        }
        #expect(try !bool("meter.lost", in: rig.status()))
        #expect(try integer("mains.meter.line.timeouts", in: rig.status()) >= 3)
        try rig.tell("mains-meter ok")
        try await rig.wait("11 A again", seconds: 60) { try self.carTakes(Self.left(11_000), rig) }

        let line = try Rig.run("wattseal", ["status", "--socket", rig.folder.path + "/status.sock"])
        #expect(line.contains(" A left"), "\(line)")
        // The connector's own readings went on beside all that.
        try await rig.wait("fifty accepted readings", seconds: 60) {
            try integer("meter.accepted", in: rig.status()) > 50
        }
        #expect(rig.daemon?.stop() == 0)
    }

    private func carTakes(_ range: ClosedRange<Int>, _ rig: Rig) throws -> Bool {
        try range.contains(integer("car.current_ma", in: rig.plantStatus()))
    }
}
