/// An operation on the disk that failed.
public struct StorageFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which operation.
    public enum Operation: String, Hashable, Sendable {
        case openDirectory, lock, list, status, read, create, write, sync, rename, remove, syncDirectory
    }

    public let operation: Operation
    public let name: String
    /// The system's error number.
    public let errno: Int32

    public init(_ operation: Operation, _ name: String, errno: Int32) {
        self.operation = operation
        self.name = name
        self.errno = errno
    }

    public var description: String { "\(name): \(operation.rawValue) failed with errno \(errno)" }
}
