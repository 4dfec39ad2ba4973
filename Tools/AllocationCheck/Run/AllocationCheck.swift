import AllocationCount
import Glibc

/// `allocation-check`: counts the heap operations of the whole process while the control loop runs 20 000 periods of two
/// connectors with their queues, their shared supply and their flight recorders: idle, sessions, charging, faults.
///
/// Exits 0 where there are none, and 1 where there is one, where nothing happened that is worth counting, or where the count
/// does not see an object being made (the negative control).
@main
enum AllocationCheck {
    /// What is measured: five rounds after one to warm up.
    private static let warmUp = CheckScene.round * 5
    private static let window = CheckScene.round * 5

    static func main() {
        do {
            exit(try run() ? 0 : 1)
        } catch {
            print("allocation-check: \(error)")
            exit(1)
        }
    }

    private static func run() throws -> Bool {
        let scene = try CheckScene()
        scene.run(warmUp)
        let before = scene.tally
        let recordings = scene.recordings
        let start = wattseal_allocation_calls()
        scene.run(window)
        let calls = wattseal_allocation_calls() - start
        let after = scene.tally
        let control = callsOfAnObject()
        print(
            "allocation-check: \(window) periods: \(calls) calls of the allocator; \(after.begins - before.begins) begins, "
                + "\(after.ticks - before.ticks) ticks, \(after.pauses - before.pauses) pauses, "
                + "\(after.resumes - before.resumes) resumes, \(after.ends - before.ends) ends, "
                + "\(after.raised - before.raised) faults raised, \(after.cleared - before.cleared) cleared, "
                + "\(scene.recordings - recordings) recordings asked for, the mains' limit \(after.mainsFalls - before.mainsFalls) "
                + "times lower and \(after.mainsRises - before.mainsRises) times higher; one object made and dropped: \(control) calls"
        )
        let happened = [
            after.begins - before.begins, after.ticks - before.ticks, after.pauses - before.pauses,
            after.resumes - before.resumes, after.ends - before.ends, after.raised - before.raised,
            after.cleared - before.cleared, scene.recordings - recordings,
            after.mainsRises - before.mainsRises, after.mainsFalls - before.mainsFalls,
        ]
        guard happened.allSatisfy({ $0 > 0 }) else {
            print("allocation-check: expected some of everything in the window")
            return false
        }
        guard control > 0 else {
            print("allocation-check: the count does not see an object being made")
            return false
        }
        return calls == 0
    }

    /// The negative control: what making and dropping one object costs.
    private static func callsOfAnObject() -> UInt64 {
        let start = wattseal_allocation_calls()
        keep(Anything())
        return wattseal_allocation_calls() - start
    }

    @inline(never)
    private static func keep(_ anything: Anything) { kept = anything }

    private final class Anything {}

    nonisolated(unsafe) private static var kept: Anything?
}
