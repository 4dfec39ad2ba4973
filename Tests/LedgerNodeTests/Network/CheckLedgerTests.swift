import Foundation
import Ledger
import LightClient
import Quantities
import Testing

@testable import LedgerNode

/// Tools/check-ledger.py, which has no code of ours, over a network whose validators change; and what it finds in answers that
/// were tampered with.
@Suite("The checker from outside", .serialized)
struct CheckLedgerTests {
    private static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func run(_ script: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = ["\(Self.repository)/\(script)"] + arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try work() }) }.start()
        }
    }

    @Test(
        "accepts four validators that change during the run, and finds every tampered answer",
        .enabled(if: python != nil, "WATTSEAL_PEERS_PYTHON names no Python with the peers' packages"))
    func changingNetwork() async throws {
        let recording = home.path + "/recording.json"
        let keys = ["parameters", "nothing", "account/x", "tariff/x", "head/x"].flatMap { key in
            ["--key", Hex.encode(Array(key.utf8))]
        }
        try await NodeUnderTest.run(home) { rig in
            let wallet = try Wallet(rpc: rig.node.url)
            let key = try KeyFile.create(home.path + "/owner.key")
            let names = ["T0", "T1", "T2", "T3"]
            for (index, name) in names.enumerated() {
                _ = try await wallet.send(
                    .publishTariff(try .init(name: name, price: .init(300_000 + Int64(index)))), key: key)
                switch index {
                case 0: _ = try await rig.control.change([(nil, "5")])
                case 1: _ = try await rig.control.change([("validator-1", "0"), ("validator-0", "2")])
                case 2: try await rig.control.set(.votes(absent: ["validator-2"], nilVotes: ["validator-3"]))
                default: break
                }
            }
            try await rig.control.clear(nil)
            _ = try await rig.control.change([("validator-1", "3")])
            try await rig.makeBlocks()
            let url = rig.node.url
            let hash = rig.node.anchor.hash.hex
            let honest = try await onThread {
                try run(
                    "Tools/check-ledger.py",
                    [url, "--per-page", "2", "--trust-hash", hash, "--record", recording] + keys)
            }
            #expect(honest.status == 0, "\(honest.text)")
            #expect(honest.text.contains("4 validator sets"), "\(honest.text)")
            #expect(honest.text.contains("1 keys present, 4 absent"), "\(honest.text)")
            let lying = try await onThread {
                try run("Tools/check-ledger.py", [url, "--trust-hash", String(repeating: "ab", count: 32)])
            }
            #expect(lying.status == 1 && lying.text.contains("not the trusted hash"), "\(lying.text)")
            // The node's own lies, over the wire.
            for fault: NodeFault in [
                .fork(.minority, from: 5, signers: [], to: .second), .fork(.lunatic, from: 5, signers: [], to: .second),
                .proofs(.value, to: .second), .proofs(.absence, to: .second), .pruned(below: 4, to: .second),
            ] {
                try await rig.control.set(fault)
                let second = try #require(rig.node.secondURL)
                let found = try await onThread {
                    try run("Tools/check-ledger.py", [second, "--from", "3", "--per-page", "2"] + keys)
                }
                #expect(found.status == 1, "\(fault): \(found.text)")
                try await rig.control.clear(nil)
            }
        }
        let tampered = try await onThread {
            try run(
                "Tests/Peers/tampered_ledger.py",
                ["\(Self.repository)/Tools/check-ledger.py", recording, "--per-page", "2"] + keys)
        }
        #expect(tampered.status == 0, "\(tampered.text)")
        #expect(tampered.text.contains("found 38 of 38"), "\(tampered.text)")
    }
}
