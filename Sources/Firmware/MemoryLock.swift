import CLinux

/// Keeps the control loop's memory out of the reach of paging.
enum MemoryLock {
    /// Has large buffers go back to the kernel when they are freed, as those of the journal's opening: the heap would keep
    /// them, and locked they would be there for good. Called before the first of them.
    static func returnLargeBuffers() { clinux_return_large_buffers() }

    /// Locks present and future pages as they are touched (`MCL_ONFAULT`).
    ///
    /// - Returns: nil, or what could not be had, in words.
    static func lockAll() -> String? {
        let answer = clinux_lock_memory()
        guard answer != 0 else { return nil }
        return "memory is not locked: mlockall: \(systemMessage(-answer))"
    }
}
