import ChargeControl
import Quantities
import Simulator
import Testing

@Suite("The plant's meters")
struct MeterTests {
    /// Asks for registers and answers the words, or the exception.
    func read(_ meter: inout EnergyMeter, _ function: UInt8, _ address: UInt16, _ count: UInt16) -> [UInt16]? {
        let request = [
            function, UInt8(address >> 8), UInt8(address & 255), UInt8(count >> 8), UInt8(count & 255),
        ]
        guard let pdu = meter.reply(to: request)?.pdu, pdu[0] == function else { return nil }
        #expect(Int(pdu[1]) == pdu.count - 2)
        return stride(from: 2, to: pdu.count, by: 2).map { UInt16(pdu[$0]) << 8 | UInt16(pdu[$0 + 1]) }
    }

    func float(_ words: [UInt16]?, _ index: Int = 0) -> Float? {
        guard let words, words.count >= index + 2 else { return nil }
        return Float(bitPattern: UInt32(words[index]) << 16 | UInt32(words[index + 1]))
    }

    func charged(_ model: MeterModel, _ register: Int64 = 1_234_567_000) -> Plant {
        var plant = Plant(
            at: MonotonicInstant(nanoseconds: 0),
            meter: EnergyMeter(model: model, serial: 22_551_083, energy: MilliwattHours(register)))
        plant.charge()
        return plant
    }

    private func near(_ value: Float?, _ goal: Float, _ distance: Float) -> Bool {
        value.map { abs($0 - goal) <= distance } ?? false
    }

    @Test("SDM630: floats in the vendor's places, the known words of 1234.567 kWh, the serial number")
    func sdm630() {
        var idle = EnergyMeter(model: .sdm630, serial: 22_551_083, energy: MilliwattHours(1_234_567_000))
        #expect(read(&idle, 4, 0x0048, 2) == [0x449A, 0x5225])
        #expect(read(&idle, 3, 0xFC00, 2) == [0x0158, 0x1A2B])
        #expect(read(&idle, 3, 0xFC02, 1) == [0x0070])
        #expect(float(read(&idle, 3, 0x0028, 2)) == 2141)
        var meter = charged(.sdm630).meter
        let live = read(&meter, 4, 0x0000, 18)
        // The last digits of a live mains never stand still.
        #expect(near(float(live, 0), 230, 0.051) && float(live, 0) != float(live, 2))
        #expect(float(live, 6) == 32 && near(float(live, 12), 7_360, 1.7))
        #expect(float(read(&meter, 4, 0x0034, 2)) == 22_080)
        #expect(near(float(read(&meter, 4, 0x0046, 2)), 50, 0.0051))
        #expect(float(read(&meter, 4, 0x004A, 2)) == 0)
    }

    @Test("iEM3155: watt-hours as 64-bit integers, kilowatts as floats, texts")
    func iem3155() {
        var meter = charged(.iem3155).meter
        let energy = meter.face.energy.rawValue / 1_000
        #expect(read(&meter, 3, 0x0C83, 4) == [0, 0, UInt16(energy >> 16), UInt16(energy & 0xFFFF)])
        #expect(float(read(&meter, 3, 0x0BF3, 2)) == 22.08)
        #expect(float(read(&meter, 3, 0x0BB7, 6), 4) == 32)
        #expect(near(float(read(&meter, 3, 0x0BD3, 2)), 230, 0.051))
        #expect(read(&meter, 3, 0x0081, 2) == [0x0158, 0x1A2B])
        #expect(read(&meter, 3, 0x0031, 2) == [0x6945, 0x4D33], "iEM3")
        #expect(read(&meter, 3, 0x0DBD, 4) == [0x8000, 0, 0, 0], "not available")
        #expect(read(&meter, 3, 0x0C11, 2) == [0xFFC0, 0], "not available")
        #expect(read(&meter, 4, 0x0C83, 4) == nil, "holding registers alone")
    }

    @Test(
        "what a meter does not do is an exception",
        arguments: [
            ([4, 0x00, 0x49, 0, 2], [0x84, 2]), ([4, 0x00, 0x48, 0, 1], [0x84, 2]),
            ([4, 0x01, 0x80, 0, 2], [0x84, 2]),
            ([4, 0x01, 0x7E, 0, 4], [0x84, 2]), ([4, 0x00, 0x00, 0, 0], [0x84, 3]),
            ([4, 0x00, 0x00, 0, 82], [0x84, 3]),
            ([4, 0xFF, 0xFF, 0, 80], [0x84, 2]), ([4, 0, 0, 0], [0x84, 3]), ([4, 0, 0, 0, 2, 0], [0x84, 3]),
            ([16, 0, 0, 0, 2], [0x90, 1]), ([3, 0xFC, 0x10, 0, 2], [0x83, 2]), ([], [0x80, 1]),
        ] as [([UInt8], [UInt8])])
    func exceptions(_ request: [UInt8], _ reply: [UInt8]) {
        var meter = EnergyMeter(model: .sdm630, serial: 1, energy: .zero)
        #expect(meter.reply(to: request)?.pdu == reply)
    }

