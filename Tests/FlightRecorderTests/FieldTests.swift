import FlightSamples
import Quantities
import Testing

@testable import ChargeControl
@testable import FlightRecorder

/// The codec has every field: of the types that it codes, by reflection, and by their sizes.
@Suite struct FieldTests {
    private let layout = EntryLayout()

    /// The names of the words from `start` to `end`, without the element.
    private func names(_ range: Range<Int>) -> [(structure: String, field: String)] {
        range.compactMap { layout.name(ofWord: $0) }.map { ("\($0.structure)", "\($0.field)") }
    }

    @Test func everyWordHasANameOfItsOwn() {
        let all = (0..<layout.words).compactMap { layout.name(ofWord: $0) }.map { "\($0)" }
        #expect(all.count == layout.words)
        #expect(Set(all).count == layout.words)
        #expect(layout.words + FieldCoder.intentWords <= FieldWords(repeating: 0).count)
        #expect("\(try! #require(layout.name(ofWord: layout.words - 1)))" == "output.records")
    }

    @Test func everyFieldOfAnInputIsCoded() throws {
        let coded = Set(names(0..<layout.inputWords).map { $0.structure.isEmpty ? $0.field : $0.structure })
        let declared = Set(Mirror(reflecting: ControlInput()).children.compactMap(\.label))
        #expect(coded == declared)
        let inner: [(String, Any)] = [
            ("contactor", ContactorFeedback.unknown), ("currents", ControlInput().currents),
            ("mains", ControlInput().mains),
            ("pilot", PilotSample(high: .zero, low: .zero, at: MonotonicInstant(nanoseconds: 0))),
            ("energy", EnergySample(number: 0, imported: .zero, at: MonotonicInstant(nanoseconds: 0))),
            ("authorization", try #require(Filled.input().authorization)),
            ("limits", CurrentLimit(.zero, because: .heat)), ("service", ServiceWish()),
        ]
        for (structure, value) in inner {
            let named = names(0..<layout.inputWords).filter { $0.structure == structure }
            let coded = Set(named.map { String($0.field.prefix { $0 != "." }) })
                .subtracting(["isThere", "hasDeadline", "expires"])
            var declared = Set(Mirror(reflecting: value).children.compactMap(\.label))
            if structure == "pilot", declared.remove("at") != nil { declared.insert("age") }
            #expect(coded == declared, "\(structure)")
        }
    }

    @Test func everyFieldOfAnOutputIsCoded() throws {
        let output = try Filled.output()
        let named = names(layout.inputWords..<layout.words)
        let coded = Set(named.filter { $0.structure == "output" }.map(\.field)).subtracting(["pilotHighTime"])
        #expect(
            coded
                == Set(Mirror(reflecting: output).children.compactMap(\.label)).subtracting([
                    "display", "demand", "service",
                ]))
        let shown = Set(
            named.filter { $0.structure == "display" }.map { String($0.field.prefix { $0 != "." }) })
        #expect(shown == Set(Mirror(reflecting: output.display).children.compactMap(\.label)))
        let demand = Set(named.filter { $0.structure == "demand" }.map(\.field))
        #expect(demand == Set(Mirror(reflecting: output.demand).children.compactMap(\.label)))
        for (structure, value, inner) in [
            ("service report", output.service as Any, ["test"]), ("service test", output.service.test, []),
        ] {
            let coded = Set(named.filter { $0.structure == structure }.map(\.field))
            #expect(coded == Set(Mirror(reflecting: value).children.compactMap(\.label)).subtracting(inner))
        }
        for (part, value) in [("wear", output.display.wear as Any), ("limit", output.display.limit)] {
            let coded = Set(
                named.map(\.field).filter { $0.hasPrefix("\(part).") }.map { String($0.dropFirst(part.count + 1)) })
            #expect(coded == Set(Mirror(reflecting: value).children.compactMap(\.label)))
        }
    }

