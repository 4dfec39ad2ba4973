import BoardIO
import Glibc
import Quantities
import Synchronization
import Testing

extension GPIOBoardTests {
    @Test("each line is shown as its driver last knew it: place, direction, level, changes; nothing is read for it")
    func lineStates() throws {
        let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
        #expect(board.lineStates().isEmpty, "nothing is requested before start")
        try board.start()
        func state(_ role: LineRole) -> BoardLine? { board.lineStates().first { $0.role == role.rawValue } }
        let enable = try #require(state(.contactorEnable))
        #expect(enable.name == "CONTACTOR" && enable.isOutput && enable.isActive == false && enable.changes == 0)
        #expect(enable.place.map { "\($0)" } == "gpiochip7:0")
        let closed = BoardOutputs(pilot: .x1, contactorEnable: true, lock: false)
        board.apply(closed)
        board.apply(closed)
        #expect(state(.contactorEnable)?.isActive == true && state(.contactorEnable)?.changes == 1)
        lines.fail("CONTACTOR", EIO)
        board.apply(closed)
        #expect(state(.contactorEnable)?.isActive == nil, "a line that cannot be written is not known")
        lines.fail("CONTACTOR", nil)
        let role = LineRole.enclosure
        #expect(eventually { state(role)?.isActive == false })
        let name = try #require(state(role)).name
        for level in [true, false, true] {
            lines.set(name, level)
            #expect(eventually { state(role)?.isActive == level })
        }
        let enclosure = try #require(state(role))
        #expect(!enclosure.isOutput && enclosure.changes == 3 && !enclosure.keepsEdges)
        lines.fail(name, EIO)
        #expect(eventually { state(role)?.isActive == nil })
        board.stop()
    }

    @Test("of a line that keeps its edges, the kernel's edges are counted")
    func countedEdges() throws {
        let text = try text("gpio-bench.toml").replacing(
            "name = \"EMERGENCY_STOP\"", with: "name = \"EMERGENCY_STOP\"\nedges = true")
        let board = try GPIOBoard(
            profile: try BoardProfile(bytes: Array(text.utf8), file: "p"), lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        let kept = try #require(board.lineStates().first { $0.keepsEdges })
        let before = kept.changes
        lines.state.withLock { state in
            state.edges[kept.name] = (0..<4).map {
                LineEdge(at: MonotonicInstant(nanoseconds: Int64($0)), isActive: $0 % 2 == 0)
            }
        }
        #expect(
            eventually { board.lineStates().first { $0.role == kept.role }?.changes == before + 4 }, "\(kept)")
        board.stop()
    }
}
