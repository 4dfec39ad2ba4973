import Glibc

/// Other programs, started without a shell.
enum Program {
    /// Runs a program to its end; answers what it ended with, 128 and more for a signal, and what it wrote to both its
    /// outputs.
    ///
    /// `/proc/self/exe` stands for this one.
    static func run(_ words: [String]) throws -> (status: Int32, said: String) {
        var words = words
        for place in words.indices where words[place] == "/proc/self/exe" { words[place] = try own() }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchmarkFailed("pipe failed with errno \(errno)") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for output in [STDOUT_FILENO, STDERR_FILENO] { posix_spawn_file_actions_adddup2(&actions, ends[1], output) }
        posix_spawn_file_actions_addclose(&actions, ends[0])
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child = pid_t()
        let failure = posix_spawnp(&child, words[0], &actions, nil, &arguments, environ)
        close(ends[1])
        defer { close(ends[0]) }
        guard failure == 0 else { throw BenchmarkFailed("\(words[0]): errno \(failure)") }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(ends[0], &part, part.count), count > 0 { bytes += part[..<count] }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        let signal = status & 0x7F
        return (signal == 0 ? status >> 8 & 0xFF : 128 + signal, String(decoding: bytes, as: UTF8.self))
    }

    /// The same of a program that must end with 0, unless it `mayFail`; answers what it wrote.
    static func output(_ words: [String], mayFail: Bool = false) throws -> String {
        let (status, said) = try run(words)
        guard status == 0 || mayFail else {
            throw BenchmarkFailed("\(words.joined(separator: " ")): status \(status): \(said)")
        }
        return said
    }

    private static func own() throws -> String {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw BenchmarkFailed("/proc/self/exe: errno \(errno)") }
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
