import ChargeControl
import Quantities

/// A technician who comes to the charger of one sequence in eight, behind its aim: he sends the car away, asks for service mode,
/// tests, and leaves, or falls silent. His numbers are his own, so that every other sequence stays what it was.
struct ServiceSide: Sendable {
    /// Whether he comes at all.
    let comes: Bool
    var random: SoakRandom
    var visits: UInt32 = 0
    var tests: UInt32 = 0
    /// When he sends the car away, when he asks, when he goes; never where it is not planned.
    var clearsAt: Int64 = -1
    var asksAt = Int64.max
    var goesAt = Int64.max
    /// From then on he is not heard.
    var silentFrom = Int64.max
    var testsAt = Int64.max
    /// What he finds of the lock, until his next test.
    var lock = Lock.sound

    enum Lock: Sendable { case sound, stuckOpen, stuckLocked }

    init(seed: UInt64) {
        comes = seed % 8 == 5
        random = SoakRandom(seed: ~seed)
    }
}

extension World {
    mutating func moveTechnician() {
        guard service.comes, director.isDone else { return }
        if service.clearsAt < 0 { service.clearsAt = now + service.random.milliseconds(0, 3_000) }
        if now >= service.clearsAt {
            service.clearsAt = Int64.max
            car.isPlugged = false
            car.comesAt = now + service.random.milliseconds(6_000, 40_000)
            service.asksAt = now + service.random.milliseconds(4_900, 7_500)
        }
        if now >= service.asksAt { enter() }
        if now < service.silentFrom { input.service.heardAt = MonotonicInstant(nanoseconds: now) }
        if now >= service.testsAt { test() }
        if now >= service.goesAt { go() }
    }

    private mutating func enter() {
        service.asksAt = Int64.max
        service.visits += 1
        input.service.visit = service.visits
        service.silentFrom = Int64.max
        service.goesAt = now + service.random.milliseconds(500, 25_000)
        service.testsAt = now + service.random.milliseconds(0, 1_500)
    }

    /// Another test, of whatever length, or an end of the one that runs.
    private mutating func test() {
        service.testsAt = now + service.random.milliseconds(50, 4_000)
        service.tests += 1
        service.lock = .sound
        input.service.testNumber = service.tests
        let bits = service.random.next()
        let time = Nanoseconds(
            service.random.milliseconds(bits & 0x70 == 0 ? -100 : 5, bits & 0x700 == 0 ? 9_000 : 2_000))
        switch bits & 0xF {
        case 0: input.service.test = .none
        case 1, 2: input.service.test = .lamps(.all, time)
        case 3, 4, 5: testLock(time, bits >> 16)
        default: input.service.test = .contactor(time)
        }
    }

    /// One in two has the whole time, of which one in three finds it stuck open and one in three stuck locked.
    private mutating func testLock(_ time: Nanoseconds, _ bits: UInt64) {
        guard bits & 1 == 0 else {
            input.service.test = .lock(Nanoseconds(time.rawValue * 2))
            return
        }
        input.service.test = .lock(ServiceTest.lockLimit)
        service.testsAt = now + service.random.milliseconds(3_900, 6_000)
        switch bits >> 1 & 0xFF {
        case 0..<85: service.lock = .stuckOpen
        case 85..<170: service.lock = .stuckLocked
        default: break
        }
    }

    /// He leaves; or he says nothing more; or he stays.
    private mutating func go() {
        service.goesAt = Int64.max
        service.testsAt = Int64.max
        service.clearsAt = now + service.random.milliseconds(6_000, 30_000)
        switch service.random.below(4) {
        case 0: break
        case 1: service.silentFrom = now
        default:
            input.service.visit = 0
            if service.random.chance(oneIn: 2) { input.service.test = .none }
        }
    }
}
