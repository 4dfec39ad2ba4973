import ArgumentParser
import BoardIO
import Glibc

/// The command line of the bridge.
@main
struct PinBridgeMain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin-bridge",
        abstract: "Moves the pins of an emulated board as the plant senses, and tells the plant what the board drives.",
        discussion: """
            Without the plant, or without the board, it ends. Each line of the log has this machine's moment in nanoseconds, \
            the board's in seconds, and what changed.
            """)

    @Option(help: "Unix socket of the board's pin-agent.")
    var pins: String

    @Option(help: "Unix socket of the plant's board.")
    var plant: String

    @Option(help: "The board's profile.")
    var profile: String

    @Option(help: "The table of the emulated chip's lines.")
    var lines: String

    @Option(help: "File that the log is appended to.")
    var log: String

    @Flag(help: "The model's coil gate never drops.")
    var gateHeld = false

    func run() throws {
        do throws(BridgeError) {
            try bridge()
        } catch {
            let words = Array("pin-bridge: \(error)\n".utf8)
            _ = write(STDERR_FILENO, words, words.count)
            throw ExitCode(1)
        }
    }

    private func bridge() throws(BridgeError) {
        let map = try PinMap(profile: loadProfile(), path: profile, table: readTable())
        let file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .system(call: "open", path: log, errno: errno) }
        // Below the plant (40): the bridge hands on what the plant computes. Without the right to it, it runs as it is.
        var parameters = sched_param()
        parameters.sched_priority = 30
        _ = sched_setscheduler(0, SCHED_FIFO, &parameters)
        var bridge = PinBridge(
            pins: try connectUnix(pins, SOCK_STREAM), plant: try connectUnix(plant, SOCK_SEQPACKET), map: map,
            log: file,
            isGateHeld: gateHeld)
        do throws(BridgeError) {
            try bridge.run()
        } catch {
            bridge.write("pin-bridge: \(error) after \(bridge.pulses) pulses")
            switch error {
            case .boardEnded: if gateHeld { try bridge.holdGate() }
            case .plantEnded(nil): return
            default: throw error
            }
        }
    }

    private func loadProfile() throws(BridgeError) -> BoardProfile {
        do throws(BoardError) {
            return try BoardProfile.load(path: profile)
        } catch {
            throw .profile(path: profile, expected: "a board profile", found: "\(error)")
        }
    }

    private func readTable() throws(BridgeError) -> String {
        let file = open(lines, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(call: "open", path: lines, errno: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw .system(call: "read", path: lines, errno: errno) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

/// Connects to a Unix socket.
private func connectUnix(_ path: String, _ kind: __socket_type) throws(BridgeError) -> Int32 {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw .system(call: "connect", path: path, errno: ENAMETOOLONG)
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .system(call: "socket", path: path, errno: errno) }
    let code = withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    guard code == 0 else { throw .system(call: "connect", path: path, errno: errno) }
    return descriptor
}
