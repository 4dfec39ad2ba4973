import Quantities
import Testing

@testable import ChargeControl

/// Service mode: when it begins, what it keeps from happening, and what ends it.
@Suite struct ServiceModeTests {
    private static let socket = CableArrangement.socket
    private static let noPlug = Ohms(100_000)

    @Test func itBeginsWhenThePlugWasEmptyForFiveSeconds() throws {
        var rig = try Rig()
        rig.step()
        let seenAt = rig.now
        while rig.now < seenAt + .milliseconds(4_990) { rig.step() }
        var early = rig
        early.ask()
        #expect(early.now == seenAt + .milliseconds(4_995))
        #expect(!early.isInService && early.output.service.ended == .car && early.output.service.judged == 1)
        rig.step()
        rig.ask()
        #expect(rig.now == seenAt + .seconds(5))
        #expect(rig.isInService && rig.output.service.ended == nil && rig.output.service.visit == 1)
        #expect(rig.output.service.until == rig.now + .seconds(600))
        #expect(rig.output.display.service == .standing && rig.output.service.lamps == .service)
        // Refused is refused, until somebody asks anew.
        early.run(.seconds(10))
        #expect(!early.isInService)
        early.ask(visit: 2)
        #expect(early.isInService)
    }

    /// A period that the loop missed is no sight of an empty plug.
    @Test func aStallBeginsTheFiveSecondsAnew() throws {
        for (stall, begins) in [(Nanoseconds.milliseconds(45), true), (.milliseconds(46), false)] {
            var rig = try Rig()
            rig.run(.seconds(3))
            rig.step(after: stall)
            rig.run(.milliseconds(2_500))
            rig.ask()
            #expect(rig.isInService == begins, "\(stall)")
        }
    }

