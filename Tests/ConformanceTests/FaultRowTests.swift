import ChargeControl
import Conformance
import Testing

@Suite("The fault table in the table that ships")
struct FaultRowTests {
    @Test(
        "every row is raised, held, cleared and taken through a power cycle", arguments: FaultCode.allCases)
    func rows(_ code: FaultCode) throws {
        let notes = try Conformance.read(Conformance.shipped).causes(of: "fault \(code.rawValue)", in: "faults")
        for what in ["raised", "held", "cleared", "power cycle"] {
            #expect(notes.contains { $0.contains(what) }, "fault \(code.rawValue): \(what)")
        }
    }
}
