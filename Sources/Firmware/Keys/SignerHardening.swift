import CLinux
import Glibc

/// What keeps key material inside the signer process.
enum SignerHardening {
    /// Forbids core dumps, tracing by other processes of the same user, and paging; takes crash handlers away that would
    /// print memory.
    ///
    /// - Returns: what could not be had, in words.
    static func apply() -> [String] {
        var missing: [String] = []
        let dumpable = clinux_forbid_dumps()
        if dumpable != 0 { missing.append("core dumps are not forbidden: prctl: \(systemMessage(-dumpable))") }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        if setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) != 0 {
            missing.append("core dumps are not forbidden: setrlimit: \(systemMessage(errno))")
        }
        if let refusal = MemoryLock.lockAll() { missing.append(refusal) }
        // The runtime's own handlers start a program that reads this one's memory.
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGQUIT] { signal(number, SIG_DFL) }
        signal(SIGPIPE, SIG_IGN)
        return missing
    }
}
