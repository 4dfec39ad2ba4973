import Foundation
import LightClient
import Testing

@testable import LedgerNode

/// A node with a development control and a second RPC, for one test.
struct NodeUnderTest {
    let node: LedgerNode
    let control: DevelopmentControl
    let main: RawHTTP
    let second: RawHTTP

    /// Runs work with a node, which stops afterwards whatever happens.
    static func run(
        _ home: TemporaryHome, validators: Int? = 4, interval: Int64 = 20,
        _ work: (NodeUnderTest) async throws -> Void
    ) async throws {
        var configuration = try home.configuration(interval: interval, validators: validators)
        configuration.controlSocket = home.path + "/control"
        configuration.secondRPC = ("127.0.0.1", 0)
        let node = try await LedgerNode.start(configuration)
        let port = try #require(node.secondURL?.split(separator: ":").last.flatMap { Int($0) })
        let rig = NodeUnderTest(
            node: node, control: DevelopmentControl(socket: home.path + "/control"), main: RawHTTP(port: node.port),
            second: RawHTTP(port: port))
        do { try await work(rig) } catch {
            await node.stop()
            throw error
        }
        await node.stop()
    }

    /// A light block as an address tells it.
    static func block(_ height: Int64, from http: RawHTTP) async throws -> LightBlock {
        let commit = try await http.result("/commit?height=\(height)", as: CommitResult.self)
        return LightBlock(
            signedHeader: try #require(commit.signedHeader), validators: try await set(height, from: http))
    }

    /// All pages of a set.
    static func set(_ height: Int64, from http: RawHTTP) async throws -> ValidatorSet {
        var members: [Validator] = []
        var page = 1
        while true {
            let answer = try await http.result(
                "/validators?height=\(height)&page=\(page)", as: ValidatorsResult.self)
            members += answer.validators
            if Int64(members.count) >= answer.total { return try ValidatorSet(members) }
            page += 1
        }
    }

    /// One step of a light client.
    static func verdict(_ trusted: LightBlock, _ next: LightBlock, ahead: Int64 = 0) throws -> Verdict {
        let now = try #require(
            LedgerNodeConfiguration.systemClock().advanced(byNanoseconds: ahead * 1_000_000_000))
        return Verifier.verify(
            trusted: try TrustedState(trusted), untrusted: next, now: now,
            options: try TrustOptions(period: .seconds(14 * 86_400)))
    }

    /// Waits until the chain has this height.
    func reach(_ height: Int64) async throws {
        for _ in 0..<3_000 {
            if await node.height >= height { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw WalletError.answer(reason: "the chain stays at \(await node.height), expected \(height)")
    }

    /// Makes blocks by a change that changes nothing.
    func makeBlocks() async throws {
        _ = try await control.change([(validator: "validator-0", power: "1")])
    }
}
