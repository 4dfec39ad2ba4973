import LightClient
import Logging
import PlatformLink
import Quantities
import SignedRecords

@testable import Firmware

/// The charger's own platform link to the ledger's process: it looks when it is told to, and whoever tells it waits.
final class LedgerLink {
    private let source: DeskSource
    private let task: Task<Void, Never>
    /// Seconds for one look, on a machine that has other things to do, too.
    private static let patience = 300

    /// Looks once: a new device is not registered before, and signs nothing on its chains before.
    init(_ house: LedgerHouse, _ folder: String, device: DeviceID, source: DeskSource, clock: VirtualClock) throws {
        var configuration = PlatformLinkConfiguration(
            endpoint: try RPCEndpoint(house.rpc), chainID: try LedgerChainID(LedgerProcess.chainID),
            anchor: TrustAnchor(height: 1, hash: try Hash(hex: house.anchor)), trustingPeriod: .seconds(14 * 86_400),
            storeDirectory: SoakFolder.link(folder), device: device, connectors: 1)
        // It is ready for the next look at once, and waits for its turn there. A long interval that each look cuts short would
        // leave a timer behind each time, until the interval is over.
        configuration.pollInterval = .milliseconds(1)
        // Virtual time passes between two looks, and no block is made in it.
        configuration.maximumHeaderAge = .seconds(86_400)
        let link = try PlatformLink(
            configuration, source: source, logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() },
            utc: {
                source.awaitTurn()
                return clock.timestamp
            }, monotonic: { clock.now }, onEvent: { source.tell($0) })
        self.source = source
        task = Task { await link.run() }
        try look()
    }

    /// One look at the ledger: what it has proved is told, what is new is sent.
    func look() throws { try source.look(seconds: Self.patience) }

    /// No look comes after it.
    func end() {
        task.cancel()
        source.leave()
    }
}
