import Threads

extension DedicatedThread {
    /// Starts a thread of a driver's: one of its own and not a task, since it blocks in system calls.
    ///
    /// - Throws: `BoardError.thread` where none can be made.
    static func driver(
        _ name: String, priority: Int32? = nil, body: @escaping @Sendable () -> Void
    ) throws(BoardError) -> DedicatedThread {
        do throws(ThreadError) {
            return try start(name: name, realTimePriority: priority, body: body)
        } catch {
            throw .thread(errno: error.errno)
        }
    }
}