    @Test("the bus shows one moment: all registers are latched together")
    func latched() {
        var plant = charged(.sdm630)
        let face = plant.meter.face
        let latched = plant.now
        while plant.meter.face == face {
            plant.pulseGate()
            plant.advance(to: plant.now + .milliseconds(1))
        }
        #expect(plant.now - latched <= .milliseconds(100))
        #expect(plant.meter.face.energy > face.energy)
    }

    @Test("a frozen meter answers old values, a lying one counts 1.5 times, a reset one falls; the truth stays")
    func lies() throws {
        var plant = charged(.sdm630)
        let start = (plant.trueImport.total, plant.meter.energy.total)
        _ = try plant.run("meter factor 1500")
        plant.run(60_000, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        let truth = (plant.trueImport.total - start.0).rawValue
        let told = (plant.meter.energy.total - start.1).rawValue
        #expect(abs(told - truth * 3 / 2) <= 1)
        _ = try plant.run("meter frozen on")
        let face = plant.meter.face
        plant.run(5_000, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.meter.face == face)
        _ = try plant.run("meter ok")
        _ = try plant.run("meter reset")
        plant.run(200, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.meter.face.energy < MilliwattHours(2_000))
        _ = try plant.run("meter set-import 5000000")
        _ = try plant.run("meter serial 99")
        plant.run(200, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.meter.face.energy > MilliwattHours(5_000_000) && plant.meter.serial == 99)
        #expect(plant.trueImport.total > start.0)
    }

    @Test("each reply fault hits as many replies as it was told")
    func replyFaults() throws {
        var plant = plantAtRest()
        let request: [UInt8] = [4, 0, 0x48, 0, 2]
        func reply() -> MeterReply? {
            var reply: MeterReply?
            plant.serveMeter { reply = $0.reply(to: request) }
            return reply
        }
        let good = try #require(reply())
        #expect(good.pdu == [4, 4, 0, 0, 0, 0] && good.delay == .zero)
        for line in [
            "meter drop 1", "meter crc 1", "meter truncate 1", "meter duplicate 1", "meter nan 1", "meter late 450 1",
            "meter exception 6 1",
        ] {
            #expect(try plant.run(line) == "ok")
            #expect(reply() != good, "\(line)")
            #expect(reply() == good, "\(line) is over")
        }
        _ = try plant.run("meter drop always")
        #expect(reply() == nil && reply() == nil)
        _ = try plant.run("meter ok")
        _ = try plant.run("meter nan 1")
        #expect(reply()?.pdu == [4, 4, 0x7F, 0xC0, 0, 0])
        _ = try plant.run("meter late 450 1")
        #expect(reply()?.delay == .milliseconds(450))
        _ = try plant.run("meter exception 6 1")
        #expect(reply()?.pdu == [0x84, 6])
    }

    @Test("the mains meter shows what the house and the car take, and has faults of its own")
    func mainsMeter() throws {
        var plant = charged(.sdm630)
        let car = plant.currents.first.rawValue
        #expect(car > 0 && plant.mainsMeter == nil)
        plant.fit(mainsMeter: EnergyMeter(model: .sdm630, serial: 9, energy: .zero))
        #expect(try plant.run("house 1000 2000 3000") == "ok")
        plant.advance(to: plant.now + .milliseconds(10))
        let face = try #require(plant.mainsMeter?.face)
        #expect(face.currents.list.map(\.rawValue) == [car + 1_000, car + 2_000, car + 3_000])
        #expect(face.power.rawValue == plant.power.rawValue + 230 * 6_000)
        #expect(plant.meter.face.currents.first.rawValue == car)
        #expect(try plant.run("mains-meter frozen on") == "ok")
        #expect(plant.mainsMeter?.isFrozen == true && !plant.meter.isFrozen)
        var reply: MeterReply?
        #expect(try plant.run("mains-meter drop 1") == "ok")
        plant.serveMainsMeter { reply = $0.reply(to: [4, 0, 6, 0, 2]) }
        #expect(reply == nil)
        plant.serveMainsMeter { reply = $0.reply(to: [4, 0, 6, 0, 2]) }
        #expect(reply != nil)
    }
}
