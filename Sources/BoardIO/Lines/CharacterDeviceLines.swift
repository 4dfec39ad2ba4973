internal import CGPIO
import FoundationEssentials
import Glibc
import Quantities

/// GPIO lines of the kernel's character devices, over libgpiod 1.6.
public final class CharacterDeviceLines: GPIOLines, @unchecked Sendable {
    /// More lines than any board profile can name roles.
    static let limit = 32
    private static let consumer = "wattseald"

    private var chips: [String: OpaquePointer] = [:]
    /// Filled by the requests, which end before any other thread reads it.
    private let lines: UnsafeMutablePointer<OpaquePointer?>
    private var count = 0

    /// No line requested yet.
    public init() {
        lines = .allocate(capacity: Self.limit)
        lines.initialize(repeating: nil, count: Self.limit)
    }

    deinit {
        releaseAll()
        lines.deallocate()
    }

    public func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle {
        try request(line) { wattseal_gpio_request_output($0, Self.consumer, flags(line), initially ? 1 : 0) }
    }

    public func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle {
        try request(line) { wattseal_gpio_request_input($0, Self.consumer, flags(line)) }
    }

    public func write(_ active: Bool, to handle: LineHandle) -> Int32 {
        guard let line = lines[handle.index] else { return -EBADF }
        return wattseal_gpio_write(line, active ? 1 : 0)
    }

    public func read(_ handle: LineHandle) -> Int32 {
        guard let line = lines[handle.index] else { return -EBADF }
        return wattseal_gpio_read(line)
    }

    public func releaseAll() {
        for index in 0..<count {
            if let line = lines[index] { wattseal_gpio_release(line) }
            lines[index] = nil
        }
        count = 0
        for chip in chips.values { wattseal_gpio_close_chip(chip) }
        chips = [:]
    }

    private func request(
        _ line: GPIOLine, _ call: (OpaquePointer) -> Int32
    ) throws(BoardError) -> LineHandle {
        guard count < Self.limit else { throw .tooManyLines(limit: Self.limit) }
        let (chip, found) = try find(line)
        let code = call(found)
        guard code >= 0 else { throw .lineRequest(name: line.name, chip: chip, errno: -code) }
        lines[count] = found
        count += 1
        return LineHandle(index: count - 1)
    }

    /// The line and its chip, without requesting it.
    private func find(_ line: GPIOLine) throws(BoardError) -> (chip: String, line: OpaquePointer) {
        var matches: [(chip: String, line: OpaquePointer)] = []
        let paths = line.chip.map { [$0] } ?? Self.chipPaths()
        for path in paths {
            var found: OpaquePointer?
            let search = wattseal_gpio_find_line(try open(path), line.name, &found)
            if let found, search >= 0 {
                matches.append((path, found))
            } else if search != -ENOENT, search != 0 {
                throw .lineRequest(name: line.name, chip: path, errno: -search)
            }
        }
        guard let match = matches.first else {
            throw .lineMissing(name: line.name, chip: paths.isEmpty ? "/dev/gpiochip*" : paths.joined(separator: ", "))
        }
        guard matches.count == 1 else { throw .lineAmbiguous(name: line.name, chips: matches.map(\.chip)) }
        return match
    }

    private static func chipPaths() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
        return names.filter { $0.hasPrefix("gpiochip") }.sorted().map { "/dev/\($0)" }
    }

    public func check(_ line: GPIOLine) throws(BoardError) { _ = try find(line) }

    private func open(_ path: String) throws(BoardError) -> OpaquePointer {
        if let chip = chips[path] { return chip }
        var chip: OpaquePointer?
        let code = wattseal_gpio_open_chip(path, &chip)
        guard code >= 0, let chip else { throw .chip(path: path, errno: -code) }
        chips[path] = chip
        return chip
    }

    private func flags(_ line: GPIOLine) -> Int32 {
        var flags: Int32 = line.activeLow ? Int32(WATTSEAL_GPIO_ACTIVE_LOW) : 0
        switch line.bias {
        case .asIs: break
        case .pullUp: flags |= Int32(WATTSEAL_GPIO_PULL_UP)
        case .pullDown: flags |= Int32(WATTSEAL_GPIO_PULL_DOWN)
        case .off: flags |= Int32(WATTSEAL_GPIO_BIAS_OFF)
        }
        return flags
    }
}
