import Threads

extension DedicatedThread {
    /// Starts a thread of the daemon's (`start`).
    ///
    /// - Throws: `FirmwareError.thread` where none can be made.
    static func started(
        name: String, realTimePriority: Int32? = nil, body: @escaping @Sendable () -> Void
    ) throws(FirmwareError) -> DedicatedThread {
        do throws(ThreadError) {
            return try start(name: name, realTimePriority: realTimePriority, body: body)
        } catch {
            throw .thread(name: error.name, errno: error.errno)
        }
    }
}
