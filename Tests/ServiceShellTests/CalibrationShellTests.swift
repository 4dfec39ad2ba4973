import Foundation
import Quantities
import Synchronization
import Testing

@testable import ServiceShell

@Suite("Calibration in the shell")
struct CalibrationShellTests {
    private static let run = "calib run channel=pilot-high millivolts=11950 connector=1"

    @Test("people: gain, offset, where they come from, what waits, what is left out; a board without channels says why")
    func peoplesView() {
        var shell = TestShell(role: .viewer)
        let told = shell.type("calib show\r").replacingOccurrences(of: "\r\n", with: "\n")
        let expected = """
            stored              whole
            connectors:
              - connector       1
                board           gpio-bench
                board profile   b0a2
                channels:
                  - channel     pilot-high
                    gain        7331 µV a count
                    offset      -15.012 V
                    source      calibrated
                    references  10.850 V  13.034 V
                    residual    -0.003 V
                    share       0.02 %
                    spread      0.015 V
                    by          Ada
                    certificate 7
                    hash        ada0
                    at          2026-11-29T18:40:00.000Z
                    not used    none
                    from next start:
                      - gain    7326 µV a count
                        offset  -15.000 V
                        source  board profile
                  - channel     pilot-low
                    gain        7326 µV a count
                    offset      -15.000 V
                    source      board profile
                    not used    it was made with another board profile
                    from next start: none
              - connector       2
                board           simulated
                board profile   51
                no channel      the board is simulated
                channels: none
            """
        #expect(told == "calib show\n\(expected)\nwattseal> ")
    }

