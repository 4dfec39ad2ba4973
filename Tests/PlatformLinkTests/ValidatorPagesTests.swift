import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import PlatformLink
import Quantities
import Testing

/// /validators comes in pages, and each page is a chance to lie.
@Suite("Pages of validators")
struct ValidatorPagesTests {
    private let set: ValidatorSet

    init() throws {
        var chain = SampleChain(
            members: try (0..<250).map { try SampleChain.Member(seed: UInt8($0), power: Int64(1_000 - $0)) },
            time: try Timestamp(seconds: 1_795_390_000))
        set = try chain.append(appHash: [1]).validators
    }

    /// What a client makes of pages that `cut` gives: page, what is asked for a page → members, total, height.
    private func read(
        _ cut: @escaping @Sendable (Int, [Validator]) -> (members: [Validator], total: Int64, height: Int64)
    ) async throws -> (ValidatorSet, requests: Int) {
        let transport = PagingNode(all: set.validators, cut: cut)
        let client = NodeClient(transport: transport, deadline: .seconds(1))
        let read = try await client.validators(at: 7)
        return (read, transport.requests)
    }

    private static func honest(_ page: Int, _ all: [Validator], size: Int = 100) -> [Validator] {
        Array(all.dropFirst((page - 1) * size).prefix(size))
    }

    @Test("are put together, whatever size the node cuts them to")
    func sizes() async throws {
        for (size, pages) in [(100, 3), (30, 9), (1, nil), (250, nil)] as [(Int, Int?)] {
            let outcome = try? await read { page, all in (Self.honest(page, all, size: size), 250, 7) }
            #expect(outcome?.requests == pages, "\(size)")
            if pages != nil { #expect(outcome?.0 == set) }
        }
    }

    @Test("that lie about the total, come twice, are cut short or are of another height are refused")
    func lies() async throws {
        let lies: [(String, @Sendable (Int, [Validator]) -> ([Validator], Int64, Int64))] = [
            ("a total that rises", { page, all in (Self.honest(page, all), Int64(250 + page), 7) }),
            ("a total that falls", { page, all in (Self.honest(page, all), Int64(251 - page), 7) }),
            ("a total that settles", { page, all in (Self.honest(page, all), page < 3 ? 300 : 250, 7) }),
            ("fewer than are sent", { page, all in (Self.honest(page, all), 90, 7) }),
            ("a total of nothing", { page, all in (Self.honest(page, all), 0, 7) }),
            ("a negative total", { page, all in (Self.honest(page, all), -1, 7) }),
            ("more than there are", { page, all in (Self.honest(page, all), 251, 7) }),
            ("far more than there are", { page, all in (Self.honest(min(page, 3), all), .max, 7) }),
            ("the first page for ever", { _, all in (Self.honest(1, all), 250, 7) }),
            ("an empty page", { page, all in (page == 2 ? [] : Self.honest(page, all), 250, 7) }),
            ("another height on page 2", { page, all in (Self.honest(page, all), 250, page == 2 ? 8 : 7) }),
            (
                "a member of page 1 on page 3",
                { page, all in (page == 3 ? Array(all[199..<249]) : Self.honest(page, all), 250, 7) }
            ),
        ]
        for (name, lie) in lies {
            await #expect(throws: PlatformLinkError.self, "\(name)") { try await read(lie) }
        }
    }

    @Test("that pass their own total end the reading at once")
    func surplus() async throws {
        let transport = PagingNode(all: set.validators) { page, all in (Self.honest(page, all), 90, 7) }
        await #expect(throws: PlatformLinkError.self) {
            try await NodeClient(transport: transport, deadline: .seconds(1)).validators(at: 7)
        }
        #expect(transport.requests == 1)
    }

    @Test("that agree with themselves and leave members out do not agree with the header")
    func shortSet() async throws {
        let (read, _) = try await read { page, all in (Self.honest(page, Array(all.dropLast(50))), 200, 7) }
        #expect(read.hash() != set.hash())
    }

    @Test("are at most a hundred")
    func bound() async throws {
        let transport = PagingNode(all: set.validators) { page, all in ([all[page % 250]], 250, 7) }
        await #expect(throws: PlatformLinkError.self) {
            try await NodeClient(transport: transport, deadline: .seconds(1)).validators(at: 7)
        }
        #expect(transport.requests == NodeClient.maximumPages)
    }
}

/// Serves pages as a test cuts them.
private final class PagingNode: RPCTransport {
    let endpoint = "http://paging.invalid"
    private let all: [Validator]
    private let cut: @Sendable (Int, [Validator]) -> (members: [Validator], total: Int64, height: Int64)
    private let count = NIOLockedValueBox(0)

    init(
        all: [Validator],
        cut: @escaping @Sendable (Int, [Validator]) -> (members: [Validator], total: Int64, height: Int64)
    ) {
        self.all = all
        self.cut = cut
    }

    var requests: Int { count.withLockedValue { $0 } }

    func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        count.withLockedValue { $0 += 1 }
        do {
            let request = try FakeNode.request(body)
            let page = cut(Int(request.parameters["page"] ?? "") ?? 1, all)
            return try FakeNode.reply(
                request.id, ValidatorsResult(blockHeight: page.height, validators: page.members, total: page.total))
        } catch {
            throw .unreachable(endpoint: endpoint, reason: "\(error)")
        }
    }

    func close() async {}
}