    @Test func everyFieldOfAConfigurationIsCoded() throws {
        let coded = Set(Mirror(reflecting: BeginningFields()).children.compactMap(\.label))
        let configuration = try Filled.beginning().configuration
        let declared = Set(Mirror(reflecting: configuration).children.compactMap(\.label))
        // The margin is computed from the others.
        #expect(
            coded
                == declared.subtracting(["energyMargin", "cable"]).union([
                    "cableRating", "latched", "sincePowerUp", "wear",
                ]))
    }

    /// Whoever changes one of these types looks at its field function, then at this number.
    @Test func theSizesAreThoseThatTheCodecWasWrittenFor() {
        #expect(MemoryLayout<ControlInput>.size == 656)
        #expect(MemoryLayout<ControlOutput>.size == 1_229)
        #expect(MemoryLayout<DisplayState>.size == 93)
        #expect(MemoryLayout<ControlOptions>.size == 80)
        #expect(MemoryLayout<RecordIntent>.size == 57)
    }

    /// The writer asks for room before an entry: every word with a gap of a byte, and all the record intents.
    @Test func theLongestEntryFitsItsRoom() {
        let intents = 16 * FieldCoder.intentWords * 10
        #expect(10 + layout.words * 11 + 1 + intents <= EntryEncoder.mostBytes)
    }

    @Test func everyKindOfTestComesBack() {
        for test in [
            ServiceTest.none, .contactor(.seconds(2)), .lock(.seconds(5)), .lamps(.all, .seconds(60)),
            .lamps(.off, Nanoseconds(1)),
        ] {
            var input = Filled.input()
            input.service.test = test
            var coder = FieldCoder.collecting
            coder.code(&input, at: MonotonicInstant(nanoseconds: 0))
            var restored = ControlInput()
            var back = FieldCoder.restoring(coder.words)
            back.code(&restored, at: MonotonicInstant(nanoseconds: 0))
            #expect(restored.service == input.service && !back.isInvalid)
        }
    }

    @Test func anInputWithEveryFieldSetComesBack() throws {
        let now = MonotonicInstant(nanoseconds: 77_000_000_123)
        var coder = FieldCoder.collecting
        var input = Filled.input()
        coder.code(&input, at: now)
        // Every word says something.
        for position in 0..<layout.inputWords where coder.words[position] == 0 {
            Issue.record("\(String(describing: layout.name(ofWord: position))) is 0")
        }
        var back = FieldCoder.restoring(coder.words)
        var restored = ControlInput()
        back.code(&restored, at: now)
        #expect(!back.isInvalid)
        #expect("\(restored)" == "\(input)")
        for source in LimitSource.allCases { #expect(restored.limits[source] == input.limits[source]) }
        // And an input that says nothing.
        var empty = FieldCoder.collecting
        var nothing = ControlInput()
        empty.code(&nothing, at: now)
        var emptied = FieldCoder.restoring(empty.words)
        emptied.code(&restored, at: now)
        #expect("\(restored)" == "\(nothing)")
        for source in LimitSource.allCases { #expect(restored.limits[source] == nil) }
    }

    @Test func aBeginningWithEveryFieldSetComesBack() throws {
        let beginning = try Filled.beginning()
        let coder = FieldCoder.words(of: beginning)
        let restored = try #require(FieldCoder.beginning(from: coder.words))
        #expect("\(restored)" == "\(beginning)")
        var wrong = coder.words
        wrong[1] = 2
        #expect(FieldCoder.beginning(from: wrong) == nil)
        wrong[1] = 259
        #expect(FieldCoder.beginning(from: wrong) == nil)
    }

    /// Changing any one field of an output changes a word.
    @Test func everyFieldOfAnOutputMakesADifference() throws {
        let plain = try Filled.output()
        let before = words(plain)
        let changes: [(String, (inout ControlOutput) -> Void)] = [
            ("output.pilotHighTime", { $0.pilot = .pwm(.microseconds(267)) }), ("output.pilot", { $0.pilot = .stateE }),
            ("output.contactorEnable", { $0.contactorEnable.toggle() }),
            ("output.gatePulseAllowed", { $0.gatePulseAllowed.toggle() }), ("output.phases", { $0.phases = .single }),
            ("output.lock", { $0.lock.toggle() }), ("output.residualTest", { $0.residualTest.toggle() }),
            ("output.ventilation", { $0.ventilation.toggle() }), ("output.faultRaised", { $0.faultRaised.toggle() }),
            ("output.shutdownComplete", { $0.shutdownComplete.toggle() }),
            ("output.records", { $0.records.append(.faultLatched(.brownOut)) }),
            ("demand.wants", { $0.demand.wants.toggle() }), ("demand.most", { $0.demand.most = Milliamps(7) }),
            ("demand.inUse", { $0.demand.inUse = Milliamps(7) }),
            ("display.level", { $0.display.level = .f }), ("display.isPowered", { $0.display.isPowered.toggle() }),
            ("display.phase", { $0.display.phase = .ended }),
            ("display.offered", { $0.display.offered = Milliamps(7) }),
            ("display.limit.current", { $0.display.limit.current = Milliamps(7) }),
            ("display.limit.limit", { $0.display.limit.limit = Milliamps(7) }),
            ("display.limit.source", { $0.display.limit.source = .cable }),
            ("display.limit.reason", { $0.display.limit.reason = .heat }),
            ("display.energy", { $0.display.energy = MilliwattHours(7) }),
            ("display.fault", { $0.display.fault = .brownOut }),
            ("display.faults", { $0.display.faults = FaultSet(bits: 1 << 63) }),
            ("display.phases", { $0.display.phases = .single }), ("display.session", { $0.display.session = .max }),
            ("display.wear.operations", { $0.display.wear.operations = 7 }),
            ("display.wear.openingsUnderLoad", { $0.display.wear.openingsUnderLoad = 7 }),
            (
                "display.wear.switchedSquareAmpereMilliseconds",
                { $0.display.wear.switchedSquareAmpereMilliseconds = 7 }
            ), ("display.service", { $0.display.service = .lockTest }),
            ("service report.visit", { $0.service.visit = 7 }), ("service report.judged", { $0.service.judged = 7 }),
            ("service report.until", { $0.service.until = MonotonicInstant(nanoseconds: 7) }),
            ("service report.ended", { $0.service.ended = .left }),
            ("service report.fault", { $0.service.fault = .brownOut }),
            ("service report.obstacle", { $0.service.obstacle = .heat }),
            ("service report.lamps", { $0.service.lamps = .off }),
            ("service test.number", { $0.service.test.number = 7 }),
            ("service test.stage", { $0.service.test.stage = .refused }),
            ("service test.cause", { $0.service.test.cause = .left }),
            ("service test.fault", { $0.service.test.fault = .brownOut }),
            ("service test.actuation", { $0.service.test.actuation = .zero }),
            ("service test.release", { $0.service.test.release = .zero }),
            ("service test.actuationTries", { $0.service.test.actuationTries = 7 }),
            ("service test.releaseTries", { $0.service.test.releaseTries = 7 }),
            ("service test.weld", { $0.service.test.weld = .stuck }),
            ("display.wear.closingTime", { $0.display.wear.closingTime = Nanoseconds(7) }),
            ("display.wear.openingTime", { $0.display.wear.openingTime = Nanoseconds(7) }),
        ]
        #expect(changes.count == layout.words - layout.inputWords)
        for (name, change) in changes {
            var output = plain
            change(&output)
            let after = words(output)
            let differing = (layout.inputWords..<layout.words).filter { after[$0] != before[$0] }
            #expect(differing.contains { layout.name(ofWord: $0)?.description == name }, "\(name)")
        }
    }

    private func words(_ output: ControlOutput) -> FieldWords {
        var coder = FieldCoder.collecting
        coder.position = layout.inputWords
        coder.note(output)
        return coder.words
    }

    /// Every kind of record, and every field of each, makes words of its own.
    @Test func everyRecordIntentHasWordsOfItsOwn() {
        var seen: Set<[Int64]> = []
        let intents = Filled.intents()
        for intent in intents {
            var coder = FieldCoder.collecting
            coder.note(intent, element: 0)
            #expect(coder.position == FieldCoder.intentWords)
            seen.insert((0..<coder.position).map { coder.words[$0] })
        }
        #expect(seen.count == intents.count)
    }

    @Test func wordsOfNoValueAreRefused() {
        var coder = FieldCoder.collecting
        var input = Filled.input()
        coder.code(&input, at: MonotonicInstant(nanoseconds: 0))
        for name in [
            "contactor.mirror", "lock", "meter", "recordStore", "wantedPhases", "technicianReset", "gateHeld",
            "service.test", "service.test.pattern", "service.visit", "ownerStop", "authorization.slot",
            "currents.first", "limits[3].reason", "energy.isThere",
        ] {
            let position = (0..<layout.inputWords).first { layout.name(ofWord: $0)?.description == name }
            var words = coder.words
            guard let position else {
                Issue.record("no word is called \(name)")
                continue
            }
            words[position] = 1 << 40
            var back = FieldCoder.restoring(words)
            back.code(&input, at: MonotonicInstant(nanoseconds: 0))
            #expect(back.isInvalid, "\(name)")
        }
    }
}
