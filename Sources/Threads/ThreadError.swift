/// A thread that could not be made.
public struct ThreadError: Error, Equatable, Sendable {
    /// The name that it would have had.
    public let name: String
    /// Why not.
    public let errno: Int32

    /// A refusal of the kernel's.
    public init(name: String, errno: Int32) {
        self.name = name
        self.errno = errno
    }
}
