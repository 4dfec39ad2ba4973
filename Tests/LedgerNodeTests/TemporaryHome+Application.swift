import LightClient

@testable import LedgerNode

extension TemporaryHome {
    /// An application over a store of its own, at the state before the first block of `SampleNetwork`.
    func application(_ name: String) throws -> LedgerApplication {
        let store = try LedgerStore(path: "\(path)/\(name).sqlite", of: .abci)
        let application = try LedgerApplication(store: store, chainID: SampleNetwork.chainID)
        _ = try application.initChain(
            InitChainRequest(
                time: SampleNetwork.time(0), chainID: SampleNetwork.chainID, initialHeight: 1,
                appState: try SampleNetwork.appState()))
        return application
    }
}
