import Crypto
import Foundation
import Ledger
import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import PlatformLink
import Quantities
import SignedRecords

/// A ledger's node in memory: real headers, commits, proofs and record rules, and a hook through which it lies.
final class FakeNode: RPCTransport {
    /// One JSON-RPC request.
    struct Request: Sendable {
        let id: Int64
        let method: String
        let parameters: [String: String]

        var height: Int64 { Int64(parameters["height"] ?? "") ?? 0 }
        var key: String {
            String(decoding: (try? Hex.decode(parameters["data"] ?? "")) ?? [], as: UTF8.self)
        }
    }

    /// What a lie does with a request: an answer of its own, or nil for the honest one.
    typealias Lie = @Sendable (Request, FakeNode) throws -> [UInt8]?

    struct World {
        var chain: SampleChain
        /// The state after each height.
        var states: [Int64: SampleState] = [:]
        var pending: SampleState
        var isDown = false
        var calls: [String: Int] = [:]
        var transactions: [[UInt8]] = []
        /// The last number that the ledger accepts on a connector's chain; what comes behind it is dropped.
        var acceptThrough = UInt64.max
        var refusal: (code: UInt32, log: String)?
        var lie: Lie?
    }

    let endpoint = "http://fake.invalid:26657"
    private let world: NIOLockedValueBox<World>

    init(chain: SampleChain, state: SampleState) throws {
        var world = World(chain: chain, pending: state)
        try Self.makeBlock(&world)
        try Self.makeBlock(&world)
        self.world = NIOLockedValueBox(world)
    }

    /// Looks at the world or changes it.
    func with<Value>(_ body: (inout World) throws -> Value) rethrows -> Value {
        try world.withLockedValue(body)
    }

    /// Makes a block over the pending state's root; the state after it is the pending one.
    func makeBlock(seconds: Int64 = 1) throws {
        try with { try Self.makeBlock(&$0, seconds: seconds) }
    }

    /// Changes the state; two blocks make it provable.
    func change(_ body: (inout SampleState) -> Void) throws {
        try with { world in
            body(&world.pending)
            try Self.makeBlock(&world)
            try Self.makeBlock(&world)
        }
    }

    private static func makeBlock(_ world: inout World, seconds: Int64 = 1) throws {
        let root = world.states[world.chain.height]?.root ?? []
        try world.chain.append(appHash: root, seconds: seconds)
        world.states[world.chain.height] = world.pending
    }

    var newest: LightBlock {
        get throws {
            try with { world in
                guard let newest = world.chain.newest else { throw SampleError.timeRange }
                return newest
            }
        }
    }

    func close() async {}

