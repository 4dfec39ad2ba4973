/// The seam to GPIO lines: libgpiod 1.6 below it (`CharacterDeviceLines`), version 2 or a test's lines in its place.
///
/// Requests come before the control thread starts, from one thread. `read` and `write` are one system call without an
/// allocation, from any thread.
public protocol GPIOLines: AnyObject, Sendable {
    /// Requests an output that stands at `initially` from its first moment.
    func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle

    /// Requests an input.
    func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle

    /// Throws where the line is not there; requests nothing.
    func check(_ line: GPIOLine) throws(BoardError)

    /// Drives a requested output: 0, or -errno.
    func write(_ active: Bool, to handle: LineHandle) -> Int32

    /// Reads a requested line: 1 active, 0 inactive, or -errno.
    func read(_ handle: LineHandle) -> Int32

    /// Gives every line back. No handle is used after it.
    func releaseAll()
}

/// A requested line of one `GPIOLines`.
public struct LineHandle: Equatable, Sendable, BitwiseCopyable {
    /// The number of the request, from 0.
    public let index: Int

    /// The n-th request.
    public init(index: Int) { self.index = index }
}
