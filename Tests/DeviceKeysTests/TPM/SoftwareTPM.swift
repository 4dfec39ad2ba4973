import Foundation
import Testing

/// A real TPM 2.0 in software (swtpm) in a process and a folder of its own. What it keeps, it keeps over `reboot`.
final class SoftwareTPM {
    static let needed = ["swtpm", "swtpm_setup", "tpm2_getcap", "tpm2_pcrextend"]
    static let isInstalled = needed.allSatisfy { ToolRun.path($0) != nil }
    static let missing: Comment = "needs the packages swtpm, swtpm-tools, tpm2-tools and libtss2-tcti-swtpm0"

    let state: URL
    private(set) var port = 0
    private var process: Process?

    var tcti: String { "swtpm:host=127.0.0.1,port=\(port)" }

    /// - Parameter banks: As swtpm_setup names PCR banks; nil for all.
    init(in folder: URL, name: String = "tpm", banks: String? = nil) throws {
        state = folder.appending(path: name)
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        if let banks {
            try ToolRun.run(
                "swtpm_setup", ["--tpm2", "--tpmstate", state.path, "--pcr-banks", banks, "--display"])
        }
        try start()
    }

    deinit { stop() }

    /// Cuts its power.
    func stop() {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Power off, power on: the PCRs are zero again, and nothing is loaded.
    func reboot() throws {
        stop()
        try start()
    }

    /// One of tpm2-tools.
    @discardableResult
    func tool(_ name: String, _ arguments: [String]) throws -> String {
        try ToolRun.run(name, arguments, environment: ["TPM2TOOLS_TCTI": tcti])
    }

    /// Extends a PCR as another program does that measures something.
    func measure(pcr: Int, byte: String = "5a") throws {
        try tool("tpm2_pcrextend", ["\(pcr):sha256=\(String(repeating: byte, count: 32))"])
    }

    /// How many objects and sessions are loaded in the TPM itself.
    func loadedHandles() throws -> Int {
        try ["handles-transient", "handles-loaded-session"].reduce(0) { count, kind in
            count + (try tool("tpm2_getcap", [kind]).split(separator: "\n").count)
        }
    }

    private func start() throws {
        // A free port has no free neighbour promised: the control channel is the next one.
        for _ in 0..<20 {
            port = Int.random(in: 20_000..<60_000)
            let process = Process()
            process.executableURL = URL(filePath: try #require(ToolRun.path("swtpm")))
            process.arguments = [
                "socket", "--tpm2", "--tpmstate", "dir=\(state.path)",
                "--server", "type=tcp,port=\(port),bindaddr=127.0.0.1",
                "--ctrl", "type=tcp,port=\(port + 1),bindaddr=127.0.0.1", "--flags", "not-need-init,startup-clear",
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            self.process = process
            for _ in 0..<100 where process.isRunning {
                if (try? tool("tpm2_getcap", ["handles-transient"])) != nil { return }
                usleep(20_000)
            }
            stop()
        }
        throw ToolRun.Failure(description: "swtpm does not start")
    }
}
