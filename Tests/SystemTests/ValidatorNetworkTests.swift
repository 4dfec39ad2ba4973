import Foundation
import Testing

/// A ledger that was started apart, with four validators, of which two change meanwhile.
@Suite("A network of validators", .serialized, .needsBinaries)
final class ValidatorNetworkTests {
    private let folder: URL
    private var node: Child?

    init() throws {
        folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "vn-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        node?.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    private var control: [String] { ["--control", folder.path + "/control"] }

    private func start(_ more: [String] = []) async throws -> [String: String] {
        let child = try Child(
            Binaries.path("platform-node"),
            [
                "standalone", "--home", "\(folder.path)/net", "--validators", "4", "--rpc", "127.0.0.1:0",
                "--block-interval", "200", "--chain-id", "apart", "--development-control", folder.path + "/control",
            ] + more, name: "node", in: folder)
        node = child
        return try await child.ready()
    }

    /// Runs a program on a thread of its own.
    private static func apart(_ program: String, _ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try Rig.run(program, arguments) }) }.start()
        }
    }

    /// Changes validators; answers the first height that the changed set signs.
    private func change(_ words: [String]) throws -> Int {
        let answer = try Rig.object(try Rig.run("platform-node", ["validators"] + words + control))
        return try #require(Int(try string("effective_height", in: answer)))
    }

    private func waits(_ what: String, until holds: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if (try? holds()) == true { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw RigError.late("\(what): not within 120 s")
    }

    @Test("the demonstration says how to fund its driver, goes on when it is run again, and ends with a receipt")
    func demo() async throws {
        let funder = folder.path + "/funder.key"
        let account = try Rig.run("platform-node", ["wallet", "new", "--key", funder])
        let ready = try await start(["--account", "\(account)=1000000000"])
        let url = try #require(ready["rpc"])
        let home = folder.path + "/demo"
        let arguments = [
            "--kwh", "2", "--json", "--home", home, "--ledger", url, "--trust-height", try #require(ready["height"]),
            "--trust-hash", try #require(ready["hash"]),
        ]
        let demo = "\(Binaries.repository)/Tools/demo"
        var words = ""
        do { _ = try await Self.apart(demo, arguments) } catch { words = "\(error)" }
        let match = try #require(
            words.firstMatch(of: /wallet transfer .* --to ([0-9a-f]{64}) --amount ([0-9]+)/), "\(words)")
        #expect(words.contains("--home \(home) --ledger \(url)"), "\(words)")
        try Rig.run(
            "platform-node",
            [
                "wallet", "transfer", "--rpc", url, "--key", funder, "--to", String(match.1), "--amount",
                String(match.2),
            ])

        async let output = Self.apart(demo, arguments)
        try await waits("the device's journal") { FileManager.default.fileExists(atPath: home + "/device/journal") }
        _ = try change(["remove", "validator-1"])
        let socket = home + "/device/status.sock"
        try await waits("records of the session") {
            let status = try Rig.object(try Rig.run("wattseal", ["status", "--socket", socket, "--json"]))
            return try integer("records.acknowledged_total", in: status) >= 3
        }
        let effective = try change(["add", "--power", "2"])
        let result = try Rig.object(try await output)
        #expect(try bool("verified", in: result))
        #expect(try string("chain", in: result) == "apart")
        #expect(try integer("records", in: result) == integer("acknowledged", in: result))
        #expect(try integer("height", in: result) > effective, "the session went on under the changed set")
        #expect(try integer("paid_micro", in: result) >= 600_000)
    }

    @Test("a light client that is told a second chain halts, and the node takes its evidence into a block")
    func evidence() async throws {
        let ready = try await start(["--development-rpc", "127.0.0.1:0"])
        let (main, second) = (try #require(ready["rpc"]), try #require(ready["second"]))
        _ = try change(["power", "validator-0=2"])
        try Rig.run("platform-node", ["faults", "set", "fork", "kind=lunatic", "to=second"] + control)
        _ = try change(["power", "validator-0=1"])
        var words = ""
        do {
            _ = try Rig.run(
                "wattseal",
                [
                    "light", "sync", "--rpc", second, "--witness", main, "--chain-id", "apart", "--trust-height",
                    try #require(ready["height"]), "--trust-hash", try #require(ready["hash"]), "--period", "86400",
                    "--store", folder.path + "/trust",
                ])
        } catch { words = "\(error)" }
        #expect(words.contains("lunatic"), "\(words)")
        let node = try #require(node)
        try await waits("the block with the evidence") { node.words.contains("misbehaved at height") }
        #expect(node.words.contains("kind 2"))
        // The chain itself goes on, and tells one story again.
        try Rig.run("platform-node", ["faults", "clear"] + control)
        let synced = try Rig.run(
            "wattseal",
            [
                "light", "sync", "--rpc", second, "--witness", main, "--chain-id", "apart", "--trust-height",
                try #require(ready["height"]), "--trust-hash", try #require(ready["hash"]), "--period", "86400",
                "--store", folder.path + "/fresh",
            ])
        let last = try #require(synced.split(separator: "\n").last.map(String.init))
        #expect(try string("event", in: Rig.object(last)) == "done", "\(synced)")
    }
}
