import Quantities
import Testing

@testable import Metering

/// Which units of a line answer.
@Suite struct UnitScanTests {
    private static let registers = RegisterReadout(unit: 3, words: [1, 2], elapsed: .milliseconds(9))

    private func taken(_ result: Result<RegisterReadout, MeteringError>) throws -> UnitScan {
        var scan = UnitScan()
        try scan.take(result, of: 3)
        #expect(scan.asked == 1)
        return scan
    }

    @Test func `a reply and an exception are answers, and silence is none`() throws {
        #expect(try taken(.success(Self.registers)).answers.map(\.reply) == [.registers])
        #expect(try taken(.failure(.exception(code: 2))).answers.map(\.reply) == [.exception(2)])
        #expect(try taken(.failure(.timeout(after: .milliseconds(300)))).answers.isEmpty)
    }

    @Test(arguments: [10, 11] as [UInt8])
    func `a gateway that says so of a unit that is not there is no answer of it`(code: UInt8) throws {
        #expect(try taken(.failure(.exception(code: code))).answers.isEmpty)
    }

    @Test(arguments: [MeteringError.checksum, .wrongReply(.unit)])
    func `what is no reply is told as that`(error: MeteringError) throws {
        #expect(try taken(.failure(error)).answers.map(\.reply) == [.garbled(error)])
    }

    @Test(arguments: [
        MeteringError.noRoom(within: .seconds(10)), .cannotOpen(target: "line", errno: 2), .linkLost(errno: 5),
    ])
    func `what says nothing of the unit ends the scan`(error: MeteringError) {
        #expect(throws: error) { try taken(.failure(error)) }
    }

    @Test func `beside a meter with a wrong number the right one is found; an end of the firmware ends every wait`()
        throws
    {
        var model = VendorMeter(.sdm630)
        (model.powerWatts, model.amperes) = (0, [0, 0, 0])
        let meter = try PseudoTerminalMeter(model, unit: 3)
        defer { meter.stop() }
        let load = MeterConditionCell()
        load.store(MeterCondition(contactor: .open(since: .fromKernel()), promise: .zero))
        let bus = ModbusBus(
            link: .rtu(device: meter.path, line: try SerialLine(baud: 115_200, format: "8N1")),
            meters: [
                try MeterConfiguration(
                    profile: try Fixtures.promptSDM630(), unit: 1, pollInterval: .milliseconds(500),
                    limits: Fixtures.limits)
            ], loads: [load]
        ) { _, _ in }
        try bus.start()
        defer { bus.stop() }
        let scan = try bus.scanUnits([1, 2, 3, 4], within: .seconds(120))
        #expect(scan.asked == 4 && scan.next == nil)
        #expect(scan.answers == [UnitScan.Answer(unit: 3, reply: .registers)])
        let ended = try bus.scanUnits([5, 6], within: .seconds(120)) { true }
        #expect(ended.asked == 0 && ended.next == 5)
        #expect(try bus.scanUnits([5], within: .zero).next == 5)
        bus.refuseReads()
        #expect(throws: MeteringError.self) {
            try bus.readRegisters(
                RegisterRequest(functionCode: 4, address: 72, count: 2), of: 0, mayDelay: true, within: .seconds(120))
        }
    }
}
