internal import CLinux
internal import Glibc
internal import ServiceShell
internal import Synchronization

/// lrzsz's `rz` as the process that receives a file.
///
/// It gets one end of a socket pair instead of the line, an empty folder, no environment, and the limits of
/// `clinux_start_confined`. It is never told that it may run the sender's commands (`-C`).
final class ReceiverProcess: FileReceiver {
    /// Binary whatever the sender says, no path out of the folder, nothing on standard error.
    private static let arguments = ["rz", "--binary", "--restricted", "--quiet"]

    private struct State {
        var process: pid_t?
        var descriptor: Int32?
        /// What `prepare` found.
        var longestFile: UInt64 = 0
    }

    private let folder: TransferFolder
    private let state = Mutex(State())

    init(folder: TransferFolder) { self.folder = folder }

    func prepare() throws(ServiceShellError) -> UInt64 {
        stop()
        let longest = try folder.prepare()
        state.withLock { $0.longestFile = longest }
        return longest
    }

    func start() throws(ServiceShellError) -> Int32 {
        stop()
        let longest = state.withLock { $0.longestFile }
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .unavailable("socketpair: \(systemMessage(errno))")
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let process = launch(line: ends[1], longestFile: longest)
        close(ends[1])
        guard process > 0 else {
            close(ends[0])
            throw .unavailable("\(folder.program): \(systemMessage(-process))")
        }
        state.withLock { ($0.process, $0.descriptor) = (process, ends[0]) }
        return ends[0]
    }

    /// The process, or -errno.
    private func launch(line: Int32, longestFile: UInt64) -> pid_t {
        var words = Self.arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        return folder.program.withCString { program in
            folder.path.withCString { path in
                words.withUnsafeMutableBufferPointer { arguments in
                    var confined = clinux_confined(
                        program: program, arguments: arguments.baseAddress, folder: path, line: line,
                        longest_file: longestFile)
                    return clinux_start_confined(&confined)
                }
            }
        }
    }

    func ending() -> ReceiverEnding? {
        state.withLock { state in
            guard let process = state.process else { return nil }
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == process else { return nil }
            state.process = nil
            // WIFEXITED and its kin, which are macros.
            let signal = status & 0x7F
            return signal == 0 ? .exited(code: (status >> 8) & 0xFF) : .ended(signal: signal)
        }
    }

    func content() -> ReceivedContent { folder.content }

    func stop() {
        state.withLock { state in
            if let process = state.process {
                // With whatever it may have started, which is of its session.
                kill(-process, SIGKILL)
                kill(process, SIGKILL)
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
            }
            if let descriptor = state.descriptor { close(descriptor) }
            (state.process, state.descriptor) = (nil, nil)
        }
    }

    func clear() { try? folder.clear() }
}
