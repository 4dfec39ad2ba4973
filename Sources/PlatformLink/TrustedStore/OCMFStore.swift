import Glibc
public import Receipts
public import SignedRecords

/// The signed OCMF records of ended sessions, beside the journal: `<session hex>.ocmf`, one line each, kept until someone
/// with access to the device takes them away. Each file is written whole; a reader beside a running daemon sees a file or
/// none.
public struct OCMFStore: Sendable {
    private let folder: String

    /// The records in a folder; ``prepare()`` makes it.
    public init(directory: String) {
        folder = directory
    }

    /// Makes the folder when it is missing.
    public func prepare() throws(PlatformLinkError) {
        try DurableFile.makeFolder(folder)
    }

    /// Whether a session has its record.
    ///
    /// - Throws: `storeFailed` where the folder cannot be asked.
    public func holds(_ session: SessionID) throws(PlatformLinkError) -> Bool {
        var status = stat()
        let path = path(of: session)
        if lstat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFREG && status.st_size > 0 }
        guard errno == ENOENT else {
            throw .storeFailed(path: path, reason: "stat: \(String(cString: strerror(errno)))")
        }
        return false
    }

    /// The bytes of a session's record as they were signed; nil when there is none.
    public func record(of session: SessionID) throws(PlatformLinkError) -> [UInt8]? {
        try DurableFile.read(path(of: session), limit: OCMFRecord.maximumBytes)
    }

    /// Stores a session's record; durable when this returns.
    public func save(_ record: OCMFRecord, of session: SessionID) throws(PlatformLinkError) {
        try DurableFile.write(record.encode(), to: path(of: session))
    }

    private func path(of session: SessionID) -> String { "\(folder)/\(session.hex).ocmf" }
}
