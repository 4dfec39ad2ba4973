internal import PlatformLink

/// What may be said to anybody of the ledger nodes that a device asks. A path may carry what a provider counts its customer by,
/// so it stays here: wherever an error repeats it, `/…` stands instead.
struct NodeAddresses: Sendable {
    /// The node that is asked first: scheme, host and port.
    let origin: String
    private let paths: [String]

    init(_ ledger: FirmwareConfiguration.LedgerChoice) { self.init(node: ledger.rpc, witnesses: ledger.witnesses) }

    init(node: String, witnesses: [String]) {
        let endpoints = ([node] + witnesses).compactMap { try? RPCEndpoint($0) }
        origin = (try? RPCEndpoint(node))?.origin ?? ""
        // The longest first: one may begin another.
        paths = Set(endpoints.map(\.path)).filter { $0 != "/" }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// A text without the paths.
    func shortened(_ text: String) -> String {
        paths.reduce(text) { text, path in text.replacing(path, with: "/…") }
    }
}
