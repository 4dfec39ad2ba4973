import ChargeControl
import Quantities
import Testing

/// The contactor's life: operations, openings under load, times, the record after the session, across a restart.
@Suite struct WearTests {
    @Test func everyClosingIsCountedAndOnlyThose() throws {
        var rig = try Rig()
        try rig.startOffering()
        for cycle in UInt32(1)...5 {
            rig.draw = .zero
            rig.car = .c
            rig.run(.seconds(1))
            #expect(rig.output.display.wear.operations == cycle)
            rig.car = .b
            rig.run(.seconds(1))
            #expect(rig.output.display.wear.operations == cycle)
        }
        #expect(rig.output.display.wear.openingsUnderLoad == 0)
        #expect(rig.output.display.wear.closingTime == .milliseconds(20))
        #expect(rig.output.display.wear.openingTime == .milliseconds(20))
    }

    private static let arcs: [(Int32, UInt32, UInt64)] = [
        (1_000, 0, 0), (1_001, 1, 20), (16_000, 1, 5_120), (32_999, 1, 20_480),
    ]

    /// More than 1 A counts; its square times the opening time is what the arc carried.
    @Test(arguments: arcs)
    func anOpeningUnderLoadIsCountedWithItsArc(draw: Int32, openings: UInt32, arc: UInt64) throws {
        var rig = try Rig()
        // One unloaded operation tells the opening time.
        try rig.startOffering()
        rig.draw = .zero
        rig.car = .c
        rig.run(.seconds(1))
        rig.car = .b
        rig.run(.seconds(1))
        rig.draw = Milliamps(draw)
        rig.car = .c
        rig.run(.seconds(1))
        rig.car = .a
        rig.run(.seconds(1))
        #expect(rig.output.display.wear.openingsUnderLoad == openings)
        #expect(rig.output.display.wear.switchedSquareAmpereMilliseconds == arc)
    }

    @Test func aSessionThatClosedIsFollowedByOneRecordAndOthersAreNot() throws {
        var rig = try Rig()
        try rig.startOffering()
        rig.car = .a
        rig.run(.seconds(2))
        #expect(rig.begins == 1 && rig.endReasons == [.unplugged] && rig.wears.isEmpty)
        try rig.startCharging(Rig.grant(slot: 8))
        rig.car = .b
        rig.run(.seconds(1))
        rig.car = .c
        rig.run(.seconds(1))
        rig.car = .a
        rig.run(.seconds(2))
        #expect(rig.wears.map(\.operations) == [2])
        #expect(rig.wears == [rig.output.display.wear])
    }

    @Test func theLifeBeforeTheStartIsNotForgotten() throws {
        var before = ContactorWear()
        before.operations = 900_000
        before.openingsUnderLoad = 17
        before.switchedSquareAmpereMilliseconds = 4_711
        var controller = ChargeController(try Rig().controller.configuration)
        controller.restore(before)
        var rig = Rig(controller)
        try rig.startCharging()
        #expect(!rig.stands(.contactorWorn), "900 001 of a million, and 17 of 10 000")
        rig.run(.milliseconds(10))
        let wear = rig.output.display.wear
        #expect(wear.operations == 900_001 && wear.openingsUnderLoad == 17)
        #expect(wear.switchedSquareAmpereMilliseconds == 4_711)
        rig.car = .a
        rig.run(.seconds(2))
        #expect(rig.wears.first?.openingsUnderLoad == 18)
    }

    @Test func usedLifeIsTheSumOfBothCounts() {
        let rating = ContactorRating(operations: 1_000, openingsUnderLoad: 100, slowest: .milliseconds(80))
        func used(_ operations: UInt32, _ openings: UInt32, _ time: Nanoseconds = .milliseconds(20)) -> UInt32 {
            var wear = ContactorWear()
            wear.operations = operations
            wear.openingsUnderLoad = openings
            wear.closingTime = time
            return wear.usedLife(of: rating)
        }
        #expect(used(0, 0) == 0)
        #expect(used(500, 0) == 5_000)
        #expect(used(0, 50) == 5_000)
        #expect(used(500, 50) == 10_000)
        #expect(used(999, 0) == 9_990)
        #expect(used(0, 0, .milliseconds(80)) == 0)
        #expect(used(0, 0, .milliseconds(81)) == 10_000)
        #expect(used(.max, .max) == UInt32(min(UInt64(UInt32.max), UInt64(UInt32.max) * 10 + UInt64(UInt32.max) * 100)))
        #expect(ContactorWear().usedLife(of: ContactorRating(operations: 0, openingsUnderLoad: 0)) == 0)
    }

    @Test func aWornContactorIsSaidToBeAndStillCharges() throws {
        for isSlow in [true, false] {
            var rig = try Rig(
                options: .with {
                    $0.contactorRating = ContactorRating(
                        operations: 4, openingsUnderLoad: 4, slowest: .milliseconds(60))
                })
            rig.contactorDelay = isSlow ? .milliseconds(65) : .milliseconds(20)
            try rig.startOffering()
            rig.draw = .zero
            for operation in 1...4 {
                rig.car = .c
                rig.run(.seconds(1))
                rig.run(.milliseconds(10))
                #expect(rig.stands(.contactorWorn) == (isSlow || operation == 4), "operation \(operation)")
                #expect(rig.output.contactorEnable)
                rig.car = .b
                rig.run(.milliseconds(500))
            }
        }
    }
}
