import Crypto
import Foundation
import SignedRecords
import Testing

@Suite("Key material stays in the signer", .serialized, .needsBinaries)
struct KeySecrecyTests {
    private func charged(separate: Bool) async throws -> Rig {
        var options = Rig.Options()
        options.separateSigner = separate
        let rig = try await Rig(options)
        if separate { try rig.startSigner() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first closing", seconds: 30) {
            try string("contactor", in: rig.plantStatus()) == "closed"
        }
        return rig
    }

    @Test(
        "neither the daemon's memory nor anything written holds a key",
        .enabled(if: getuid() == 0, "needs root to read another process's memory"), arguments: [false, true])
    func search(separate: Bool) async throws {
        let rig = try await charged(separate: separate)
        defer { rig.end() }
        let keys = try KeyMaterial(directory: rig.folder.path + "/device/keys")
        let daemon = try #require(rig.daemon?.process.processIdentifier)
        #expect(try keys.found(inMemoryOf: daemon) == [])
        // The search finds what is there: the signer holds the seed.
        let held = try keys.found(inMemoryOf: try rig.signerProcess())
        #expect(held.contains("seed") && held.contains { $0.hasPrefix("scalar") }, "\(held)")
        let shown = try Rig.run("wattseal", ["key", "show", "--config", rig.configurationPath])
        let enrolled = try Rig.run("wattseal", ["key", "enrol", "--config", rig.configurationPath, "--nonce", nonce])
        let status = try Rig.run("wattseal", ["status", "--json", "--socket", rig.folder.path + "/status.sock"])
        #expect(keys.found(in: Array((shown + enrolled + status).utf8)) == [])
        try rig.tell("unplug")
        try await rig.settled()
        _ = rig.daemon?.stop()
        _ = rig.signer?.stop()
        var looked = 0
        let files = try #require(FileManager.default.enumerator(at: rig.folder, includingPropertiesForKeys: nil))
        for case let file as URL in files where !file.lastPathComponent.hasSuffix("wrap.secret") {
            guard let bytes = try? Data(contentsOf: file) else { continue }
            looked += 1
            #expect(keys.found(in: [UInt8](bytes)) == [], "\(file.path)")
        }
        #expect(looked >= 8, "\(looked) files were searched")
        // The search finds what is there.
        let seed = keys.forms[0].bytes
        #expect(keys.found(in: [7, 7] + seed) == ["seed"])
        #expect(keys.found(in: Array(seed.map { String(format: "%02X", $0) }.joined().utf8)) == ["seed"])
        for shift in 0..<4 {
            let text = Data([UInt8](repeating: 9, count: shift) + seed + [1, 2]).base64EncodedString()
            #expect(keys.found(in: Array(text.utf8)) == ["seed"], "shift \(shift)")
        }
    }

    private let nonce = "000102030405060708090a0b0c0d0e0f"

    @Test("a signer that is made to crash leaves no core dump", arguments: [SIGABRT, SIGSEGV, SIGQUIT])
    func coreDump(signal: Int32) async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        let folder = rig.folder.appendingPathComponent("cores")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func cores() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
        // The same shell, limit and folder give other programs a core where the machine writes them there at all.
        try crash("sleep 60", signal, in: folder) { true }
        let isControlled = try !cores().isEmpty
        print("core_pattern \(pattern.trimmingCharacters(in: .whitespacesAndNewlines)), control core: \(isControlled)")
        for core in try cores() { try FileManager.default.removeItem(at: folder.appendingPathComponent(core)) }

