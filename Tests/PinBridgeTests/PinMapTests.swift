import BoardIO
import Foundation
import Quantities
import Testing

@testable import pin_bridge

@Suite("The emulated board's pins")
struct PinMapTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private let profile: BoardProfile
    private let table: String

    init() throws {
        profile = try BoardProfile.load(path: Self.repository.appending(path: "Board/profiles/emulated.toml").path)
        table = try String(
            contentsOf: Self.repository.appending(path: "Tools/BoardEmulator/Guest/lines.txt"), encoding: .utf8)
    }

    private func map() throws -> PinMap { try PinMap(profile: profile, path: "emulated.toml", table: table) }

    /// A sample in which everything that a line shows is known and at rest.
    private var atRest: BoardSample {
        var sample = BoardSample()
        (sample.mirror, sample.secondMirror, sample.gate, sample.earth) = (.open, .open, .dropped, .present)
        (sample.loadL1, sample.loadL2, sample.loadL3) = (.dead, .dead, .dead)
        (sample.emergencyStop, sample.residualDC, sample.residualAC) = (false, false, false)
        (sample.enclosureOpen, sample.supplyLow) = (false, false)
        return sample
    }

    /// What the agent is told for a sample, by its command without the value.
    private func told(_ sample: BoardSample) throws -> [String: Int64] {
        let map = try map()
        let pairs = zip(map.commands, try map.values(of: sample)).compactMap { command, value in
            value.map { (command, $0) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test("every line of the chip is an input or an output of the map, once")
    func complete() throws {
        let map = try map()
        let offsets = map.outputs.keys + map.commands.filter { $0.hasPrefix("i ") }.compactMap { Int($0.dropFirst(2)) }
        #expect(offsets.sorted() == Array(0..<20))
        #expect(map.outputs[0]?.role == .contactorEnable && map.outputs[1]?.role == .coilGate)
    }

    @Test("each input moves its own line, and no other")
    func inputs() throws {
        let rest = try told(atRest)
        #expect(rest["i 14"] == 1)
        #expect(rest.filter { $0.key.hasPrefix("i ") && $0.value == 1 }.count == 1)
        let changes: [(Int, (inout BoardSample) -> Void)] = [
            (6, { $0.mirror = .closed }), (7, { $0.secondMirror = .closed }), (8, { $0.loadL1 = .live }),
            (9, { $0.loadL2 = .live }), (10, { $0.loadL3 = .live }), (11, { $0.emergencyStop = true }),
            (12, { $0.residualDC = true }), (13, { $0.residualAC = true }), (14, { $0.earth = .missing }),
            (15, { $0.enclosureOpen = true }), (16, { $0.supplyLow = true }), (17, { $0.fanRuns = true }),
            (18, { $0.localReset = true }), (19, { $0.gate = .held }),
        ]
        for (offset, change) in changes {
            var sample = atRest
            change(&sample)
            let moved = try told(sample).filter { rest[$0.key] != $0.value }
            #expect(moved == ["i \(offset)": offset == 14 ? 0 : 1])
        }
    }

    @Test("the converter's counts are what the profile reads back as the voltage, and stay in 12 bits")
    func counts() throws {
        for (millivolts, count) in [(-15_000, 0), (-12_000, 410), (0, 2_048), (6_000, 2_867), (20_000, 4_095)] {
            var sample = atRest
            sample.pilotHigh = Millivolts(Int32(millivolts))
            sample.pilotLow = Millivolts(-20_000)
            let told = try told(sample)
            #expect(told["a 0"] == Int64(count) && told["a 1"] == 0, "\(millivolts) mV")
        }
        var sample = atRest
        sample.boardTemperature = DeciCelsius(419)
        let told = try told(sample)
        #expect(told["t 0"] == 41_900 && told["t 1"] == nil)
    }

    @Test("what the plant does not know stops the bridge")
    func unknown() throws {
        for forget: (inout BoardSample) -> Void in [
            { $0.mirror = .unknown }, { $0.loadL2 = .unknown }, { $0.earth = .unknown }, { $0.gate = .unknown },
        ] {
            var sample = atRest
            forget(&sample)
            #expect(throws: BridgeError.self) { try map().values(of: sample) }
        }
    }

    @Test("each output changes its own part of what the board drives")
    func outputs() throws {
        let map = try map()
        func driven(_ offset: Int, _ isHigh: Bool) throws -> BoardOutputs {
            var outputs = BoardOutputs.safe
            map.apply(try #require(map.outputs[offset]), isHigh: isHigh, to: &outputs)
            return outputs
        }
        #expect(try driven(0, true).contactorEnable && driven(2, true).phases == .three)
        #expect(try !driven(3, false).pilotConnected && driven(4, true).residualSelfTest)
        #expect(try driven(5, true).ventilation && driven(1, true) == .safe)
        #expect(try driven(0, false) == .safe && driven(2, false) == .safe && driven(3, true) == .safe)
    }

    @Test("a line that reads the other way round is shown the other way round")
    func activeLow() throws {
        let path = Self.repository.appending(path: "Board/profiles/emulated.toml")
        let text = try String(contentsOf: path, encoding: .utf8).replacing(
            "name = \"EMERGENCY_STOP\"", with: "name = \"EMERGENCY_STOP\"\nactive_low = true")
        let turned = try BoardProfile(bytes: Array(text.utf8), file: "turned.toml")
        let map = try PinMap(profile: turned, path: "turned.toml", table: table)
        let place = try #require(map.commands.firstIndex(of: "i 11"))
        #expect(try map.values(of: atRest)[place] == 1)
    }

    @Test("a profile that the chip does not have is refused")
    func refused() throws {
        #expect(throws: BridgeError.self) {
            try PinMap(profile: profile, path: "emulated.toml", table: table.replacing("CONTACTOR -", with: "OTHER -"))
        }
        let simulated = try BoardProfile.load(
            path: Self.repository.appending(path: "Board/profiles/simulated.toml").path)
        #expect(throws: BridgeError.self) { try PinMap(profile: simulated, path: "simulated.toml", table: table) }
    }
}
