import Quantities
import Synchronization

/// Lines that remember how they were requested, what level they last had, and how often that has changed: for people who look,
/// without another read of a line than its owner's.
final class WatchedLines: GPIOLines {
    private let lines: any GPIOLines
    private let tallies: [LineTally]
    private let requested = Mutex<[Requested]>([])

    /// A line that was requested.
    struct Requested: Sendable {
        let line: GPIOLine
        let isOutput: Bool
        let place: LinePlace?
        let tally: LineTally
    }

    init(_ lines: any GPIOLines) {
        self.lines = lines
        tallies = (0..<CharacterDeviceLines.limit).map { _ in LineTally() }
    }

    /// What was requested of a line; nil where nothing was.
    func request(of line: GPIOLine) -> Requested? { requested.withLock { $0.last { $0.line == line } } }

    func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle {
        let handle = try lines.requestOutput(line, initially: initially)
        note(line, isOutput: true, handle)
        tally(handle)?.see(initially ? 1 : 0)
        return handle
    }

    func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle {
        let handle = try lines.requestInput(line)
        note(line, isOutput: false, handle)
        return handle
    }

    func check(_ line: GPIOLine) throws(BoardError) { try lines.check(line) }

    func write(_ active: Bool, to handle: LineHandle) -> Int32 {
        let code = lines.write(active, to: handle)
        tally(handle)?.see(code < 0 ? code : active ? 1 : 0)
        return code
    }

    func read(_ handle: LineHandle) -> Int32 {
        let code = lines.read(handle)
        tally(handle)?.see(code)
        return code
    }

    func nextEdge(_ handle: LineHandle, _ edge: inout LineEdge) -> Int32 {
        let code = lines.nextEdge(handle, &edge)
        if code == 1 { tally(handle)?.edges.add(1, ordering: .relaxed) }
        return code
    }

    func place(of handle: LineHandle) -> LinePlace? { lines.place(of: handle) }

    func releaseAll() { lines.releaseAll() }

    private func note(_ line: GPIOLine, isOutput: Bool, _ handle: LineHandle) {
        guard let tally = tally(handle) else { return }
        let place = lines.place(of: handle)
        requested.withLock {
            $0.append(Requested(line: line, isOutput: isOutput, place: place, tally: tally))
        }
    }

    private func tally(_ handle: LineHandle) -> LineTally? {
        tallies.indices.contains(handle.index) ? tallies[handle.index] : nil
    }
}

/// What is known of one requested line.
final class LineTally: Sendable {
    /// 0, 1, or a negative error; `unseen` before the first look.
    private let level = Atomic<Int32>(LineTally.unseen)
    private let changes = Atomic<UInt64>(0)
    /// Edges that the kernel kept.
    let edges = Atomic<UInt64>(0)
    private static let unseen: Int32 = 2

    /// Written by the one thread that has the line.
    func see(_ found: Int32) {
        let before = level.exchange(found, ordering: .relaxed)
        if before != found, before == 0 || before == 1, found >= 0 { changes.add(1, ordering: .relaxed) }
    }

    /// nil where it was not seen yet, or could not be read.
    var isActive: Bool? {
        switch level.load(ordering: .relaxed) {
        case 0: false
        case 1: true
        default: nil
        }
    }

    /// How often the level was another one than before, where it was looked at.
    var changesSeen: UInt64 { changes.load(ordering: .relaxed) }
}