        let text = try String(contentsOfFile: rig.configurationPath, encoding: .utf8)
        try (text + "\n[keys]\nsigner = \"signer.sock\"\n").write(
            toFile: rig.configurationPath, atomically: true, encoding: .utf8)
        let socket = rig.folder.path + "/signer.sock"
        try crash(
            "\(try Binaries.path("wattseald")) --signer --config \(rig.configurationPath)", signal, in: folder
        ) { FileManager.default.fileExists(atPath: socket) }
        #expect(try cores().isEmpty)
    }

    /// Runs a command without a limit on core dumps in a folder until it is ready, and ends it with a signal.
    private func crash(_ command: String, _ signal: Int32, in folder: URL, ready: () -> Bool) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Threads of this test block signals, and a child inherits that; env takes the block away.
        process.arguments = [
            "-c", "ulimit -c unlimited; exec env --default-signal=ABRT,SEGV,QUIT \(command) 2>\(folder.path).log",
        ]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let deadline = ContinuousClock.now + .seconds(10)
        while !ready(), ContinuousClock.now < deadline { usleep(20_000) }
        usleep(200_000)
        #expect(ready() && process.isRunning)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
    }

    @Test(
        "who may connect: root, the signer's user, and the configured one",
        .enabled(if: getuid() == 0, "needs root to become another user"))
    func peers() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let text = try String(contentsOfFile: rig.configurationPath, encoding: .utf8)
        func show(as user: Int) throws -> String {
            try Rig.run(
                "/usr/bin/setpriv",
                [
                    "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups", try Binaries.path("wattseal"), "key",
                    "show", "--config", rig.configurationPath,
                ])
        }
        for (user, isLet) in [("65533", false), ("65534", true)] {
            try (text + "\n[keys]\nsigner = \"signer.sock\"\nuser = \"\(user)\"\n").write(
                toFile: rig.configurationPath, atomically: true, encoding: .utf8)
            try rig.startSigner()
            let own = try await shown(rig)
            if isLet {
                #expect(try show(as: 65_534) == own)
            } else {
                #expect(throws: RigError.self) { try show(as: 65_534) }
                let log = try String(contentsOf: try #require(rig.signer?.log), encoding: .utf8)
                #expect(log.contains("refused a connection of user 65534"))
            }
            #expect(rig.signer?.stop() == 0)
        }
    }

    @Test("key show and key enrol: public keys, and a proof that holds")
    func commands() async throws {
        var options = Rig.Options()
        options.separateSigner = true
        let rig = try await Rig(options)
        defer { rig.end() }
        try rig.startSigner()
        let show = fields(try await shown(rig))
        #expect(show["epoch"] == "1")
        #expect(show["protection"] == "software")
        let ed25519 = try #require(Hexadecimal.decode(show["ed25519"] ?? ""))
        let p256 = try #require(Hexadecimal.decode(show["p256"] ?? ""))
        #expect(show["fingerprint"] == DeviceID(hashing: ed25519).hex)
        let enrol = fields(
            try Rig.run("wattseal", ["key", "enrol", "--config", rig.configurationPath, "--nonce", nonce]))
        let statement = CBOR.array([
            .text("wattseal-enrol/1"), .text("Wattseal test"), .text("1"), .bytes(Array(0...15)), .bytes(ed25519),
            .bytes(p256), .unsigned(1),
        ]).encode()
        let signature = try #require(Hexadecimal.decode(enrol["signature"] ?? ""))
        #expect(
            try Curve25519.Signing.PublicKey(rawRepresentation: ed25519).isValidSignature(signature, for: statement))
        for wrong in ["00", "0g" + nonce, String(repeating: "00", count: 65)] {
            #expect(throws: RigError.self) {
                try Rig.run("wattseal", ["key", "enrol", "--config", rig.configurationPath, "--nonce", wrong])
            }
        }
        // A second signer for the same keys is refused, and the first lives on.
        #expect(throws: RigError.self) {
            try Rig.run("wattseald", ["--signer", "--config", rig.configurationPath])
        }
        #expect(try await shown(rig).contains("protection software"))
    }

    private func shown(_ rig: Rig) async throws -> String {
        var text = ""
        try await rig.wait("the signer", seconds: 20) {
            guard let shown = try? Rig.run("wattseal", ["key", "show", "--config", rig.configurationPath]) else {
                return false
            }
            text = shown
            return true
        }
        return text
    }

    private func fields(_ text: String) -> [String: String] {
        Dictionary(
            text.split(separator: "\n").map { line in
                let parts = line.split(separator: " ", maxSplits: 1)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            }, uniquingKeysWith: { first, _ in first })
    }
}
