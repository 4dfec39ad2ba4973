import FoundationEssentials
import Glibc
import Quantities

/// A converter that a hardware trigger starts in phase with the pilot's PWM, through the kernel's IIO buffer: one scan of
/// both peaks a trigger.
///
/// What waited in the buffer is thrown away and a fresh scan is awaited, for at most `patience`: a trigger that stopped
/// shows at once, and no scan from before the call is ever taken for the present.
final class TriggeredSampler: PilotSampler {
    private let descriptor: Int32
    private let path: String
    private let folder: String
    private let layout: ScanLayout
    private let high: GPIOWiring.ConverterChannel
    private let low: GPIOWiring.ConverterChannel
    private let highReadings = LatestValue(ConverterReading())
    private let lowReadings = LatestValue(ConverterReading())

    /// Five periods of the pilot.
    static let patience = 5

    /// Sets the converter's buffer up and starts it.
    init(
        high: GPIOWiring.ConverterChannel, low: GPIOWiring.ConverterChannel, trigger: String, sysfsRoot: String,
        deviceRoot: String
    ) throws(BoardError) {
        self.high = high
        self.low = low
        let device = try SysfsDevices.converter(high.device, sysfsRoot: sysfsRoot)
        folder = "\(sysfsRoot)/bus/iio/devices/\(device)"
        path = "\(deviceRoot)/\(device)"
        try DeviceFile.write("0", to: "\(folder)/buffer/enable")
        let (highElement, highIndex) = try Self.element(folder, high.channel)
        let (lowElement, lowIndex) = try Self.element(folder, low.channel)
        layout = ScanLayout(high: highElement, highIndex: highIndex, low: lowElement, lowIndex: lowIndex)
        try Self.enable([high.channel, low.channel], folder)
        try DeviceFile.write(trigger, to: "\(folder)/trigger/current_trigger")
        try DeviceFile.write("16", to: "\(folder)/buffer/length")
        try DeviceFile.write("1", to: "\(folder)/buffer/enable")
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .device(call: "open", path: path, errno: errno) }
    }

    deinit { close(descriptor) }

    func stop() { try? DeviceFile.write("0", to: "\(folder)/buffer/enable") }

    func newestReading(of role: ConverterRole) -> ConverterReading? {
        switch role {
        case .pilotHigh: highReadings.read()
        case .pilotLow: lowReadings.read()
        case .proximity: nil
        }
    }

    func readPilot() throws(BoardError) -> PilotReading {
        drain()
        let deadline = monotonicNow() + .milliseconds(Int64(Self.patience))
        while true {
            let left = (deadline - monotonicNow()).wholeMilliseconds
            guard left >= 0 else { throw .noScan(path: path, milliseconds: Self.patience) }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(left) + 1) > 0, entry.revents & Int16(POLLIN) != 0 else {
                throw .noScan(path: path, milliseconds: Self.patience)
            }
            if let reading = try takeScan() { return reading }
        }
    }

    /// One scan; `nil` where another reader was faster.
    private func takeScan() throws(BoardError) -> PilotReading? {
        var counts: (high: Int64, low: Int64) = (0, 0)
        let size = layout.size
        let (count, code) = withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
            let count = read(descriptor, buffer.baseAddress, size)
            let code = errno
            if count == size {
                let bytes = UnsafeRawBufferPointer(buffer)
                counts.high = layout.high.count(bytes, at: layout.highOffset)
                counts.low = layout.low.count(bytes, at: layout.lowOffset)
            }
            return (count, code)
        }
        if count < 0 {
            if code == EAGAIN || code == EINTR { return nil }
            throw .device(call: "read", path: path, errno: code)
        }
        guard count == size else { throw .shortScan(path: path, bytes: count, expected: size) }
        highReadings.publish(highReadings.read().next(counts.high))
        lowReadings.publish(lowReadings.read().next(counts.low))
        return PilotReading(
            high: try high.voltage(of: counts.high, limit: PilotLimit.level, source: path),
            low: try low.voltage(of: counts.low, limit: PilotLimit.level, source: path))
    }

    /// Throws away what waited, at most the kernel's buffer.
    private func drain() {
        withUnsafeTemporaryAllocation(byteCount: layout.size * 16, alignment: 8) { buffer in
            for _ in 0..<4 where read(descriptor, buffer.baseAddress, buffer.count) < buffer.count { return }
        }
    }

    /// How a channel lies in a scan, and its place among the others; only read.
    static func element(_ folder: String, _ channel: Int) throws(BoardError) -> (ScanElement, Int64) {
        let name = "\(folder)/scan_elements/in_voltage\(channel)"
        let type = try DeviceFile(path: "\(name)_type").readText()
        return (try ScanElement(type, path: "\(name)_type"), try DeviceFile(path: "\(name)_index").readNumber())
    }

    /// These channels and no other, no time stamp either: the layout of a scan depends on it.
    private static func enable(_ channels: [Int], _ folder: String) throws(BoardError) {
        let elements = "\(folder)/scan_elements"
        let wanted = channels.map { "in_voltage\($0)_en" }
        // A channel that stays enabled unseen would shift every scan.
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: elements) else {
            throw .device(call: "list", path: elements, errno: errno)
        }
        for name in names where name.hasSuffix("_en") && !wanted.contains(name) {
            try DeviceFile.write("0", to: "\(elements)/\(name)")
        }
        for name in wanted { try DeviceFile.write("1", to: "\(elements)/\(name)") }
    }
}
