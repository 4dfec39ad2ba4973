import FirmwareUpdate
import Quantities
import SignedRecords
import Testing

@testable import Firmware

@Suite("An image of the operating system, as the firmware follows it")
struct SystemWatchTests {
    private static func second(_ second: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: second * 1_000_000_000)
    }

    private static func system(_ standing: SystemStanding, excused: ConfirmConditions = []) -> SystemStatus {
        let image = Image(manifest: .zero, version: "2026.4", securityCounter: 6)
        return SystemStatus(
            standing: standing, counterFloor: 4,
            candidate: SystemRecord.Candidate(image: image, confirmSeconds: 90), excused: excused)
    }

    private func onTrial() -> SystemWatch {
        var watch = SystemWatch()
        let need = watch.take(
            Self.system(.onTrial, excused: .meterAnswers), countsLateness: false, at: Self.second(100))
        #expect(need == .trialBegan(version: "2026.4"))
        return watch
    }

    @Test("the updater is asked at once, and every ten seconds, during a trial too")
    func period() {
        #expect(SystemWatch().isDue(at: Self.second(0)))
        var watch = onTrial()
        #expect(!watch.isDue(at: Self.second(109)))
        #expect(watch.isDue(at: Self.second(110)))
        #expect(watch.take(nil, countsLateness: false, at: Self.second(110)) == .nothing)
        #expect(!watch.isDue(at: Self.second(119)))
    }

    @Test("a trial has the image's time and excuses, and goes on while the updater says the same or nothing")
    func trial() {
        var watch = onTrial()
        let gate = watch.gate
        #expect(gate?.duration == .seconds(90))
        #expect(gate?.required == ConfirmConditions.all.subtracting([.meterAnswers, .punctual]))
        for answer in [Self.system(.onTrial), Self.system(.unknown("no answer")), nil] {
            #expect(watch.take(answer, countsLateness: true, at: Self.second(110)) == .nothing)
            #expect(watch.gate == gate)
        }
    }

    @Test("an image that was given up during its trial: the machine starts again at once")
    func givenUp() {
        var watch = onTrial()
        #expect(watch.take(Self.system(.restartDue), countsLateness: false, at: Self.second(110)) == .restart)
        #expect(watch.gate == nil)
        // A car keeps it waiting: it is asked again.
        #expect(watch.take(Self.system(.restartDue), countsLateness: false, at: Self.second(120)) == .restart)
    }

    @Test(
        "a trial that somebody else has ended has no gate any more",
        arguments: [SystemStanding.none, .staged, .installing(percent: 5, step: "")])
    func ended(standing: SystemStanding) {
        var watch = onTrial()
        #expect(watch.take(Self.system(standing), countsLateness: false, at: Self.second(110)) == .trialEnded)
        #expect(watch.gate == nil)
        #expect(watch.take(Self.system(standing), countsLateness: false, at: Self.second(120)) == .nothing)
    }
}