    @Test(arguments: [
        ("a car", ServiceBar.car), ("a car that has just left", .car), ("a session", .session),
        ("a session that ended", .car), ("an emergency stop", .fault), ("direct residual current", .fault),
        ("a weld", .fault), ("a weld that is not yet one", .contactorNotOpen), ("a blind contactor", .fault),
        ("heat", .fault), ("a hot plug", .fault), ("a shutdown", .shutdown), ("a stale pilot", .fault),
        ("no earth", .fault), ("an open enclosure", .fault), ("nobody", .silent),
    ])
    func whatForbidsIt(_ state: String, _ bar: ServiceBar) throws {
        var rig = try Rig(
            options: .with {
                $0.hasBoardTemperature = true
                $0.hasPlugTemperature = true
                $0.watchesEarth = true
            })
        rig.run(.seconds(6))
        switch state {
        case "a car":
            rig.car = .b
            rig.run(.milliseconds(100))
        case "a car that has just left":
            rig.car = .b
            rig.run(.milliseconds(100))
            rig.car = .a
            rig.run(.milliseconds(4_900))
        case "a session": try rig.startOffering()
        case "a session that ended":
            try rig.startOffering()
            rig.input.ownerStop = true
            try rig.await(.seconds(20)) { $0.phase == .ended }
        case "an emergency stop": rig.input.emergencyStop = true
        case "direct residual current":
            rig.surroundings.direct = true
            rig.run(.milliseconds(50))
            rig.surroundings.direct = false
        case "a weld": rig.isWelded = true
        case "a weld that is not yet one":
            rig.isWelded = true
            rig.run(.milliseconds(100))
        case "a blind contactor": rig.feedbackIsKnown = false
        case "heat": rig.surroundings.boardTemperature = DeciCelsius(850)
        case "a hot plug": rig.surroundings.plugTemperature = DeciCelsius(950)
        case "a shutdown": rig.input.softShutdown = true
        case "a stale pilot": rig.pilotIsSampled = false
        case "no earth": rig.surroundings.earth = nil
        case "an open enclosure": rig.input.enclosureOpen = true
        default: rig.technicianIsHeard = false
        }
        if !["a weld that is not yet one", "a car that has just left"].contains(state) { rig.run(.seconds(6)) }
        if bar != .silent { #expect(rig.output.service.obstacle == bar) }
        rig.ask()
        #expect(!rig.isInService && rig.output.service.ended == bar)
        rig.run(.milliseconds(100)) { #expect(!$0.isInService && $0.output.service.lamps == nil) }
    }

    /// In a socket the proximity contact must say that no cable is there.
    @Test func aCableInTheSocketForbidsItAndEndsIt() throws {
        for proximity: Ohms? in [Ohms(220), Ohms(10), nil] {
            var rig = try Rig(cable: Self.socket)
            rig.input.proximity = proximity
            rig.run(.seconds(6))
            rig.ask()
            #expect(rig.output.service.ended == (proximity == Ohms(10) ? .car : .car))
            rig.input.proximity = Self.noPlug
            rig.run(.seconds(6))
            rig.ask(visit: 2)
            #expect(rig.isInService)
            rig.input.proximity = proximity
            rig.run(.milliseconds(15)) { #expect($0.isInService) }
            rig.run(.milliseconds(15))
            #expect(!rig.isInService && rig.output.service.ended == .car)
        }
    }

    /// What a technician may have come for forbids nothing.
    @Test func aFaultThatDoesNotOpenIsNoObstacle() throws {
        var rig = try Rig()
        rig.input.meter = .lost
        rig.meterAnswers = false
        rig.input.recordStore = .failed
        rig.run(.seconds(15))
        #expect(rig.stands(.meterLost) && rig.stands(.recordsFailed))
        rig.ask()
        #expect(rig.isInService)
    }

    @Test func itEndsAfterTenMinutes() throws {
        var rig = try Rig()
        try rig.enterService()
        let until = rig.now + .seconds(600)
        while rig.now < until - .milliseconds(5) { rig.step() }
        #expect(rig.isInService)
        rig.step()
        #expect(!rig.isInService && rig.output.service.ended == .expired)
        // Whoever goes on asking under the same number gets nothing.
        rig.run(.seconds(10)) { #expect(!$0.isInService) }
        rig.ask(visit: 2)
        #expect(rig.isInService)
    }

    /// A shell that hangs or died says nothing any more.
    @Test func itEndsWithTheLease() throws {
        var rig = try Rig()
        try rig.enterService()
        rig.technicianIsHeard = false
        let heardAt = rig.now
        while rig.now < heardAt + .seconds(5) { rig.step() }
        #expect(rig.isInService)
        rig.step()
        #expect(!rig.isInService && rig.output.service.ended == .silent)
        rig.technicianIsHeard = true
        rig.run(.seconds(1)) { #expect(!$0.isInService) }
    }

    /// A message of a moment that has not come says nothing.
    @Test func aMessageFromTheFutureIsNone() throws {
        for (lead, isHeard) in [(Nanoseconds.seconds(1), true), (Nanoseconds(1_000_000_001), false)] {
            var rig = try Rig()
            rig.run(.seconds(6))
            rig.technicianIsHeard = false
            rig.input.service.heardAt = rig.now + .milliseconds(5) + lead
            rig.ask()
            #expect(rig.isInService == isHeard)
        }
        var rig = try Rig()
        rig.run(.seconds(6))
        rig.technicianIsHeard = false
        for moment in [Int64.min, Int64.max, -1] {
            rig.input.service.heardAt = MonotonicInstant(nanoseconds: moment)
            rig.ask(visit: rig.input.service.visit + 1)
            #expect(rig.output.service.ended == .silent)
        }
    }

    @Test func itEndsWhenItIsLeftAndWhenAnotherVisitBegins() throws {
        var rig = try Rig()
        try rig.enterService()
        rig.ask(visit: 0)
        #expect(!rig.isInService && rig.output.service.judged == 0)
        rig.ask(visit: 5)
        #expect(rig.isInService)
        rig.run(.seconds(300))
        rig.ask(visit: 6)
        #expect(rig.output.service.visit == 6 && rig.output.service.until == rig.now + .seconds(600))
    }

    @Test func itEndsWithAFaultAndWithAShutdown() throws {
        var rig = try Rig()
        try rig.enterService()
        var stopped = rig
        stopped.input.emergencyStop = true
        stopped.run(.milliseconds(10))
        #expect(stopped.output.service.ended == .fault && stopped.output.service.fault == .emergencyStop)
        #expect(!stopped.isInService && stopped.stands(.emergencyStop))
        var ending = rig
        ending.input.softShutdown = true
        ending.step()
        #expect(!ending.isInService && ending.output.service.ended == .shutdown && ending.output.shutdownComplete)
        // A late loop is a fault that opens, too.
        rig.step(after: .milliseconds(46))
        #expect(!rig.isInService && rig.output.service.fault == .loopStalled)
    }

    /// One sample is no car; five of them are, and then a session may begin as ever.
    @Test func aCarEndsItAndIsServed() throws {
        var rig = try Rig()
        try rig.enterService()
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(5)) { #expect($0.isInService && $0.begins == 0 && $0.output.pilot == .x1) }
        rig.car = .b
        rig.run(.milliseconds(20)) { #expect($0.isInService) }
        rig.car = .a
        rig.run(.milliseconds(100)) { #expect($0.isInService) }
        rig.car = .b
        rig.run(.milliseconds(25)) { #expect($0.begins == 0 && !$0.output.contactorEnable) }
        #expect(!rig.isInService && rig.output.service.ended == .car)
        try rig.await(.seconds(5)) { $0.phase == .offering }
        #expect(rig.begins == 1)
    }

    /// Steady +12 V: at -12 V nobody would see a car come.
    @Test func thePilotIsSteadyAndTheSupplyAsksForNothing() throws {
        var rig = try Rig()
        try rig.enterService()
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(2)) {
            #expect($0.output.pilot == .x1 && !$0.output.contactorEnable && !$0.output.demand.wants)
            #expect($0.output.display.offered == .zero && $0.phase == .idle && $0.output.display.level == .a)
        }
    }

    /// Nothing of it survives a restart, even where whoever asks goes on asking.
    @Test func aRestartEndsIt() throws {
        var rig = try Rig()
        try rig.enterService()
        var restarted = Rig(ChargeController(rig.controller.configuration))
        restarted.input.service = rig.input.service
        restarted.run(.seconds(20)) { #expect(!$0.isInService) }
        #expect(restarted.output.service.ended == .car)
        restarted.ask(visit: 2)
        #expect(restarted.isInService)
    }
}
