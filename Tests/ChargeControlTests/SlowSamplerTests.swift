import ChargeControl
import Quantities
import Testing

/// A board may measure its pilot less often than the loop runs, up to every 15 ms; the car's wish to stop waits for none of it.
@Suite struct SlowSamplerTests {
    /// Charging, then the car lets go while a sample comes only in every `divisor`-th step.
    private func opening(divisor: Int) throws -> Nanoseconds {
        var rig = try Rig()
        try rig.startCharging()
        rig.car = .b
        var waited = Nanoseconds.zero
        for step in 0..<40 {
            rig.pilotIsSampled = step % divisor == 0
            rig.step()
            if !rig.output.contactorEnable { return waited }
            waited += .milliseconds(5)
        }
        return .seconds(1)
    }

    @Test(arguments: [1, 2, 3])
    func opensWithinFortyMilliseconds(divisor: Int) throws {
        let waited = try opening(divisor: divisor)
        #expect(waited >= .milliseconds(20) && waited <= .milliseconds(40), "\(waited.wholeMilliseconds) ms")
    }

    /// One measurement is none: the next one says C again.
    @Test func aDropoutOfOneSlowSampleDoesNotOpen() throws {
        var rig = try Rig()
        try rig.startCharging()
        for step in 0..<60 {
            rig.car = step == 30 ? .b : .c
            rig.pilotIsSampled = step % 3 == 0
            rig.step()
            #expect(rig.output.contactorEnable, "step \(step)")
        }
    }
}
