/// Whoever starts the process that receives a file, in a folder made for it. One process at a time; the calls come on a line's
/// thread.
public protocol FileReceiver: AnyObject, Sendable {
    /// Makes the folder anew.
    ///
    /// - Returns: the longest file that is let in, in bytes.
    /// - Throws: `unavailable`, with what to install where the program is missing.
    func prepare() throws(ServiceShellError) -> UInt64
    /// Starts the process in the folder.
    ///
    /// - Returns: the descriptor that leads to it; non-blocking, and closed by `stop`.
    /// - Throws: `unavailable`.
    func start() throws(ServiceShellError) -> Int32
    /// How the process ended; nil while it runs, and where there is none.
    func ending() -> ReceiverEnding?
    /// What lies in the folder now.
    func content() -> ReceivedContent
    /// Ends the process at once and waits for it. What it wrote stays.
    func stop()
    /// Removes whatever lies in the folder.
    func clear()
}

/// How a process ended.
public enum ReceiverEnding: Equatable, Sendable {
    case exited(code: Int32)
    case ended(signal: Int32)
}

/// What lies in the folder of a transfer.
public struct ReceivedContent: Equatable, Sendable {
    /// Regular files.
    public var files: Int
    /// Everything else: links, folders, pipes.
    public var others: Int
    /// The length of all files together.
    public var bytes: UInt64

    public init(files: Int, others: Int, bytes: UInt64) {
        self.files = files
        self.others = others
        self.bytes = bytes
    }
}
