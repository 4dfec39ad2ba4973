import LightClient
import Synchronization

/// The nodes that are asked about the ledger: one primary, the others its witnesses.
public final class Providers: Sendable {
    private let clients: [String: NodeClient]
    private let roster: Mutex<ProviderRoster>
    private let first: NodeClient

    /// The primary, and witnesses in the order in which they take its place. A witness with the primary's address, or with
    /// another's, is not a second opinion and counts once.
    public init(primary: NodeClient, witnesses: [NodeClient] = []) {
        let all = [primary] + witnesses
        first = primary
        clients = Dictionary(all.map { ($0.endpoint, $0) }, uniquingKeysWith: { first, _ in first })
        roster = Mutex(ProviderRoster(all.map(\.endpoint)))
    }

    /// Who is asked now.
    public var primary: NodeClient { clients[roster.withLock { $0.primary }] ?? first }

    /// Whether witnesses were configured.
    public var areWatched: Bool { roster.withLock { $0.isWatched } }

    /// How many may still be asked.
    var count: Int { roster.withLock { $0.order.count } }

    /// A node by its address.
    func client(_ endpoint: String) -> NodeClient? { clients[endpoint] }

    func witnessesOfRun() -> [String] { roster.withLock { $0.witnessesOfRun() } }

    func note(_ standings: [(witness: String, standing: WitnessStanding)]) {
        roster.withLock { $0.note(standings) }
    }

    /// Takes a failure of the primary in: a liar is dropped, one that does not serve goes to the end.
    ///
    /// - Parameter fault: Whose fault it is said to be; nil changes nothing.
    /// - Returns: Whether another node is the primary now. False as well where `endpoint` is it no longer.
    func replace(_ endpoint: String, fault: ProviderFault?, reason: String) -> Bool {
        guard let fault else { return false }
        return roster.withLock { roster in
            guard roster.primary == endpoint else { return false }
            switch fault {
            case .service: roster.replacePrimary()
            case .lie: roster.drop(endpoint, reason)
            }
            return roster.primary != endpoint
        }
    }

    /// Closes all connections.
    func close() async {
        for client in clients.values { await client.close() }
    }
}
