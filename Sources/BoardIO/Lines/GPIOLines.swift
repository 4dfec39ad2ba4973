/// The seam to GPIO lines: libgpiod below it (`CharacterDeviceLines`), or a test's lines in its place.
///
/// Requests come before the control thread starts, from one thread. `read`, `write` and `nextEdge` are few system calls without an
/// allocation; an input is read by one thread, an output written by one. A lock's motor and the enable are the exceptions: any thread
/// may write them inactive.
public protocol GPIOLines: AnyObject, Sendable {
    /// Requests an output that stands at `initially` from its first moment.
    func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle

    /// Requests an input.
    func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle

    /// Throws where the chip or the line is not there, by its name or its number; requests nothing.
    func check(_ line: GPIOLine) throws(BoardError)

    /// Drives a requested output: 0, or -errno.
    func write(_ active: Bool, to handle: LineHandle) -> Int32

    /// Reads a requested line: 1 active, 0 inactive, or -errno.
    func read(_ handle: LineHandle) -> Int32

    /// Takes the oldest edge that waits at an input that keeps its edges: 1, 0 where none waits, or -errno. Never waits.
    func nextEdge(_ handle: LineHandle, _ edge: inout LineEdge) -> Int32

    /// Where a requested line is, where that is known. Asked by the thread that requests, behind its request.
    func place(of handle: LineHandle) -> LinePlace?

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
