import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Quantities
import RecordSamples
import Testing

@testable import PlatformLink

/// What following the chain costs on the wire: requests, and bytes of JSON both ways (HTTP's own headers are about 250 bytes
/// a request more). The numbers are promises: a change that costs more has to change them here.
@Suite("Traffic", .serialized)
struct TrafficTests {
    struct Cost: Equatable {
        var requests = 0
        var bytes = 0
        var headers = 0
    }

    private static let day: Int64 = 86_400

    /// A client with so many witnesses that trusts height 1 and then goes to `height`; what the second part cost.
    private func cost(to height: Int64, rotation: Int64, witnesses: Int = 0, size: Int64 = 4) async throws -> Cost {
        let model = ModelChain(start: try Timestamp(seconds: 1_795_390_000), size: size, rotation: rotation)
        let nodes = (0...witnesses).map { index in
            ChainNode("n\(index)", chainID: model.chainID, newest: 1) { try model.block(at: $0) }
        }
        let network = try Network(nodes, anchor: try model.block(at: 1), now: try model.time(at: height + 1))
        let synchroniser = try network.synchroniser()
        #expect(try await synchroniser.advance().height == 1)
        for node in nodes {
            node.with {
                $0.newest = height
                $0.calls = [:]
                $0.bytesIn = 0
                $0.bytesOut = 0
                $0.fetched = []
            }
        }
        #expect(try await synchroniser.advance().height == height)
        return nodes.reduce(into: Cost()) { cost, node in
            node.with {
                cost.requests += $0.requests
                cost.bytes += $0.bytesIn + $0.bytesOut
                cost.headers += $0.fetched.count
            }
        }
    }

    @Test("of an hour without a change of validators: two requests, and one more for each witness")
    func hourly() async throws {
        let alone = try await cost(to: 3_601, rotation: 0)
        #expect(alone.requests == 2 && alone.headers == 1)
        #expect(alone.bytes <= 4_000, "\(alone)")
        let watched = try await cost(to: 3_601, rotation: 0, witnesses: 2)
        #expect(watched.requests == 4 && watched.headers == 3)
        #expect(watched.bytes <= 9_000, "\(watched)")
        print("traffic: an hour, 4 validators: \(alone); with 2 witnesses \(watched)")
        // Nothing new: the status alone.
        let idle = try await cost(to: 1, rotation: 0, witnesses: 2)
        #expect(idle.requests == 1 && idle.headers == 0)
        #expect(idle.bytes <= 1_500, "\(idle)")
    }

