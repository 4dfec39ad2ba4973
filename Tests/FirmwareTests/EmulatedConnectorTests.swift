import ChargeControl
import Foundation
import Testing

@testable import Firmware

@Suite("A connector on an emulated board")
struct EmulatedConnectorTests {
    private func parts(_ board: String, energyFactor: UInt32 = 1) throws -> ConnectorParts {
        try ConnectorParts(ofBoard: "\(ConnectorParts.shipped)/profiles/\(board).toml", energyFactor: energyFactor)
    }

    @Test("a stalled loop closes again without limit, as on the simulated board and on no other")
    func retries() throws {
        #expect(try parts("emulated").control.simulatedBoard)
        #expect(!(try parts("gpio-bench").control.simulatedBoard))
    }

    @Test("its meter counts no faster than life")
    func energyFactor() throws {
        do {
            _ = try parts("emulated", energyFactor: 2)
            Issue.record("an energy factor on a board that is not simulated")
        } catch {
            #expect("\(error)".contains("simulation.energy_factor: expected 1 on a board that is not simulated, got 2"))
        }
    }
}