    @Test("programs: the same, with units in the names")
    func programsView() {
        var shell = TestShell(role: .viewer)
        let reply = shell.type("{\"id\":1,\"cmd\":\"calib.show\",\"args\":{\"connector\":1}}\n")
        let high =
            "{\"channel\":\"pilot-high\",\"gain_uv_per_count\":7331,\"offset_mv\":-15012,\"source\":\"calibrated\","
            + "\"references_mv\":[10850,13034],\"residual_mv\":-3,\"share_bp\":2,\"spread_mv\":15,\"by\":\"Ada\","
            + "\"certificate\":7,\"hash\":\"ada0\",\"at_ms\":1795977600000,\"not_used\":null,\"from_next_start\":"
            + "[{\"gain_uv_per_count\":7326,\"offset_mv\":-15000,\"source\":\"board profile\"}]}"
        let low =
            "{\"channel\":\"pilot-low\",\"gain_uv_per_count\":7326,\"offset_mv\":-15000,\"source\":\"board profile\","
            + "\"not_used\":\"it was made with another board profile\",\"from_next_start\":[]}"
        #expect(
            reply
                == "{\"id\":1,\"ok\":true,\"data\":{\"stored\":\"whole\",\"connectors\":[{\"connector\":1,"
                + "\"board\":\"gpio-bench\",\"board_profile\":\"b0a2\",\"channels\":[\(high),\(low)]}]}}\n")
        #expect(
            shell.type("{\"id\":2,\"cmd\":\"calib.show\",\"args\":{\"connector\":2}}\n")
                == "{\"id\":2,\"ok\":true,\"data\":{\"stored\":\"whole\",\"connectors\":[{\"connector\":2,\"board\":\"simulated\","
                + "\"board_profile\":\"51\",\"no_channel\":\"the board is simulated\",\"channels\":[]}]}}\n")
        #expect(
            shell.type("{\"id\":3,\"cmd\":\"calib.show\",\"args\":{\"connector\":3}}\n").contains(
                "expected a connector from 1 to 2, got 3"))
    }

    @Test(
        "each wish reaches the desk as it was confirmed, on record as begun and done",
        arguments: [
            (
                "calib run pilot-high 11950 1", Self.run,
                .run(.pilotHigh, reference: Millivolts(11_950), connector: 1)
            ),
            (
                "calib run proximity 5020", "calib run channel=proximity millivolts=5020",
                .run(.proximity, reference: Millivolts(5_020), connector: 0)
            ),
            (
                "calib reset pilot-low 2", "calib reset channel=pilot-low connector=2",
                .reset(.pilotLow, connector: 2)
            ),
        ] as [(String, String, CalibrationWish)])
    func wishes(line: String, canonical: String, wish: CalibrationWish) {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: .commission)
        _ = shell.type(line + "\r")
        #expect(desk.diary.entries.isEmpty)
        let told = shell.type("confirm \(TestShell.token(1, for: canonical))\r")
        #expect(desk.diary.changes == [.calibrate(wish)])
        #expect(desk.diary.records.map(\.subject) == [canonical, canonical])
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done])
        #expect(desk.diary.holders.withLock { $0 } == [shell.session.holder])
        #expect(told.contains("done                \(canonical)\r\n"), "\(told)")
        #expect(told.contains("end on record       yes\r\n"), "\(told)")
    }

    @Test("what a run came to, for people and for programs")
    func answers() {
        let desk = FixedDesk()
        var person = TestShell(desk, role: .commission)
        _ = person.type("calib run pilot-high 11950 1\r")
        let told = person.type("confirm \(TestShell.token(1, for: Self.run))\r")
        let expected = """
            done                calib run channel=pilot-high millivolts=11950 connector=1
            channel             pilot-high
            gain                7326 µV a count
            offset              -15.000 V
            source              board profile
            not used            none
            from next start:
              - gain            7326 µV a count
                offset          -15.087 V
                source          calibrated
                references      11.950 V
                residual        0.000 V
                share           0.00 %
                spread          0.007 V
                by              tester
                certificate     none
                hash            ad
                at              unknown
            end on record       yes
            """
        #expect(told.replacingOccurrences(of: "\r\n", with: "\n").contains("\n\(expected)\nwattseal> "), "\(told)")
        var program = TestShell(desk, role: .commission)
        let request =
            "{\"id\":1,\"cmd\":\"calib.run\",\"args\":{\"channel\":\"pilot-high\",\"millivolts\":11950,\"connector\":1}}"
        #expect(program.type(request + "\n").contains("\"err\":\"E_SUM\""))
        let reply = program.type(TestShell.summed(request))
        #expect(
            reply
                == "{\"id\":1,\"ok\":true,\"data\":{\"done\":\"\(Self.run)\",\"channel\":\"pilot-high\","
                + "\"gain_uv_per_count\":7326,\"offset_mv\":-15000,\"source\":\"board profile\",\"not_used\":null,"
                + "\"from_next_start\":[{\"gain_uv_per_count\":7326,\"offset_mv\":-15087,\"source\":\"calibrated\","
                + "\"references_mv\":[11950],\"residual_mv\":0,\"share_bp\":0,\"spread_mv\":7,\"by\":\"tester\","
                + "\"certificate\":null,\"hash\":\"ad\",\"at_ms\":null}],\"end_on_record\":true}}\n")
        #expect(program.type(TestShell.summed(request)) == reply)
        #expect(desk.diary.changes.count == 2, "sent again, it is done once")
    }

    @Test(
        "what is refused is on record as that, an end that is not known as begun alone; nothing is done off the record")
    func refusals() {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: .commission)
        func ask(_ id: Int) -> String {
            shell.type(
                TestShell.summed(
                    "{\"id\":\(id),\"cmd\":\"calib.run\",\"args\":{\"channel\":\"pilot-low\",\"millivolts\":1}}"))
        }
        desk.diary.changeFailure.withLock { $0 = .interlock("service mode does not stand") }
        #expect(ask(1).contains("\"err\":\"E_INTERLOCK\""))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .refused])
        desk.diary.changeFailure.withLock { $0 = .unfinished("whether it is kept is not known") }
        #expect(ask(2).contains("\"err\":\"E_UNFINISHED\""))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .refused, .begun])
        desk.diary.changeFailure.withLock { $0 = nil }
        desk.diary.obstacle.withLock { $0 = "the board has no such channel" }
        #expect(ask(3).contains("the board has no such channel"))
        desk.diary.obstacle.withLock { $0 = nil }
        desk.diary.recordFailure.withLock { $0 = .unrecorded("the disk is full") }
        #expect(ask(4).contains("\"err\":\"E_AUDIT\""))
        #expect(desk.diary.changes.isEmpty && desk.diary.records.count == 3)
    }

    @Test(
        "a channel, a voltage or a role that is none is refused before anything is asked",
        arguments: [
            "calib run pilot-high 0", "calib run pilot-high 30001", "calib run pilot-high 12.034",
            "calib run pilot-high",
            "calib run pilot 12000", "calib run", "calib reset", "calib reset pilot-high 9", "calib show 0",
            "calib run pilot-high -12000", "calib res pilot-high", "calib ru pilot-high 12000",
        ])
    func wrongLines(line: String) {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: .commission)
        #expect(shell.type(line + "\r").contains("error:"), "\(line)")
        #expect(desk.diary.entries.isEmpty)
    }

    @Test("who may: everybody looks, and a calibration needs its role; Tab and help say so")
    func roles() {
        var viewer = TestShell(role: .viewer)
        #expect(!viewer.type("calib show\r").contains("error"))
        var service = TestShell(role: .service)
        #expect(service.type("calib run pilot-high 12000\r").contains("needs the role commission"))
        #expect(service.type("calib reset pilot-high\r").contains("needs the role commission"))
        #expect(Completion(of: "calib ", role: .commission) == .choices(["reset", "run", "show"]))
        #expect(Completion(of: "calib ", role: .service) == .insert("show "))
        #expect(service.type("help calib run\r").contains("CHANNEL MILLIVOLTS [CONNECTOR]"))
    }

    @Test("the share that a residual is of the greatest reference")
    func share() {
        var origin = FixedDesk.origin
        for (residual, references, share) in [
            (-3, [10_850, 13_034], 2), (0, [12_000], 0), (1, [12_000], 1), (120, [12_000], 100), (-1, [1], 10_000),
            (1, [], nil),
        ] as [(Int32, [Int32], Int32?)] {
            origin.residual = Millivolts(residual)
            origin.references = references.map { Millivolts($0) }
            #expect(origin.residualShare == share.map { BasisPoints($0) })
        }
    }
}