    /// An idle charger on an idle ledger looks each second, and a block comes each minute. What it says is known to the byte, and
    /// what it is told follows from that: one byte more fails here. A day has 1440 such minutes.
    @Test("of an idle minute: sixty looks and one new header, to the byte")
    func idleMinute() async throws {
        let model = ModelChain(start: try Timestamp(seconds: 1_795_390_000), rotation: 0)
        let node = ChainNode("n0", chainID: model.chainID, newest: 1) { try model.block(at: $0) }
        let network = try Network([node], anchor: try model.block(at: 1), now: try model.time(at: 120))
        let synchroniser = try network.synchroniser()
        #expect(try await synchroniser.advance().height == 1)
        let before = node.with { state in
            state.newest = 61
            state.bytesOut = 0
            return state.calls
        }
        for _ in 0..<60 { #expect(try await synchroniser.advance().height == 61) }
        let after = node.with { $0 }
        #expect(after.calls["status", default: 0] - before["status", default: 0] == 60)
        #expect(after.calls["commit", default: 0] - before["commit", default: 0] == 1)
        #expect(after.calls["validators"] == before["validators"] && after.calls.count == 3)
        // The first look's status and commit, then the status alone.
        let first = before.values.reduce(0, +) + 1
        let said = (first..<first + 61).map { number in
            number == first + 1
                ? #"{"jsonrpc":"2.0","id":\#(number),"method":"commit","params":{"height":"61"}}"#
                : #"{"jsonrpc":"2.0","id":\#(number),"method":"status","params":{}}"#
        }
        #expect(after.bytesOut == said.reduce(0) { $0 + $1.utf8.count })
    }

    /// The same minute as the link itself has it: sixty turns, and every byte that arrives at the node, HTTP's own among them.
    @Test("of an idle minute on the wire: sixty turns of the link over HTTP, to the byte")
    func idleMinuteOnTheWire() async throws {
        let node = NIOLockedValueBox<FakeNode?>(nil)
        let server = try await LocalHTTPServer { _, body in
            guard let node = node.withLockedValue({ $0 }),
                let reply = try? await node.post(body, call: "any", deadline: .seconds(10))
            else { return .hangUp }
            return .body(reply)
        }
        let bench = try Bench(primary: HTTPTransport(RPCEndpoint(server.address)))
        node.withLockedValue { $0 = bench.node }
        await bench.turn()
        let (calls, start) = (bench.node.with { $0.calls }, server.received.withLockedValue { $0 })
        try bench.node.makeBlock()
        for _ in 0..<60 { await bench.turn() }
        #expect(bench.status?.height == 3)
        let first = calls.values.reduce(0, +) + 1
        let said = (first..<first + 61).map { number in
            let body =
                number == first + 1
                ? #"{"jsonrpc":"2.0","id":\#(number),"method":"commit","params":{"height":"3"}}"#
                : #"{"jsonrpc":"2.0","id":\#(number),"method":"status","params":{}}"#
            return "POST / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nUser-Agent: wattseal\r\n\r\n" + body
        }
        #expect(server.received.withLockedValue { $0 } - start == said.reduce(0) { $0 + $1.utf8.count })
        try await server.stop()
    }

    @Test("of a day: the link looks once a second")
    func rhythm() throws {
        let device = try SampleDevice(connectors: 1)
        let configuration = PlatformLinkConfiguration(
            endpoint: try RPCEndpoint("http://127.0.0.1:1"), chainID: device.ledger,
            anchor: TrustAnchor(height: 1, hash: .sha256([])), trustingPeriod: .seconds(14 * 86_400),
            storeDirectory: "", device: device.device, connectors: 1)
        #expect(configuration.pollInterval == .seconds(1))
    }

    /// One of four validators makes way each day, or each hour. A step carries over two changes and not over three, so at
    /// least half as many headers as changes are needed; the search may need a fifth more.
    @Test(
        "of catching up after days without a network: so many headers, at most three for five changes of validators, and two",
        arguments: [
            (1, 86_400, 1), (7, 86_400, 4), (13, 86_400, 8), (1, 3_600, 15), (7, 3_600, 99), (13, 3_600, 183),
        ] as [(Int64, Int64, Int)])
    func catchUp(days: Int64, rotation: Int64, headers: Int) async throws {
        let changes = Int(days * Self.day / rotation)
        let bound = (3 * changes + 4) / 5 + 2
        let cost = try await cost(to: 1 + days * Self.day, rotation: rotation)
        #expect(cost.headers == headers, "\(cost)")
        #expect(headers <= bound)
        // The status; a commit for each header, and the four validators beside it where they changed.
        #expect(cost.requests <= 1 + 2 * bound)
        #expect(cost.bytes <= 1_500 + 3_500 * bound, "\(cost)")
        print("traffic: \(days) days, \(changes) changes: \(cost), at most \(bound) headers")
    }

    @Test("of catching up with witnesses: each is asked for the target alone")
    func watchedCatchUp() async throws {
        let alone = try await cost(to: 1 + 13 * Self.day, rotation: Self.day)
        let watched = try await cost(to: 1 + 13 * Self.day, rotation: Self.day, witnesses: 3)
        #expect(watched.requests == alone.requests + 3)
    }

    @Test("of a hundred validators in one page, and of a hundred and one in two")
    func manyValidators() async throws {
        let hundred = try await cost(to: 3_601, rotation: 3_600, size: 100)
        #expect(hundred.requests == 3 && hundred.headers == 1)
        let more = try await cost(to: 3_601, rotation: 3_600, size: 101)
        #expect(more.requests == 4 && more.headers == 1)
        #expect(hundred.bytes <= 60_000, "\(hundred)")
        print("traffic: an hour with a change, 100 validators: \(hundred)")
    }
}
