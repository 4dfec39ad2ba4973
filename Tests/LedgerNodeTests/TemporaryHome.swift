import ChargerSamples
import Foundation
import LedgerNode
import LightClient
import Logging
import Quantities
import SignedRecords

/// A folder for one test, removed with it.
final class TemporaryHome: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ledger-node-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A node's configuration with fast blocks, and money for the payer.
    func configuration(
        interval: Int64 = 20, validators: Int? = 4, chainID: String? = "wattseal-test",
        clock: @escaping @Sendable () -> Timestamp = LedgerNodeConfiguration.systemClock
    ) throws -> LedgerNodeConfiguration {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let payer = SampleCharger.account(of: try SampleCharger.key("payer"))
        return LedgerNodeConfiguration(
            home: path + "/home", validators: validators, blockIntervalMilliseconds: interval, chainID: chainID,
            accounts: [payer: Microunits(10_000_000)], logger: logger, clock: clock)
    }

    /// A copy of the home as it is at this moment: what a power cut would leave of a running node.
    func snapshot() throws -> TemporaryHome {
        let copy = try TemporaryHome()
        try FileManager.default.copyItem(atPath: path + "/home", toPath: copy.path + "/home")
        return copy
    }
}
