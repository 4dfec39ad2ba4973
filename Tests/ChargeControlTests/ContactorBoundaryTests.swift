import ChargeControl
import Quantities
import Testing

/// Each feedback and each count by itself (`Sources/ChargeControl/Contactor`).
@Suite struct ContactorBoundaryTests {
    /// One feedback that is not read, on a board that has both: told. The second mirror belongs to a second contactor.
    @Test(arguments: ["mirror", "secondMirror", "firstLoad", "secondLoad", "thirdLoad"], [true, false])
    func aFeedbackThatIsLostIsTold(lost: String, switches: Bool) throws {
        var rig = try Rig(
            options: .with {
                $0.hasBothFeedbacks = true
                $0.switchesPhases = switches
            })
        rig.run(.seconds(2))
        #expect(!rig.stands(.contactorFeedbackLost))
        rig.feedback = {
            switch lost {
            case "mirror": $0.mirror = .unknown
            case "secondMirror": $0.secondMirror = .unknown
            case "firstLoad": $0.firstLoad = .unknown
            case "secondLoad": $0.secondLoad = .unknown
            default: $0.thirdLoad = .unknown
            }
        }
        rig.run(.seconds(2))
        #expect(rig.stands(.contactorFeedbackLost) == (lost != "secondMirror" || switches))
    }

    /// Two lives are the same when all of it is.
    @Test func wearIsEqualInAllItsParts() {
        let changes: [(inout ContactorWear) -> Void] = [
            { $0.operations = 1 }, { $0.openingsUnderLoad = 1 }, { $0.switchedSquareAmpereMilliseconds = 1 },
            { $0.closingTime = .milliseconds(1) }, { $0.openingTime = .milliseconds(1) },
        ]
        for change in changes {
            var changed = ContactorWear()
            change(&changed)
            #expect(changed != ContactorWear())
            var same = ContactorWear()
            change(&same)
            #expect(changed == same)
        }
        let ratings: [ContactorRating] = [
            ContactorRating(operations: 1), ContactorRating(openingsUnderLoad: 1),
            ContactorRating(slowest: .milliseconds(1)),
        ]
        for rating in ratings { #expect(rating != ContactorRating() && rating == rating) }
    }

    /// Slow is used up, in either direction, and no less used than its counts say.
    @Test func aSlowContactorIsUsedUp() {
        let rating = ContactorRating(operations: 100, openingsUnderLoad: 10, slowest: .milliseconds(100))
        for (closing, opening, used) in [
            (Int64(100), Int64(100), UInt32(3_000)), (101, 0, 10_000), (0, 101, 10_000),
        ] {
            var wear = ContactorWear()
            wear.operations = 20
            wear.openingsUnderLoad = 1
            wear.closingTime = .milliseconds(closing)
            wear.openingTime = .milliseconds(opening)
            #expect(wear.usedLife(of: rating) == used)
            wear.operations = 300
            #expect(wear.usedLife(of: rating) == 31_000)
        }
    }
}
