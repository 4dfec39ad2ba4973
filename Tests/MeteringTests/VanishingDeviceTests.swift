import Foundation
import Glibc
import Quantities
import Testing

@testable import Metering

/// Serial devices that go and come back under one name, and devices with two names. A name is a symbolic link, as those under
/// `/dev/serial/by-id` are; the device is a pseudo-terminal, which hangs up when its other end is closed.
@Suite struct VanishingDeviceTests {
    /// A folder for names.
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("wattseal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func name(_ name: String, for meter: PseudoTerminalMeter) throws -> String {
        let path = folder.appendingPathComponent(name).path
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: meter.path)
        return path
    }

    private func link(_ device: String) throws -> ModbusLink {
        .rtu(device: device, line: try SerialLine(baud: 115_200, format: "8N1"))
    }

    private func bus(_ device: String, _ log: EventLog) throws -> ModbusBus {
        ModbusBus(
            link: try link(device),
            meters: [
                try MeterConfiguration(
                    profile: try Fixtures.promptSDM630(), pollInterval: .milliseconds(50), limits: Fixtures.limits)
            ]
        ) { _, event in log.add(event) }
    }

    private func expectOccupied(_ device: String) throws {
        let other = LibmodbusTransport(try link(device))
        #expect(throws: MeteringError.occupied(device: device)) { try other.connect(timeout: .seconds(1)) }
    }

    @Test(arguments: [UInt32(22_551_083), 4_711])
    func `an adapter that is pulled and put in again is opened by its name, and its meter identified`(
        serial: UInt32
    ) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try PseudoTerminalMeter(VendorMeter(.sdm630))
        // Open before the first one goes, so that it is another device.
        let second = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { second.stop() }
        try #require(first.path != second.path)
        second.setSerial(serial)
        let device = try name("adapter", for: first)
        let log = EventLog()
        let bus = try bus(device, log)
        try bus.start()
        defer { bus.stop() }
        #expect(log.wait { $0.readings.count > 2 })
        try expectOccupied(first.path)
        first.stop()
        try FileManager.default.removeItem(atPath: device)
        #expect(log.wait { $0.losses.count == 1 })
        guard case .linkLost(let number)? = log.losses.first else {
            Issue.record("\(log.losses)")
            return
        }
        #expect([EIO, ENODEV, ENXIO, ECONNRESET].contains(number), "\(number)")
        // Long enough for an opening that finds no device of that name.
        usleep(700_000)
        let before = log.readings.count
        _ = try name("adapter", for: second)
        #expect(log.wait { $0.readings.count > before + 2 })
        #expect(log.identities.count == 2 && log.losses.count == 1)
        #expect(log.readings.last?.generation == (serial == 22_551_083 ? 1 : 2))
        for path in [device, second.path] { try expectOccupied(path) }
        #expect(bus.statistics.first?.losses == 1)
    }

    @Test func `a device with two names has one bus; the other one gets it when the first lets go`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let names = [try name("one", for: meter), try name("other", for: meter)]
        let logs = [EventLog(), EventLog()]
        let first = try bus(names[0], logs[0])
        try first.start()
        #expect(logs[0].wait { !$0.readings.isEmpty })
        let second = try bus(names[1], logs[1])
        try second.start()
        defer { second.stop() }
        #expect(logs[1].wait { $0.losses == [.occupied(device: names[1])] })
        let count = logs[0].readings.count
        #expect(logs[0].wait { $0.readings.count > count + 2 }, "the first goes on")
        #expect(logs[1].readings.isEmpty)
        first.stop()
        #expect(logs[1].wait { $0.readings.count > 1 })
    }

    /// However long a peer goes on, a call and the draining behind it end.
    @Test(arguments: [RawPeer.Kind.tcp, .rtu], [PeerMischief.drip, .flood])
    func `a peer without end is cut off`(kind: RawPeer.Kind, mischief: PeerMischief) throws {
        let peer = try RawPeer(kind, seed: 5)
        defer { peer.stop() }
        let link: ModbusLink = kind == .tcp ? .tcp(host: "127.0.0.1", port: peer.port) : try link(peer.device)
        let transport = LibmodbusTransport(link)
        defer { transport.close() }
        let request = RegisterRequest(functionCode: 3, address: 0, count: 125)
        let timeout = Nanoseconds.milliseconds(200)
        _ = try transport.connect(timeout: .seconds(1))
        peer.prepare(mischief)
        for _ in 0..<5 {
            let before = MonotonicInstant.fromKernel()
            #expect(throws: MeteringError.self) { try transport.read(request, unit: 1, timeout: timeout) }
            // Three tenths are for a machine that is busy.
            #expect(MonotonicInstant.fromKernel() - before < timeout + .milliseconds(300))
            let drained = MonotonicInstant.fromKernel()
            try? transport.flush()
            #expect(MonotonicInstant.fromKernel() - drained < .milliseconds(500))
        }
        // When it has come to its senses it is heard again, if need be on another connection.
        peer.prepare(.none)
        #expect(peer.waitUntilServed(1))
        var words: [UInt16]?
        for _ in 0..<20 where words == nil {
            // As the bus does it: what is still on its way arrives before the line is drained.
            usleep(50_000)
            if (try? transport.flush()) == nil { _ = try transport.connect(timeout: .seconds(1)) }
            words = try? transport.read(request, unit: 1, timeout: timeout)
        }
        #expect(words?.count == 125)
    }
}

extension EventLog {
    fileprivate var losses: [MeteringError] {
        all.compactMap { if case .lost(let error) = $0 { error } else { nil } }
    }
}
