import Foundation
import Testing

@Suite("The demonstration", .serialized, .needsBinaries)
struct DemoTests {
    @Test("ends with a verified receipt and one JSON line, over a serial line too")
    func json() throws {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent(
            "demo-\(UInt32.random(in: 0 ... .max))"
        ).path
        let output = try Rig.run(
            "\(Binaries.repository)/Tools/demo", ["--meter", "rtu", "--kwh", "2", "--json", "--home", home])
        #expect(!output.contains("\n"), "one line and nothing else: \(output)")
        let result = try Rig.object(output)
        #expect(try integer("kwh", in: result) == 2)
        #expect(try bool("verified", in: result))
        #expect(try integer("records", in: result) == integer("acknowledged", in: result))
        #expect(try integer("paid_micro", in: result) >= 600_000)
        #expect(try integer("commission_micro", in: result) == integer("paid_micro", in: result) * 250 / 10_000)
        #expect(try integer("height", in: result) > 0)
        #expect(try string("chain", in: result) == "wattseal-demo")
        let receipt = try string("receipt", in: result)
        #expect(try Rig.run("wattseal", ["verify", receipt]).contains("Verified"))
    }

    @Test(
        "says in one line what it was given wrongly",
        arguments: [
            ["--kwh", "0"], ["--kwh", "many"], ["--meter", "canbus"], ["--nonsense"], ["--kwh"],
            ["--ledger", "http://x"],
        ])
    func mistakes(arguments: [String]) {
        #expect(throws: RigError.self) { try Rig.run("\(Binaries.repository)/Tools/demo", arguments) }
    }
}
