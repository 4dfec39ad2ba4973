import Quantities
import Testing

@testable import ChargeControl

/// The contactor's truth table, all 18 rows, and what the supervisor makes of them pole by pole.
@Suite struct PoleVerdictTests {
    private typealias Row = (told: Bool, mirror: ContactFeedback, load: ContactFeedback, verdict: PoleVerdict)

    private static let table: [Row] = [
        (false, .open, .open, .open),
        (false, .open, .closed, .welded),
        (false, .open, .unknown, .open),
        (false, .closed, .open, .notOpened),
        (false, .closed, .closed, .welded),
        (false, .closed, .unknown, .notOpened),
        (false, .unknown, .open, .open),
        (false, .unknown, .closed, .welded),
        (false, .unknown, .unknown, .unknown),
        (true, .open, .open, .notClosed),
        (true, .open, .closed, .notClosed),
        (true, .open, .unknown, .notClosed),
        (true, .closed, .open, .dead),
        (true, .closed, .closed, .closed),
        (true, .closed, .unknown, .closed),
        (true, .unknown, .open, .notClosed),
        (true, .unknown, .closed, .closed),
        (true, .unknown, .unknown, .unknown),
    ]

    @Test func allEighteenRows() {
        #expect(Self.table.count == 18)
        for row in Self.table {
            let verdict = PoleVerdict(toldClosed: row.told, mirror: row.mirror, load: row.load)
            #expect(verdict == row.verdict, "told \(row.told ? "closed" : "open"), \(row.mirror), \(row.load)")
        }
    }

    /// What each row does to a charger, on one pole of three, after its persistence.
    @Test(arguments: [0, 1, 2])
    func everyRowOnEveryPoleHasItsFault(pole: Int) throws {
        for row in Self.table {
            var rig = try Rig(options: .with { $0.switchesPhases = true })
            if row.told { try rig.startCharging() } else { rig.run(.milliseconds(500)) }
            // L1 has a mirror contact of its own; L2 and L3 share one.
            let (mirror, load) = (row.mirror, row.load)
            rig.feedback = {
                switch pole {
                case 0: ($0.mirror, $0.firstLoad) = (mirror, load)
                case 1: ($0.secondMirror, $0.secondLoad) = (mirror, load)
                default: ($0.secondMirror, $0.thirdLoad) = (mirror, load)
                }
            }
            rig.run(.milliseconds(1_010))
            let expected: FaultCode? =
                switch row.verdict {
                case .open, .closed: nil
                case .welded: .contactorWelded
                case .notOpened: .contactorNotOpened
                case .notClosed: .contactorNotClosed
                case .dead: .poleNotClosed
                case .unknown: .contactorUnobserved
                }
            let about = "pole \(pole), told \(row.told ? "closed" : "open"), \(mirror), \(load)"
            if let expected { #expect(rig.intents.contains(.faultLatched(expected)), "\(about)") }
            if expected == nil { #expect(rig.output.display.fault == nil, "\(about)") }
            #expect(rig.output.contactorEnable == (row.told && expected == nil), "\(about)")
        }
    }

    private func feedback(_ first: ContactFeedback, _ others: ContactFeedback) -> ContactorFeedback {
        ContactorFeedback(
            mirror: first, secondMirror: others, firstLoad: first, secondLoad: others, thirdLoad: others)
    }

    @Test func provenOpenNeedsEveryPoleThatCounts() {
        let now = MonotonicInstant(nanoseconds: 0)
        for phases in [UInt8(1), 3] {
            for switches in phases == 3 ? [true, false] : [false] {
                var supervisor = ContactorSupervisor(phases: phases, switchesPhases: switches)
                supervisor.observe(.unknown, at: now)
                #expect(supervisor.provenOpenSince == nil, "what is not seen is not proven")
                supervisor.observe(feedback(.open, .open), at: now + .milliseconds(5))
                #expect(supervisor.provenOpenSince == now + .milliseconds(5))
                supervisor.observe(feedback(.open, .open), at: now + .milliseconds(10))
                #expect(supervisor.provenOpenSince == now + .milliseconds(5), "since, not now")
                supervisor.observe(feedback(.closed, .open), at: now + .milliseconds(15))
                #expect(supervisor.provenOpenSince == nil)
                supervisor.observe(feedback(.open, .closed), at: now + .milliseconds(20))
                #expect((supervisor.provenOpenSince != nil) == (phases == 1), "\(phases) phases")
                supervisor.observe(feedback(.open, .unknown), at: now + .milliseconds(25))
                // Without a second contactor one mirror contact speaks for all poles.
                #expect((supervisor.provenOpenSince != nil) == (phases == 1 || !switches))
                // Told to close it is not proven open, whatever it says.
                supervisor.observe(feedback(.open, .open), at: now + .milliseconds(30))
                supervisor.command(closed: true, at: now + .milliseconds(30))
                #expect(supervisor.provenOpenSince == nil)
                supervisor.observe(feedback(.open, .open), at: now + .milliseconds(35))
                #expect(supervisor.provenOpenSince == nil)
            }
        }
    }

    /// In mode single the second contactor is told to stay open while the first is told to close.
    @Test func theModeSaysWhatL2AndL3AreTold() {
        var supervisor = ContactorSupervisor(phases: 3, switchesPhases: true)
        var now = MonotonicInstant(nanoseconds: 0)
        supervisor.observe(feedback(.open, .open), at: now)
        supervisor.select(.single)
        supervisor.command(closed: true, at: now)
        now = now + .milliseconds(5)
        supervisor.observe(feedback(.closed, .open), at: now)
        #expect(supervisor.first == .closed && supervisor.second == .open && supervisor.third == .open)
        supervisor.observe(feedback(.closed, .closed), at: now)
        #expect(supervisor.second == .welded && supervisor.third == .welded)
        supervisor.command(closed: false, at: now)
        supervisor.observe(feedback(.open, .open), at: now)
        supervisor.select(.three)
        supervisor.command(closed: true, at: now)
        supervisor.observe(feedback(.closed, .open), at: now)
        #expect(supervisor.first == .closed && supervisor.second == .notClosed && supervisor.third == .notClosed)
    }

    /// From the command to the mirror contact, once for each command.
    @Test func closingAndOpeningAreTimed() {
        var supervisor = ContactorSupervisor(phases: 1, switchesPhases: false)
        let start = MonotonicInstant(nanoseconds: 0)
        supervisor.command(closed: true, at: start)
        supervisor.observe(feedback(.open, .open), at: start + .milliseconds(5))
        #expect(supervisor.closingTime == nil)
        supervisor.observe(feedback(.closed, .open), at: start + .milliseconds(35))
        supervisor.observe(feedback(.closed, .open), at: start + .milliseconds(40))
        #expect(supervisor.closingTime == .milliseconds(35))
        supervisor.command(closed: false, at: start + .seconds(1))
        supervisor.observe(feedback(.open, .open), at: start + .milliseconds(1_015))
        #expect(supervisor.openingTime == .milliseconds(15) && supervisor.closingTime == .milliseconds(35))
    }
}