    func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        do {
            let request = try Self.request(body)
            let (isDown, lie) = with { world in
                world.calls[request.method, default: 0] += 1
                return (world.isDown, world.lie)
            }
            if isDown { throw PlatformLinkError.unreachable(endpoint: endpoint, reason: "down") }
            if let told = try lie?(request, self) { return told }
            return try answer(request)
        } catch let error as PlatformLinkError {
            throw error
        } catch {
            throw .replyMalformed(call: call, reason: "the fake node: \(error)")
        }
    }

    static func request(_ body: [UInt8]) throws -> Request {
        let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        let parameters = (object?["params"] as? [String: Any] ?? [:]).mapValues { "\($0)" }
        return Request(
            id: (object?["id"] as? NSNumber)?.int64Value ?? -1, method: object?["method"] as? String ?? "",
            parameters: parameters)
    }

    static func reply(_ id: Int64, _ result: some Encodable) throws -> [UInt8] {
        let text = String(decoding: try RPCJSON.encode(result), as: UTF8.self)
        return Array(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(text)}"#.utf8)
    }

    static func failure(_ id: Int64, _ data: String) -> [UInt8] {
        Array(
            #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32603,"message":"Internal error","data":"\#(data)"}}"#.utf8)
    }

    /// The honest answer.
    func answer(_ request: Request) throws -> [UInt8] {
        switch request.method {
        case "status":
            let (chainID, height) = with { ($0.chain.chainID, $0.chain.height) }
            return Array(
                #"{"jsonrpc":"2.0","id":\#(request.id),"result":{"node_info":{"network":"\#(chainID)"},"#.utf8)
                + Array(#""sync_info":{"latest_block_height":"\#(height)","catching_up":false}}}"#.utf8)
        case "commit":
            guard let block = with({ $0.chain.blocks[request.height] }) else {
                return Self.failure(
                    request.id, "height \(request.height) must be less than or equal to the current blockchain height")
            }
            return try Self.reply(request.id, CommitResult(signedHeader: block.signedHeader, canonical: true))
        case "validators":
            guard let block = with({ $0.chain.blocks[request.height] }) else {
                return Self.failure(request.id, "no such height")
            }
            return try Self.page(request, block.validators.validators)
        case "abci_query":
            return try Self.reply(
                request.id, ABCIQueryResult(response: try query(request.parameters["data"] ?? "", request.height)))
        case "broadcast_tx_sync":
            return try take(request)
        default:
            return Array(
                #"{"jsonrpc":"2.0","id":\#(request.id),"error":{"code":-32601,"message":"Method not found"}}"#.utf8)
        }
    }

    static func page(_ request: Request, _ all: [Validator]) throws -> [UInt8] {
        let page = Int(request.parameters["page"] ?? "") ?? 1
        let size = Int(request.parameters["per_page"] ?? "") ?? 30
        let members = Array(all.dropFirst((page - 1) * size).prefix(size))
        return try reply(
            request.id, ValidatorsResult(blockHeight: request.height, validators: members, total: Int64(all.count)))
    }

    func query(_ data: String, _ height: Int64) throws -> ABCIQueryResponse {
        let key = try Hex.decode(data)
        guard let state = with({ $0.states[height] }) else {
            return ABCIQueryResponse(code: 5, log: "no such state", key: key, value: [], proofOps: nil, height: height)
        }
        return ABCIQueryResponse(
            key: key, value: state[key] ?? [],
            proofOps: ProofOps(ops: [
                ProofOp(type: ProofOp.sparseType, key: key, data: state.proof(of: key).protobuf)
            ]), height: height)
    }

    private func take(_ request: Request) throws -> [UInt8] {
        let transaction = try Base64.decode(request.parameters["tx"] ?? "")
        if let refusal = with({ $0.refusal }) {
            let result = #"{"code":\#(refusal.code),"data":"","log":"\#(refusal.log)","codespace":"","hash":"00"}"#
            return Array(#"{"jsonrpc":"2.0","id":\#(request.id),"result":\#(result)}"#.utf8)
        }
        if with({ $0.transactions.contains(transaction) }) {
            return Self.failure(request.id, "tx already exists in cache")
        }
        let batch = try RecordBatch(decoding: transaction)
        try with { world in
            world.transactions.append(transaction)
            for message in batch.messages {
                let signed = try SignedRecord(decoding: message)
                guard signed.record.sequence <= world.acceptThrough else { break }
                try Self.accept(signed, &world.pending)
            }
            try Self.makeBlock(&world)
            try Self.makeBlock(&world)
        }
        return Array(
            #"{"jsonrpc":"2.0","id":\#(request.id),"result":{"code":0,"data":"","log":"","codespace":"","hash":"00"}}"#
                .utf8)
    }

    /// The heads move as the ledger moves them; an end record settles its session at 0.35 a kWh and 3 %.
    private static func accept(_ signed: SignedRecord, _ state: inout SampleState) throws {
        let record = signed.record
        let key = StateKey.head(record.device, record.chain).bytes
        let head = try state[key].map { try ChainHeadState(decoding: $0) }
        guard record.sequence == (head?.sequence ?? 0) + 1 else { return }
        state[key] = ChainHeadState(sequence: record.sequence, hash: signed.hash).encoded()
        let open = Array("test-open".utf8)
        if case .begin = record.body { state[open] = signed.message }
        guard case .end(let end) = record.body, let message = state[open] else { return }
        let opening = try SignedRecord(decoding: message)
        guard case .begin(let begin) = opening.record.body else { return }
        let due = try Settlement(
            Consumption(energies: [end.energy], milliseconds: 0),
            under: try Tariff(name: "Fake", price: PricePerKilowattHour(350_000)),
            available: Microunits(1_000_000_000), commission: BasisPoints(300))
        state[StateKey.session(record.device, end.session).bytes] =
            SessionSettlement(
                chain: record.chain, beginSequence: opening.record.sequence, beginHash: opening.hash,
                endSequence: record.sequence, endHash: signed.hash, energy: end.energy, paid: due.paid,
                commission: due.commission, owner: AccountID(hashing: [0xAA]), payer: begin.payer, tariff: begin.tariff
            ).encoded()
    }
}
