import ChargerSamples
import Ledger
import LedgerNode
import LightClient
import NIOConcurrencyHelpers
import Quantities
import RecordSamples
import SignedRecords
import Testing

@testable import PlatformLink

/// Events are hints: whatever comes, they bring a look forward and no more, and cost no more than their budget.
@Suite("Events of a node", .serialized)
struct EventTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test("hint once in each interval, and end the connection past so many frames or bytes a minute")
    func budget() {
        var budget = EventBudget(interval: .seconds(1))
        let start = Self.start
        #expect(budget.took(100, at: start) == .hint)
        #expect(budget.took(100, at: start + .milliseconds(999)) == .quiet)
        #expect(budget.took(100, at: start + .milliseconds(1_000)) == .hint)
        var verdicts: [EventBudget.Verdict] = []
        for _ in 4...EventBudget.framesPerWindow { verdicts.append(budget.took(100, at: start + .milliseconds(1_500))) }
        #expect(!verdicts.contains(.excess) && !verdicts.contains(.hint))
        #expect(budget.took(100, at: start + .milliseconds(1_500)) == .excess)
        #expect(budget.took(100, at: start + .seconds(59)) == .excess)
        // A new minute.
        #expect(budget.took(EventBudget.bytesPerWindow, at: start + .seconds(60)) == .hint)
        #expect(budget.took(1, at: start + .seconds(61)) == .excess)
    }

    /// Listens once with a clock that stands still; how it ended, and the hints.
    private func listen(_ mood: EventServer.Mood) async throws -> (EventEnd?, hints: Int, EventServer.Count) {
        let server = try await EventServer(mood)
        let hints = NIOLockedValueBox(0)
        let start = Self.start
        let listener = EventListener(
            trustRoots: nil, identity: nil, interval: .seconds(1), monotonic: { start },
            hint: { hints.withLockedValue { $0 += 1 } })
        let end = try? await listener.listen(to: RPCEndpoint(server.address))
        // What the server's writes count is known when they are over.
        try await server.stop()
        let count = server.count
        return (end, hints.withLockedValue { $0 }, count)
    }

    @Test("that flood are read up to the budget, hint once, and lose the connection")
    func flood() async throws {
        let frame = EventServer.frame(#"{"jsonrpc":"2.0","id":1,"result":{"forged":true}}"#)
        let (end, hints, count) = try await listen(.flood(frame))
        #expect(end == .excess)
        #expect(hints == 1)
        #expect(count.connections == 1)
        #expect(count.sent >= EventBudget.framesPerWindow)
        #expect(
            count.subscription
                == #"{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"query":"tm.event='NewBlock'"}}"#)
        // Large ones: by their bytes.
        let large = EventServer.frame(String(repeating: "x", count: 65_535))
        let (end2, hints2, count2) = try await listen(.flood(large))
        #expect(end2 == .excess && hints2 == 1)
        let taken = count2.sent * large.count
        #expect(taken >= EventBudget.bytesPerWindow && taken <= EventBudget.bytesPerWindow + (16 << 20), "\(taken)")
    }

    @Test(
        "that are no events, promise a frame of gigabytes, break off, or never begin end without a hint of their own",
        arguments: [
            ([0x81, 0x7f, 0, 0, 0, 1, 0, 0, 0, 0], 0), ([0xff, 0xff, 0xff, 0xff], 0), ([0x81, 0x05, 0x7b], 0), ([], 0),
            (EventServer.frame("no JSON at all"), 1), ([0x88, 0x00], 1), ([0x82, 0x01, 0x00], 1),
        ] as [([UInt8], Int)])
    func broken(bytes: [UInt8], hints expected: Int) async throws {
        let (end, hints, _) = try await listen(.bytes(bytes))
        guard case .ended? = end else {
            Issue.record("\(String(describing: end))")
            return
        }
        #expect(hints == expected)
    }

    @Test("of a node that declines, or that answers another key, are done without")
    func declined() async throws {
        let (end, hints, _) = try await listen(.declines)
        #expect(end == .refused)
        let (other, otherHints, count) = try await listen(.wrongKey)
        #expect(other != .excess && count.subscription.isEmpty)
        #expect(hints == 0 && otherHints == 0)
    }

    @Test("are the only thing that wakes a link which looks once an hour: the ledger's change is told of at once")
    func wakes() async throws {
        let bench = try await LedgerBench { configuration, node in
            configuration.endpoint = node
            configuration.listensToEvents = true
            configuration.pollInterval = .seconds(3_600)
            configuration.hintInterval = .milliseconds(1)
        }
        let run = Task { [link = bench.link] in await link.run() }
        func registered() -> Bool {
            bench.events.withLockedValue { $0.contains { if case .registration(.some) = $0 { true } else { false } } }
        }
        func looked() -> Bool { !bench.events.withLockedValue { $0.isEmpty } }
        for _ in 0..<3_000 where !looked() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(looked() && !registered())
        try await bench.register()
        // Until the subscription stands, blocks pass unheard: more of them are made.
        for number in 0..<600 where !registered() {
            let tariff = try Tariff(name: "t\(number)", price: PricePerKilowattHour(Int64(number) + 1))
            try await bench.send(.publishTariff(tariff), by: bench.device.ownerKey)
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(registered(), "no event woke the link: \(bench.lines.withLockedValue { $0 })")
        run.cancel()
        await run.value
        try await bench.stop()
    }
}
