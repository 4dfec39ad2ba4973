import BoardIO
import ChargeControl
import ServiceShell
import Testing

@testable import Firmware

/// A case that one of the three lists of patterns gains has to come to the two others, or this goes red.
@Suite("The lamps' three lists of patterns")
struct LampMappingTests {
    private static let core = LampPattern.allCases.map { "\($0)" }

    @Test("what a technician may ask for is what the core knows, name by name")
    func shell() {
        let asked = ServiceTestWish.Pattern.allCases
        #expect(asked.map { "\($0)" } == Self.core)
        #expect(asked.map { "\(LampPattern($0))" } == asked.map { "\($0)" })
    }

    @Test("what the core asks for is what a board can show, name by name")
    func board() {
        #expect(Indication.allCases.map { "\($0)" } == Self.core)
        #expect(LampPattern.allCases.map { "\(Indication($0))" } == Self.core)
    }
}
