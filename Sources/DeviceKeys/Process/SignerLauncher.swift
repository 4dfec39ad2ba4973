import Glibc
import PacketSockets
import SignedRecords

/// Starts a signer of one's own: a program of this machine, with one end of a socket pair as its descriptor 3.
public struct SignerLauncher: Sendable {
    /// The descriptor under which the signer finds its socket.
    public static let descriptor: Int32 = 3

    let program: String
    let arguments: [String]

    /// - Parameters:
    ///   - program: Path of the executable.
    ///   - arguments: Without the program's name.
    public init(program: String, arguments: [String]) {
        self.program = program
        self.arguments = arguments
    }

    /// - Returns: the process and this side's end of the socket.
    func launch() throws(PacketSocket.Fault) -> (process: pid_t, socket: PacketSocket) {
        let (own, theirs) = try PacketSocket.pair()
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, theirs.descriptor, SignerLauncher.descriptor)
        // The daemon blocks and ignores signals that the signer decides about itself.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let answer = posix_spawn(&process, program, &actions, &attributes, &words, environ)
        guard answer == 0 else { throw .system(call: "posix_spawn \(program)", errno: answer) }
        return (process, own)
    }

    /// Ends a signer that is no longer wanted, and waits for it.
    static func end(_ process: pid_t) {
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }
}
