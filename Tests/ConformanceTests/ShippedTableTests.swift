import ChargeControl
import Conformance
import Quantities
import Testing

@Suite("The table that ships")
struct ShippedTableTests {
    @Test("every expectation holds on the controller that ships")
    func all() throws {
        var conformance = Conformance(try Conformance.read(Conformance.shipped))
        var count = 0
        conformance.run { finding in
            count += 1
            #expect(finding.passes, "\(finding.text)")
        }
        #expect(count > 900)
    }

    @Test("every ordered pair of levels is there, with and without PWM, contacts open and closed: 168 transitions")
    func transitions() throws {
        let table = try Conformance.read(Conformance.shipped)
        let found = table.transitions(in: "transitions").map { "\($0.from) \($0.to)" }
        let levels = ["A", "B", "C", "D", "E", "F", "invalid"]
        var wanted: Set<String> = []
        for from in levels {
            for to in levels where to != from {
                for power in ["1", "2"] {
                    for contacts in ["open", "closed"] { wanted.insert("\(from)\(power) \(contacts) \(to)") }
                }
            }
        }
        #expect(wanted.count == 168)
        #expect(Set(found) == wanted)
        #expect(found.count == 168)
    }

    @Test(
        "every sequence of table A.6 and the wake-up has cases, each also with stalls of 10, 40 and 90 ms",
        arguments: [
            "1.1", "1.2", "2.1", "2.2", "3", "4", "5", "6", "7", "8.1", "8.2", "9", "10.1", "10.2", "11", "12", "A.5.3",
        ])
    func sequences(_ sequence: String) throws {
        let causes = try Conformance.read(Conformance.shipped).causes(of: sequence, in: "timing")
        #expect(!causes.isEmpty)
        for stall in ["stall 10", "stall 40", "stall 90"] {
            #expect(causes.contains { $0.contains(stall) }, "\(stall)")
        }
    }
}
