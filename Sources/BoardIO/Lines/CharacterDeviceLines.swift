internal import CGPIO
import FoundationEssentials
import Glibc
import Quantities

/// GPIO lines of the kernel's character devices, over libgpiod 1.6 or 2, whichever the build found.
///
/// The kernel gives a line to one owner; it goes back to the kernel when the process ends, however it ends. What the line does
/// then is the SoC's and the device tree's (docs/boards.md): an output must not be trusted to fall.
public final class CharacterDeviceLines: GPIOLines, @unchecked Sendable {
    /// The version of libgpiod, such as `1.6.3`.
    public static var version: String { String(cString: wattseal_gpio_version()) }

    /// More lines than any board profile can name roles.
    static let limit = 64

    private struct Slot {
        var line: OpaquePointer?
        var debounce: LineDebounce?
    }

    private var chips: [String: OpaquePointer] = [:]
    /// Filled by one thread's requests; a slot is read by whoever has its handle, so only once it is filled.
    private let slots: UnsafeMutablePointer<Slot>
    private var count = 0
    /// By the number of the request; touched by the thread that requests and releases, alone.
    private var places: [LinePlace] = []
    /// The name under which the kernel lists the owner of these lines.
    public static let consumer = "wattseald"

    /// No line requested yet.
    public init() {
        slots = .allocate(capacity: Self.limit)
        slots.initialize(repeating: Slot(), count: Self.limit)
    }

    deinit {
        releaseAll()
        slots.deallocate()
    }

    public func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle {
        try request(line) { chip, offset, requested in
            wattseal_gpio_request_output(chip, offset, Self.consumer, flags(line), initially ? 1 : 0, &requested)
        }
    }

    public func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle {
        let microseconds = UInt32(clamping: line.debounce.wholeMicroseconds)
        var isOurs = false
        let handle = try request(line) { chip, offset, requested in
            let code = wattseal_gpio_request_input(
                chip, offset, Self.consumer, flags(line), microseconds, &requested)
            guard code == -EOPNOTSUPP, microseconds > 0 else { return code }
            isOurs = true
            return wattseal_gpio_request_input(chip, offset, Self.consumer, flags(line), 0, &requested)
        }
        if isOurs { slots[handle.index].debounce = LineDebounce(period: line.debounce) }
        return handle
    }

    public func write(_ active: Bool, to handle: LineHandle) -> Int32 {
        guard let line = slots[handle.index].line else { return -EBADF }
        return wattseal_gpio_write(line, active ? 1 : 0)
    }

    public func read(_ handle: LineHandle) -> Int32 {
        guard let line = slots[handle.index].line else { return -EBADF }
        let code = wattseal_gpio_read(line)
        guard code >= 0, slots[handle.index].debounce != nil else { return code }
        return slots[handle.index].debounce?.level(found: code == 1, at: monotonicNow()) == true ? 1 : 0
    }

    public func nextEdge(_ handle: LineHandle, _ edge: inout LineEdge) -> Int32 {
        guard let line = slots[handle.index].line else { return -EBADF }
        var found = wattseal_gpio_edge()
        let code = wattseal_gpio_next_edge(line, &found)
        if code == 1 {
            edge = LineEdge(at: MonotonicInstant(nanoseconds: found.at), isActive: found.active == 1)
        }
        return code
    }

    public func place(of handle: LineHandle) -> LinePlace? {
        places.indices.contains(handle.index) ? places[handle.index] : nil
    }

    public func releaseAll() {
        places = []
        for index in 0..<count {
            if let line = slots[index].line { wattseal_gpio_release(line) }
            slots[index] = Slot()
        }
        count = 0
        for chip in chips.values { wattseal_gpio_close_chip(chip) }
        chips = [:]
    }

    private func request(
        _ line: GPIOLine, _ call: (OpaquePointer, UInt32, inout OpaquePointer?) -> Int32
    ) throws(BoardError) -> LineHandle {
        guard count < Self.limit else { throw .tooManyLines(limit: Self.limit) }
        let (path, offset) = try find(line)
        var requested: OpaquePointer?
        let code = call(try open(path), offset, &requested)
        guard code >= 0, let requested else {
            throw .lineRequest(name: line.text, chip: path, errno: code < 0 ? -code : EIO)
        }
        slots[count] = Slot(line: requested)
        places.append(LinePlace(chip: path, offset: offset))
        count += 1
        return LineHandle(index: count - 1)
    }

    /// The line's chip and its number there, without requesting it.
    private func find(_ line: GPIOLine) throws(BoardError) -> (chip: String, offset: UInt32) {
        let paths = line.chip.map { [$0] } ?? Self.chipPaths()
        guard case .name(let name) = line.place else {
            guard case .offset(let offset) = line.place, let chip = line.chip else {
                throw .lineMissing(name: line.text, chip: "/dev/gpiochip*")
            }
            return (chip, UInt32(clamping: offset))
        }
        var matches: [(chip: String, offset: UInt32)] = []
        for path in paths {
            let offset = wattseal_gpio_find_line(try open(path), name)
            if offset >= 0 {
                matches.append((path, UInt32(offset)))
            } else if offset != -ENOENT {
                throw .lineRequest(name: name, chip: path, errno: -offset)
            }
        }
        guard let match = matches.first else {
            throw .lineMissing(name: name, chip: paths.isEmpty ? "/dev/gpiochip*" : paths.joined(separator: ", "))
        }
        guard matches.count == 1 else { throw .lineAmbiguous(name: name, chips: matches.map(\.chip)) }
        return match
    }

    private static func chipPaths() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
        return names.filter { $0.hasPrefix("gpiochip") }.sorted().map { "/dev/\($0)" }
    }

    public func check(_ line: GPIOLine) throws(BoardError) {
        let (path, offset) = try find(line)
        // A name was found on its chip; a number is only what the profile says.
        let count = wattseal_gpio_line_count(try open(path))
        guard count >= 0 else { throw .chip(path: path, errno: -count) }
        guard offset < UInt32(count) else {
            throw .outOfRange(
                what: "GPIO chip \(path): offset", found: Int64(offset), low: 0, high: Int64(count) - 1)
        }
    }

    private func open(_ path: String) throws(BoardError) -> OpaquePointer {
        if let chip = chips[path] { return chip }
        var chip: OpaquePointer?
        let code = wattseal_gpio_open_chip(path, &chip)
        guard code >= 0, let chip else { throw .chip(path: path, errno: -code) }
        chips[path] = chip
        return chip
    }

    private func flags(_ line: GPIOLine) -> Int32 {
        var flags = 0
        if line.activeLow { flags |= WATTSEAL_GPIO_ACTIVE_LOW }
        switch line.bias {
        case .asIs: break
        case .pullUp: flags |= WATTSEAL_GPIO_PULL_UP
        case .pullDown: flags |= WATTSEAL_GPIO_PULL_DOWN
        case .off: flags |= WATTSEAL_GPIO_BIAS_OFF
        }
        switch line.drive {
        case .pushPull: break
        case .openDrain: flags |= WATTSEAL_GPIO_OPEN_DRAIN
        case .openSource: flags |= WATTSEAL_GPIO_OPEN_SOURCE
        }
        if line.keepsEdges { flags |= WATTSEAL_GPIO_EDGES }
        return Int32(flags)
    }
}
