import Foundation
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities

@testable import PlatformLink

/// A light client with a store on disk, and the nodes of its network in memory.
final class Network {
    let nodes: [ChainNode]
    let folder = NSTemporaryDirectory() + "wattseal-network-\(UUID().uuidString)"
    let progress = NIOLockedValueBox<[SyncProgress]>([])
    let now: NIOLockedValueBox<Timestamp>
    let pauses = NIOLockedValueBox<[Nanoseconds]>([])
    let anchor: TrustAnchor
    let chainID: String
    let options: TrustOptions
    /// Kept over synchronisers, as a process keeps it.
    var providers: Providers

    /// - Parameter nodes: The primary first.
    init(_ nodes: [ChainNode], anchor: LightBlock, now: Timestamp, period: Duration = .seconds(14 * 86_400)) throws {
        self.nodes = nodes
        self.now = NIOLockedValueBox(now)
        self.anchor = TrustAnchor(height: anchor.height, hash: anchor.header.hash() ?? .sha256([]))
        chainID = anchor.header.chainID
        options = try TrustOptions(period: period)
        providers = Self.providers(nodes)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static func providers(_ nodes: [ChainNode]) -> Providers {
        let clients = nodes.map { NodeClient(transport: $0, deadline: .milliseconds(10)) }
        return Providers(primary: clients[0], witnesses: Array(clients.dropFirst()))
    }

    /// A process that starts: it knows no failures of nodes, and goes on from the store.
    func synchroniser(
        anchor: TrustAnchor? = nil, reanchoring: Bool = false
    ) throws -> Synchroniser {
        providers = Self.providers(nodes)
        let (progress, pauses, nodes, now) = (progress, pauses, nodes, now)
        return try Synchroniser(
            providers: providers, chainID: chainID, anchor: anchor ?? self.anchor, options: options,
            store: try TrustedStore(directory: folder), reanchoring: reanchoring, utc: { now.withLockedValue { $0 } },
            pause: { piece in
                pauses.withLockedValue { $0.append(piece) }
                for node in nodes { node.with { $0.newest += $0.growth } }
            }, onProgress: { step in progress.withLockedValue { $0.append(step) } })
    }

    var store: TrustedStore { get throws { try TrustedStore(directory: folder) } }

    /// The height that is on disk.
    func stored() throws -> Int64? { try store.load(chainID: chainID)?.height }

    /// How a witness stood in the last comparison.
    func standing(_ node: ChainNode) -> WitnessStanding? {
        progress.withLockedValue { progress in
            for case .compared(node.endpoint, _, let standing) in progress.reversed() { return standing }
            return nil
        }
    }

    /// The pieces of evidence that were sent, with whether they were taken.
    var reports: [(evidence: AttackEvidence, to: String, taken: Bool)] {
        progress.withLockedValue { progress in
            progress.compactMap {
                guard case .reported(let evidence, let receiver, let refusal) = $0 else { return nil }
                return (evidence, receiver, refusal == nil)
            }
        }
    }

    /// The replacements of the primary, as names.
    var replacements: [String] {
        progress.withLockedValue { progress in
            progress.compactMap {
                guard case .primaryReplaced(let old, let new, _) = $0 else { return nil }
                return "\(Self.short(old)) to \(Self.short(new))"
            }
        }
    }

    private static func short(_ endpoint: String) -> String {
        String(endpoint.dropFirst("http://".count).prefix { $0 != "." })
    }

    /// What a run of a synchroniser ends with.
    static func failure(_ synchroniser: Synchroniser) async -> PlatformLinkError? {
        do throws(PlatformLinkError) {
            _ = try await synchroniser.advance()
            return nil
        } catch {
            return error
        }
    }
}

/// Chains that part, for networks.
enum Forks {
    /// So many blocks, their four validators the same throughout, or changing one by one.
    static func chain(_ count: Int, rotating every: Int = 0, from seed: UInt8 = 5) throws -> SampleChain {
        var chain = try SampleChain()
        try extend(&chain, to: count, rotating: every, from: seed)
        return chain
    }

    static func extend(
        _ chain: inout SampleChain, to count: Int, rotating every: Int = 0, from seed: UInt8 = 5, appHash: UInt8 = 1
    ) throws {
        while chain.height < count {
            let height = Int(chain.height) + 1
            if every > 0, height.isMultiple(of: every) {
                chain.nextMembers.removeFirst()
                let number = UInt8(truncatingIfNeeded: height / every)
                chain.nextMembers.append(try SampleChain.Member(seed: seed &+ number))
            }
            try chain.append(appHash: [appHash])
        }
    }

    /// The same validators sign another state from `fork` on, to the same height.
    static func lunatic(_ chain: SampleChain, from fork: Int64, rotating every: Int = 0) throws -> SampleChain {
        var lie = try Self.chain(Int(fork) - 1, rotating: every)
        try extend(&lie, to: Int(chain.height), rotating: every, appHash: 0x66)
        return lie
    }

    static func node(_ name: String, _ chain: SampleChain) -> ChainNode {
        ChainNode(name, newest: chain.height) { chain.blocks[$0] }
    }
}
