import ChargeControl
import Foundation
import Quantities
import ServiceShell
import Testing

@testable import Firmware
@testable import Metering

/// What is told of the mains meter: on the status socket, and to a technician.
@Suite("The status of the mains meter")
struct MainsStatusTests {
    private let feed = MainsFeed()
    private let board: StatusBoard
    private let desk: MainsDesk

    init() {
        board = StatusBoard(
            mains: StatusReport.Mains(fuse: Milliamps(35_000), failSafe: Milliamps(6_000)), gauge: feed.gauge)
        desk = MainsDesk(feed: feed, phases: [0, 1], status: board, logger: DeskRig.quiet)
    }

    private func reading(_ amperes: [Int32?]) -> EnergyReading {
        let evidence = RegisterEvidence(functionCode: 4, address: 72, words: [1, 2])
        let currents = amperes.map { $0.map { Milliamps($0 * 1_000) } }
        return EnergyReading(
            number: 1, generation: 1, rollovers: 0, at: SystemClock.now(), elapsed: .milliseconds(20),
            import: MilliwattHours(77), export: nil, power: Milliwatts(-5), voltages: PerPhase(),
            currents: PerPhase(l1: currents[0], l2: currents[1], l3: currents[2]), frequency: nil, evidence: evidence,
            confirmation: evidence)
    }

    private var shown: StatusReport.Mains {
        guard let mains = board.current.mains else { invariantBroken("the board shows a mains meter") }
        return mains
    }

    @Test("what its bus says is shown, and goes to the control thread in order")
    func events() {
        #expect(shown.meter.ageMS == -1 && shown.currentMA == [nil, nil, nil] && shown.fuseMA == 35_000)
        desk.handle(.identified(DeskRig.meter, generation: 1))
        desk.handle(.reading(reading([7, 8, nil])))
        #expect(shown.currentMA == [7_000, 8_000, nil])
        #expect(shown.meter.vendor == "Maker" && shown.meter.accepted == 1 && shown.meter.powerMW == -5)
        #expect(shown.meter.problem.isEmpty)
        desk.handle(.reading(reading([7, nil, 9])))
        #expect(shown.meter.problem == "no current of L2")
        desk.handle(.live(reading([1, 2, 3]).live))
        #expect(shown.currentMA == [1_000, 2_000, 3_000])
        let refusal = ReadingRefusal(
            reason: .implausible(.frozen(for: .seconds(60))), evidence: nil, confirmation: nil, total: 4,
            isDistrust: true)
        desk.handle(.refused(refusal))
        #expect(shown.meter.refused == 4 && shown.meter.problem.contains("repeated itself"))
        desk.handle(.lost(.timeout(after: .seconds(1))))
        #expect(shown.meter.isLost)
        desk.handle(.identified(DeskRig.meter, generation: 1))
        #expect(!shown.meter.isLost && shown.meter.problem.isEmpty)
        var told: [String] = []
        while let news = feed.news.take() { told.append("\(news)".prefix { $0 != "(" }.description) }
        #expect(told == ["identified", "reading", "reading", "live", "distrusted", "lost", "identified"])
    }

    @Test("what the control thread makes of it is shown with its age")
    func gauge() throws {
        feed.gauge.show(CurrentLimit(Milliamps(21_000), because: .supplyLimit))
        feed.gauge.showReading(of: SystemClock.now() - .milliseconds(700))
        #expect(shown.availableMA == 21_000 && shown.limit == "what the mains meter leaves of the supply")
        #expect((700...5_000).contains(shown.meter.ageMS))
        feed.gauge.show(CurrentLimit(.zero, because: .expired))
        #expect(shown.availableMA == 0 && shown.limit == "the limit expired and its fail-safe holds")
        let report = try StatusReport(json: Array(board.current.json().utf8))
        #expect(report.mains?.fuseMA == 35_000 && report.mains?.currentMA == [nil, nil, nil])
        #expect(StatusBoard().current.mains == nil)
        #expect(!StatusBoard().current.json().contains("\"mains\""))
    }

    @Test("no answer of the technician's shell names the path of a ledger's node")
    func nodePaths() throws {
        let (rig, log) = (try DeskRig(), LogRing())
        let nodes = NodeAddresses(node: "https://node.example/key-4711/rpc", witnesses: ["http://other.example/secret"])
        let desk = try ShellRig.desk(board, ShellRig.facts(rig), rig, log: log, nodes: nodes)
        board.update { $0.ledger.problem = "https://node.example/key-4711/rpc: status: HTTP 403" }
        log.add("ledger at http://other.example/secret not available")
        let answer = try desk.ledger()
        #expect(answer.endpoint.hasPrefix("https://node.example") && !answer.endpoint.contains("4711"))
        #expect(answer.lastError == "https://node.example/…: status: HTTP 403")
        #expect(try desk.log(lines: 1) == ["ledger at http://other.example/… not available"])
    }

    @Test("the technician's shell shows it beside the others")
    func shell() throws {
        desk.handle(.identified(DeskRig.meter, generation: 1))
        desk.handle(.reading(reading([7, 8, nil])))
        feed.gauge.show(CurrentLimit(Milliamps(21_000), because: .supplyLimit))
        feed.gauge.showReading(of: SystemClock.now())
        let rig = try DeskRig()
        let facts = ServiceFacts(
            identity: rig.desk.identity, keyProtection: "software", bootCount: 1, endpoint: "",
            startedAt: SystemClock.now(),
            connectors: rig.desk.identity.connectors)
        let desk = try ShellRig.desk(board, facts, rig)
        let meters = try desk.meters()
        #expect(meters.map(\.connector) == [1, nil])
        #expect(meters[0].supply == nil && meters[0].state == .identifying)
        #expect(meters[1].state == .reading && meters[1].currents == [Milliamps(7_000), Milliamps(8_000)])
        #expect(
            meters[1].supply
                == .init(
                    fuse: Milliamps(35_000), available: Milliamps(21_000),
                    reason: "what the mains meter leaves of the supply"))
        let now = SystemClock.now()
        var session = ShellSession(
            desk: desk, gate: try ShellRig.gate(in: rig.folder), fixed: ShellServer.technician(user: 1_000), at: now)
        let words = String(decoding: session.receive(Array("meter\r".utf8), at: now), as: UTF8.self)
        for expected in ["mains", "35.000 A", "21.000 A", "what the mains meter leaves of the supply"] {
            #expect(words.contains(expected), "\(words)")
        }
    }
}
