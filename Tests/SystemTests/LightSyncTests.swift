import Foundation
import Testing

@Suite("wattseal light sync, with real nodes", .serialized, .needsBinaries)
final class LightSyncTests {
    private let folder: URL
    private var nodes: [Child] = []

    init() throws {
        folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "ls-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Rig.run("platform-node", ["wallet", "new", "--key", folder.path + "/owner.key"])
    }

    deinit {
        for node in nodes { node.stop() }
        try? FileManager.default.removeItem(at: folder)
    }

    private func start(_ home: String) async throws -> (child: Child, ready: [String: String]) {
        let child = try Child(
            Binaries.path("platform-node"),
            [
                "standalone", "--home", "\(folder.path)/\(home)", "--rpc", "127.0.0.1:\(try Rig.freePort())",
                "--block-interval", "50", "--chain-id", "wattseal-test",
            ], name: "node-\(home)-\(nodes.count)", in: folder)
        nodes.append(child)
        return (child, try await child.ready())
    }

    /// A transaction that makes the state differ, and with it two blocks.
    private func publish(_ name: String, _ url: String) throws {
        try Rig.run(
            "platform-node",
            [
                "wallet", "tariff", "--name", name, "--price", "300000", "--key", folder.path + "/owner.key", "--rpc",
                url,
            ])
    }

    private struct Outcome {
        let code: Int32
        let lines: [[String: Any]]
        let errors: String

        func events(_ name: String) -> [[String: Any]] { lines.filter { $0["event"] as? String == name } }
        var names: [String] { lines.compactMap { $0["event"] as? String } }
    }

    private func sync(
        _ rpc: String, _ witnesses: [String] = [], anchor: (String, String), period: Int = 86_400,
        store: String = "trust",
        more: [String] = []
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Binaries.path("wattseal"))
        process.arguments =
            ["light", "sync", "--rpc", rpc] + witnesses.flatMap { ["--witness", $0] }
            + [
                "--chain-id", "wattseal-test", "--trust-height", anchor.0, "--trust-hash", anchor.1, "--period",
                "\(period)", "--store", "\(folder.path)/\(store)",
            ] + more
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, lines: try text.split(separator: "\n").map { try Rig.object(String($0)) },
            errors: words)
    }

    @Test("two nodes with one history agree; with two histories the store halts, and only a new anchor goes on")
    func forkedCopy() async throws {
        let (first, ready) = try await start("one")
        let anchor = (try #require(ready["height"]), try #require(ready["hash"]))
        var url = try #require(ready["rpc"])
        for name in ["a", "b"] { try publish(name, url) }
        first.stop()
        try Rig.run("/bin/cp", ["-a", "\(folder.path)/one", "\(folder.path)/two"])
        url = try #require(try await start("one").ready["rpc"])
        let other = try #require(try await start("two").ready["rpc"])

        let equal = try sync(url, [other], anchor: anchor)
        #expect(equal.code == 0, "\(equal.errors)")
        #expect(equal.names.first == "fetched" && equal.names.last == "done")
        #expect(equal.events("compared").allSatisfy { $0["result"] as? String == "equal" })
        #expect(equal.events("compared").count == 2, "the anchor and the newest height")
        #expect(try equal.events("verdict").map { try string("verdict", in: $0) } == ["success"])
        let agreed = try integer("height", in: #require(equal.lines.last))
        #expect(agreed > 2)

        try publish("only here", url)
        try publish("only there", other)
        let forked = try sync(url, [other], anchor: anchor)
        #expect(forked.code == 4, "\(forked.errors)")
        #expect(forked.names.first == "stored", "it goes on where it was")
        let divergence = try #require(forked.events("divergence").first, "\(forked.names) \(forked.errors)")
        #expect(try integer("common_height", in: divergence) == agreed)
        #expect(try string("kind", in: divergence) == "lunatic")
        let evidence = forked.events("evidence")
        #expect(try evidence.map { try string("to", in: $0) } == [other, url])
        for piece in evidence {
            #expect(try string("evidence.type", in: piece) == "tendermint/LightClientAttackEvidence")
            #expect(try string("evidence.value.CommonHeight", in: piece) == "\(agreed)")
        }
        #expect(forked.names.last == "halted")
        #expect(forked.errors.contains("two chains follow from block \(agreed)"))

        // The halt outlives the process, and asks nobody anything; the anchor given on the command line changes nothing.
        for node in nodes { node.stop() }
        let halted = try sync(url, [other], anchor: anchor)
        #expect(halted.code == 4)
        #expect(halted.names == ["stored", "halted"])
        #expect(halted.errors.contains("--re-anchor"))

        let again = try await start("one")
        url = try #require(again.ready["rpc"])
        let fresh = (try #require(again.ready["height"]), try #require(again.ready["hash"]))
        let renewed = try sync(url, anchor: fresh, more: ["--re-anchor"])
        #expect(renewed.code == 0, "\(renewed.errors)")
        #expect(renewed.errors.contains("re-anchoring: gives up block \(agreed)"))
        let record = try #require(renewed.events("re-anchored").first)
        #expect(try integer("old_height", in: record) == agreed)
        #expect(try string("reason", in: record) == "halted")
        #expect(try sync(url, anchor: fresh).code == 0)
        #expect(try sync(url, anchor: fresh, more: ["--re-anchor"]).code == 1, "a store that needs no new anchor")
    }

    @Test(
        "ends with 3 when trust has expired, with 4 for another anchor, with 1 when nobody answers or the words are wrong"
    )
    func exits() async throws {
        let (node, ready) = try await start("one")
        let url = try #require(ready["rpc"])
        let anchor = (try #require(ready["height"]), try #require(ready["hash"]))
        #expect(try sync(url, anchor: anchor).code == 0)
        try await Task.sleep(for: .milliseconds(1_100))
        let expired = try sync(url, anchor: anchor, period: 1)
        #expect(expired.code == 3)
        #expect(expired.names == ["stored", "expired"])
        #expect(expired.errors.contains("--re-anchor"))
        let wrong = (anchor.0, String(repeating: "ab", count: 32))
        let refused = try sync(url, anchor: wrong, store: "other")
        #expect(refused.code == 4)
        #expect(refused.names.last == "refused")
        #expect(try sync(url, anchor: (anchor.0, "ab"), store: "other").code == 1)
        #expect(try sync(url, [url + "/"], anchor: anchor, store: "other").code == 1, "its own witness")
        node.stop()
        let gone = try sync(url, anchor: anchor)
        #expect(gone.code == 1)
        #expect(gone.names == ["stored", "failed"])
    }

    @Test("goes on with a witness when the first node is gone")
    func replaced() async throws {
        let (first, ready) = try await start("one")
        let anchor = (try #require(ready["height"]), try #require(ready["hash"]))
        let url = try #require(ready["rpc"])
        try publish("a", url)
        first.stop()
        try Rig.run("/bin/cp", ["-a", "\(folder.path)/one", "\(folder.path)/two"])
        try Rig.run("/bin/cp", ["-a", "\(folder.path)/one", "\(folder.path)/three"])
        let second = try #require(try await start("two").ready["rpc"])
        let third = try #require(try await start("three").ready["rpc"])
        let outcome = try sync(url, [second, third], anchor: anchor)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let replaced = try #require(outcome.events("primary-replaced").first)
        #expect(try string("to", in: replaced) == second)
        #expect(try outcome.events("compared").contains { try string("witness", in: $0) == third })
    }
}
