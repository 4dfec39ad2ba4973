import Glibc

/// A process with pipes at its standard input and output. Plain calls of the system: Foundation's `Process` waits on a run
/// loop, which the threads that tests run on do not have.
final class ChildProcess {
    private var identifier: pid_t = 0
    private let input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []

    struct Failure: Error {
        let errno: Int32
    }

    init(_ arguments: [String]) throws {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw Failure(errno: errno) }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        var words = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let result = posix_spawn(&identifier, arguments[0], &actions, nil, words, environ)
        close(toChild[0])
        close(fromChild[1])
        input = toChild[1]
        output = fromChild[0]
        guard result == 0 else { throw Failure(errno: result) }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(input, bytes, bytes.count)
    }

    /// The next line of its output; `nil` when it ended, or said nothing for 30 s.
    func nextLine() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 30_000) > 0 else { return nil }
            var bytes = [UInt8](repeating: 0, count: 1_024)
            let count = read(output, &bytes, bytes.count)
            guard count > 0 else { return nil }
            buffer += bytes[..<count]
        }
    }

    /// Ends it by closing its input, and by a signal where that is not enough, and waits for its end.
    func stop() {
        close(input)
        close(output)
        var status: Int32 = 0
        for attempt in 0..<400 {
            if waitpid(identifier, &status, WNOHANG) != 0 { return }
            if attempt == 100 { kill(identifier, SIGTERM) }
            if attempt == 300 { kill(identifier, SIGKILL) }
            usleep(10_000)
        }
    }
}
