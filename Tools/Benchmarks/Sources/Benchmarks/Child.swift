import Glibc

/// A program that runs beside this one until it is ended.
final class Child {
    let process: pid_t
    /// When it was started, in nanoseconds of the monotonic clock.
    let startedAt: Int64
    /// This side's end of its descriptor 3, where it has one; else -1.
    private let socket: Int32
    private let output: Int32
    private var said = ""
    private var hasEnded = false

    /// Starts it. `/proc/self/exe` stands for this program.
    ///
    /// - Parameters:
    ///   - environment: what it has beside this program's own, as `NAME=value`.
    ///   - hasSocket: whether its descriptor 3 is the other end of a socket of whole packets.
    ///   - errors: where its words on standard error go; nil is this program's own.
    init(words: [String], environment: [String] = [], hasSocket: Bool = false, errors: String? = nil) throws {
        var pipes: [Int32] = [0, 0]
        var ends: [Int32] = [-1, -1]
        guard pipe(&pipes) == 0 else { throw BenchmarkFailed("pipe failed with errno \(errno)") }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        if hasSocket, socketpair(AF_UNIX, type, 0, &ends) != 0 {
            throw BenchmarkFailed("socketpair failed with errno \(errno)")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO)
        if let errors {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_CREAT | O_WRONLY | O_APPEND, 0o644)
        }
        if hasSocket { posix_spawn_file_actions_adddup2(&actions, ends[1], 3) }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        defer { (arguments + variables).forEach { free($0) } }
        var all = variables
        var place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let variable = place.pointee {
            all.append(variable)
            place += 1
        }
        all.append(nil)
        var child = pid_t()
        startedAt = Stopwatch.wall.now()
        let failure = posix_spawnp(&child, words[0], &actions, nil, &arguments, &all)
        close(pipes[1])
        if hasSocket { close(ends[1]) }
        (process, socket, output) = (child, ends[0], pipes[0])
        // Without a process there is none to end: a signal to process 0 would end this one.
        hasEnded = failure != 0
        guard failure == 0 else {
            for end in [socket, output] where end >= 0 { close(end) }
            throw BenchmarkFailed("\(words[0]): errno \(failure)")
        }
        // The kernel's own limit: a poll before each answer would make the round trip dearer than it is.
        var limit = timeval(tv_sec: Patience.limit, tv_usec: 0)
        for option in hasSocket ? [SO_RCVTIMEO, SO_SNDTIMEO] : [] {
            setsockopt(socket, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { end() }

    /// Waits for the line `ready …` on its standard output; answers its fields and when it came.
    func ready() throws -> (fields: [String: String], at: Int64) {
        var part = [UInt8](repeating: 0, count: 4_096)
        let end = Patience.end
        while true {
            // What follows the last line's end may be half a line.
            let lines = said.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for line in lines where line.hasPrefix("ready") {
                var fields: [String: String] = [:]
                for word in line.split(separator: " ") {
                    let sides = word.split(separator: "=", maxSplits: 1)
                    if sides.count == 2 { fields[String(sides[0])] = String(sides[1]) }
                }
                return (fields, Stopwatch.wall.now())
            }
            try Patience.awaitInput(output, until: end, for: "process \(process) to be ready; it said: \(said)")
            let count = read(output, &part, part.count)
            guard count > 0 else { throw BenchmarkFailed("process \(process) ended before it was ready: \(said)") }
            said += String(decoding: part[..<count], as: UTF8.self)
        }
    }

    /// One packet there and one back, each within 30 s.
    func roundTrip(request: Int, reply: Int) throws {
        var packet = [UInt8](repeating: 0, count: max(request, reply))
        guard send(socket, packet, request, Int32(MSG_NOSIGNAL)) == request,
            recv(socket, &packet, packet.count, 0) == reply
        else { throw BenchmarkFailed("the other process does not answer") }
    }

    /// Asks it to end, and waits for it; after ten seconds it is killed.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        if socket >= 0 { close(socket) }
        kill(process, SIGTERM)
        var status: Int32 = 0
        var patience = 1_000
        while waitpid(process, &status, WNOHANG) == 0 {
            usleep(10_000)
            patience -= 1
            if patience == 0 { kill(process, SIGKILL) }
        }
        close(output)
    }
}
