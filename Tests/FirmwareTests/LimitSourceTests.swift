import ChargeControl
import Foundation
import Quantities
import Testing

@testable import Firmware

/// The limits that the firmware gives to the core, and the lines of the control socket.
@Suite("Limits from outside the core")
struct LimitSourceTests {
    private static let night = FirmwareConfiguration.DailySchedule(
        windows: [Schedule.Window(start: 22 * 3_600, end: 6 * 3_600, current: Milliamps(16_000))],
        otherwise: Milliamps(6_000), utcOffset: 60, randomDelay: 600)

    private func table(_ limits: ConnectorLimits, utc: Int64?) -> LimitTable {
        var table = LimitTable()
        limits.apply(to: &table, utc: utc)
        return table
    }

    @Test("a schedule follows local time, and an unknown clock is no window")
    func schedule() {
        let limits = ConnectorLimits(
            installer: Milliamps(20_000), .init(owner: nil, schedule: Self.night), seed: 601)
        // 21:00 UTC is 22:00 here; the seed leaves no delay.
        let opening = Int64(20_000) * 86_400 + 21 * 3_600
        for (utc, current, reason) in [
            (opening - 1, 6_000, LimitReason.outsideWindow), (opening, 16_000, .configured),
            (opening + 8 * 3_600 - 1, 16_000, .configured), (opening + 8 * 3_600, 6_000, .outsideWindow),
            (nil, 6_000, .clockUnknown),
        ] as [(Int64?, Int32, LimitReason)] {
            let limit = table(limits, utc: utc)[.schedule]
            #expect(limit?.current == Milliamps(current))
            #expect(limit?.reason == reason)
        }
        #expect(table(limits, utc: nil)[.installer]?.current == Milliamps(20_000))
        #expect(table(limits, utc: nil)[.owner] == nil)
    }

    @Test("each charger waits its own while after a window opened")
    func randomDelay() {
        let opening = Int64(20_000) * 86_400 + 21 * 3_600
        let waiting = (0..<601).map { seed in
            let limits = ConnectorLimits(.init(owner: nil, schedule: Self.night), seed: UInt64(seed))
            return (0...600).first { table(limits, utc: opening + Int64($0))[.schedule]?.reason == .configured }
        }
        #expect(Set(waiting) == Set((0...600).map(Optional.some)))
    }

    @Test("the owner's word replaces the configuration's until he takes it back")
    func owner() {
        var limits = ConnectorLimits(.init(owner: Milliamps(10_000), schedule: nil))
        #expect(table(limits, utc: nil)[.owner]?.current == Milliamps(10_000))
        limits.set(Milliamps(13_000), by: .owner)
        #expect(table(limits, utc: nil)[.owner]?.current == Milliamps(13_000))
        limits.set(nil, by: .owner)
        #expect(table(limits, utc: nil)[.owner]?.current == Milliamps(10_000))
    }

    @Test("each keeps his own limit and his own stop: nobody takes another's back")
    func askers() {
        var limits = ConnectorLimits(.init(owner: Milliamps(20_000), schedule: nil))
        func said() -> [CurrentLimit?] {
            let table = table(limits, utc: nil)
            return [table[.owner], table[.technician]]
        }
        #expect(said().map(\.?.current) == [Milliamps(20_000), nil])
        limits.set(Milliamps(10_000), by: .owner)
        limits.set(Milliamps(16_000), by: .technician)
        #expect(said().map(\.?.current) == [Milliamps(10_000), Milliamps(16_000)])
        #expect(said()[1]?.reason == .technicianChoice)
        limits.set(Milliamps(13_000), by: .settings)
        #expect(said()[1]?.current == Milliamps(13_000) && said()[1]?.reason == .setting)
        limits.set(Milliamps(8_000), by: .technician)
        #expect(said()[1]?.current == Milliamps(8_000) && said()[1]?.reason == .technicianChoice)
        limits.set(nil, by: .technician)
        #expect(said().map(\.?.current) == [Milliamps(10_000), Milliamps(13_000)])
        limits.set(nil, by: .owner)
        #expect(said().map(\.?.current) == [Milliamps(20_000), Milliamps(13_000)])
        limits.set(nil, by: .settings)
        #expect(said()[1] == nil && !limits.isStopped)
        for asker in LimitAsker.allCases { limits.stop(true, by: asker) }
        for asker in LimitAsker.allCases {
            #expect(limits.isStopped)
            limits.stop(false, by: asker)
            limits.stop(false, by: asker)
        }
        #expect(!limits.isStopped)
    }

