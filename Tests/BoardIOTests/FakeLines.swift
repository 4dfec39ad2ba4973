import BoardIO
import Glibc
import Synchronization

/// GPIO lines of a test: named levels, a log of what was done in which order, and errors on demand.
final class FakeLines: GPIOLines {
    struct State {
        var names: [String] = []
        var levels: [Bool] = []
        var log: [String] = []
        var failing: [String: Int32] = [:]
        var missing: Set<String> = []
        var released = 0
        /// Lines whose reading and writing does not return, until they are taken out.
        var hanging: Set<String> = []
        /// Reads that hang now or did.
        var hung = 0
        /// Lines that begin to hang with this write, such as `CP=1`.
        var hangingFrom: (entry: String, names: Set<String>)?
        /// Inputs that are active when they are requested.
        var activeFirst: Set<String> = []
        /// Writes behind `releaseAll`.
        var writtenAfterRelease = 0
        /// Edges that wait, by line.
        var edges: [String: [LineEdge]] = [:]
    }

    let state = Mutex(State())

    var log: [String] { state.withLock { $0.log } }
    var released: Int { state.withLock { $0.released } }

    func set(_ name: String, _ level: Bool) {
        state.withLock { state in
            if let index = state.names.firstIndex(of: name) { state.levels[index] = level }
        }
    }

    func level(_ name: String) -> Bool? {
        state.withLock { state in state.names.firstIndex(of: name).map { state.levels[$0] } }
    }

    /// Lets what touches these lines hang.
    func hang(_ names: Set<String>) { state.withLock { $0.hanging = names } }

    /// Lets what touches these lines hang from this write on.
    func hang(_ names: Set<String>, from entry: String) { state.withLock { $0.hangingFrom = (entry, names) } }

    private func waitWhileHanging(_ handle: LineHandle) {
        guard state.withLock({ $0.hanging.contains($0.names[handle.index]) }) else { return }
        state.withLock { $0.hung += 1 }
        while state.withLock({ $0.hanging.contains($0.names[handle.index]) }) { usleep(500) }
    }

    func fail(_ name: String, _ code: Int32?) { state.withLock { $0.failing[name] = code } }

    func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle {
        try request(line, initially, "output \(line.text) \(initially ? 1 : 0)")
    }

    func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle {
        try request(line, state.withLock { $0.activeFirst.contains(line.text) }, "input \(line.text)")
    }

    func check(_ line: GPIOLine) throws(BoardError) {
        if state.withLock({ $0.missing.contains(line.text) }) {
            throw .lineMissing(name: line.text, chip: line.chip ?? "any")
        }
    }

    private func request(_ line: GPIOLine, _ level: Bool, _ entry: String) throws(BoardError) -> LineHandle {
        let index: Int? = state.withLock { state in
            if state.missing.contains(line.text) { return nil }
            state.log.append(entry)
            state.names.append(line.text)
            state.levels.append(level)
            return state.names.count - 1
        }
        guard let index else { throw .lineMissing(name: line.text, chip: line.chip ?? "any") }
        return LineHandle(index: index)
    }

    func place(of handle: LineHandle) -> LinePlace? {
        LinePlace(chip: "/dev/gpiochip7", offset: UInt32(handle.index))
    }

    func write(_ active: Bool, to handle: LineHandle) -> Int32 {
        waitWhileHanging(handle)
        return state.withLock { state in
            let name = state.names[handle.index]
            if state.released > 0 { state.writtenAfterRelease += 1 }
            if let code = state.failing[name] { return -code }
            state.levels[handle.index] = active
            state.log.append("\(name)=\(active ? 1 : 0)")
            if let (entry, names) = state.hangingFrom, state.log.last == entry {
                state.hanging = names
                state.hangingFrom = nil
            }
            return 0
        }
    }

    func read(_ handle: LineHandle) -> Int32 {
        waitWhileHanging(handle)
        return state.withLock { state in
            if let code = state.failing[state.names[handle.index]] { return -code }
            return state.levels[handle.index] ? 1 : 0
        }
    }

    func nextEdge(_ handle: LineHandle, _ edge: inout LineEdge) -> Int32 {
        state.withLock { state in
            let name = state.names[handle.index]
            if let code = state.failing[name] { return -code }
            guard let first = state.edges[name]?.first else { return 0 }
            state.edges[name]?.removeFirst()
            edge = first
            return 1
        }
    }

    func releaseAll() { state.withLock { $0.released += 1 } }
}
