import CLinux

/// Keeps the control loop's memory out of the reach of paging.
enum MemoryLock {
    /// Locks present and future pages as they are touched (`MCL_ONFAULT`).
    ///
    /// - Returns: nil, or what could not be had, in words.
    static func lockAll() -> String? {
        let answer = clinux_lock_memory()
        guard answer != 0 else { return nil }
        return "memory is not locked: mlockall: \(systemMessage(-answer))"
    }
}