    @Test("a line of the control socket is a request, or says what was expected")
    func requests() throws {
        let reader = ControlRequestReader(connectors: 2, hasGrid: true)
        for (line, request) in [
            ("grid 16000 60", ControlRequest.gridLimit(Milliamps(16_000), validity: .seconds(60))),
            ("owner 9000", .limit(Milliamps(9_000), by: .owner, connector: 0)),
            ("owner free 2", .limit(nil, by: .owner, connector: 2)),
            ("owner stop 1", .stop(true, by: .owner, connector: 1)),
            ("owner go", .stop(false, by: .owner, connector: 0)), ("phases 1 2", .phases(.single, connector: 2)),
            ("self-test", .selfTest(connector: 0)), ("recording 1", .recording(connector: 1)),
        ] {
            #expect(try reader.read(line) == request)
        }
        for line in [
            "", "grid", "grid 1", "grid x 5", "grid -1 5", "grid 5 0", "grid 5 5 5", "owner", "owner 1 3", "owner 1 0",
            "owner 1 1 1", "phases 2", "phases", "stop",
        ] {
            #expect(throws: ControlRequestReader.Refusal.self, "\(line)") { try reader.read(line) }
        }
        let ungridded = ControlRequestReader(connectors: 1, hasGrid: false)
        #expect(throws: ControlRequestReader.Refusal.self) { try ungridded.read("grid 16000 60") }
    }

    @Test("a request over the socket reaches the control thread's queue")
    func socket() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("c-\(UInt32.random(in: 0 ... .max))")
            .path
        let requests = HandoverQueue<ControlRequest>(capacity: 4)
        let server = try ControlServer.start(
            path: path, reader: ControlRequestReader(connectors: 1, hasGrid: true), requests: RequestInlet(requests),
            logger: DeskRig.quiet)
        #expect(try ControlClient.ask("grid 6000 30", socketPath: path) == "ok")
        #expect(requests.take() == .gridLimit(Milliamps(6_000), validity: .seconds(30)))
        #expect(throws: FirmwareError.self) { try ControlClient.ask("grid 6000", socketPath: path) }
        #expect(requests.take() == nil)
        server.stop()
    }

    @Test("a request for the record desk is answered by the desk, and reaches no control thread")
    func deskRequest() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("c-\(UInt32.random(in: 0 ... .max))")
            .path
        let requests = HandoverQueue<ControlRequest>(capacity: 4)
        let server = try ControlServer.start(
            path: path, reader: ControlRequestReader(connectors: 1, hasGrid: true), requests: RequestInlet(requests),
            logger: DeskRig.quiet
        ) { request, pending in
            #expect(request == .rotateKeys)
            // Another thread, later: the server takes the next request meanwhile.
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 0.3)
                pending.send("error: not now")
            }
        }
        defer { server.stop() }
        let failure = #expect(throws: FirmwareError.self) {
            try ControlClient.ask("rotate-keys", socketPath: path)
        }
        #expect("\(try #require(failure))".contains("not now"))
        #expect(try ControlClient.ask("grid 6000 30", socketPath: path) == "ok")
        #expect(requests.take() == .gridLimit(Milliamps(6_000), validity: .seconds(30)))
        #expect(throws: FirmwareError.self) { try ControlClient.ask("rotate-keys now", socketPath: path) }
    }

    /// Caught by: the second that a line has from its first byte on.
    @Test("who sends a byte now and then is answered before his line ends, and holds up nobody")
    func trickle() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("c-\(UInt32.random(in: 0 ... .max))")
            .path
        let server = try ControlServer.start(
            path: path, reader: ControlRequestReader(connectors: 1, hasGrid: true),
            requests: RequestInlet(HandoverQueue<ControlRequest>(capacity: 4)), logger: DeskRig.quiet)
        defer { server.stop() }
        let descriptor = try UnixSocketAddress.connection(to: path, of: "control socket")
        defer { close(descriptor) }
        var answered = false
        for _ in 1...100 where !answered {
            var byte = UInt8(ascii: "g")
            _ = send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL))
            Thread.sleep(forTimeInterval: 0.1)
            answered = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK)) == 1
        }
        #expect(answered)
    }

    @Test("the buckets of the loop's timing are powers of two, and every duration has one")
    func timing() {
        for (duration, bucket) in [
            (Nanoseconds(-5), 0), (.zero, 0), (.microseconds(1), 1), (.microseconds(2), 2), (.microseconds(3), 2),
            (.microseconds(4), 3), (.milliseconds(5), 13), (.seconds(1_000), LoopTiming.bucketCount - 1),
        ] {
            #expect(LoopTiming.bucket(of: duration) == bucket, "\(duration)")
        }
        let timing = LoopTiming()
        timing.note(lateness: .microseconds(3), step: .microseconds(100))
        timing.note(lateness: .milliseconds(41), step: .microseconds(40))
        let report = timing.report
        #expect(report.periods == 2)
        #expect(report.worstLatenessUS == 41_000)
        #expect(report.worstStepUS == 100)
        #expect(report.lateness.reduce(0, +) == 2)
        #expect(report.lateness[2] == 1)
    }
}
