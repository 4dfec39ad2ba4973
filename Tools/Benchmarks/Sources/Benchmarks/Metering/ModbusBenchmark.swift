import CBaselines
import Glibc
import Metering
import Quantities

/// What reading a meter takes beyond what the wire takes.
enum ModbusBenchmark {
    static let all = [
        Benchmark(
            name: "modbus",
            summary: "how long one reading of an SDM630 has the line: three requests at 9600 baud, and on TCP",
            leavesOut:
                "a meter's own turnaround (the model answers at once), a UART's FIFO, the silences between two requests, in which nobody has the line",
            run: run)
    ]

    /// Long enough for a reading at 9600 baud with its silences.
    private static let interval = Nanoseconds.milliseconds(250)
    private static let polls: UInt64 = 8
    private static let unit: UInt8 = 1

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let profile = try MeterProfile.load(path: conditions.repository + "/Board/meters/eastron-sdm630.toml")
        // As the profile's reading asks: energy, its confirmation, the rest.
        let reads = [(0x48, 4), (0x46, 6), (0x00, 18)]
        let line = try SerialLine(baud: 9_600, format: "8N1")
        let wire = reads.reduce(0.0) { $0 + Double(line.duration(ofReading: $1.1).rawValue) }
        let meter = try SerialMeter(line: line)
        defer { meter.stop() }
        let network = try NetworkMeter()
        defer { network.stop() }
        let serial = try pairing(
            .rtu(device: meter.path, line: line), meter.path, 0, interval, profile, reads, conditions)
        let tcp = try pairing(
            .tcp(host: "127.0.0.1", port: network.port), "127.0.0.1", Int32(network.port), .milliseconds(20), profile,
            reads,
            conditions)
        return [
            Figure(
                "modbus 9600", .time(.wall),
                Pairing(subject: serial.subject, baseline: serial.subject.map { _ in wire }),
                against: "the characters of three requests and replies on the wire", aims: [.ratio(atMost: 1.1)],
                counts: [
                    ("requests a reading", 3), ("overhead us a reading", (Spread(serial.subject).median - wire) / 1e3),
                    ("overhead us of libmodbus in C", (Spread(serial.baseline).median - wire) / 1e3),
                ]),
            Figure("modbus 9600 and C", .time(.wall), serial, against: "libmodbus in C, the same requests", aims: []),
            Figure("modbus TCP", .time(.wall), tcp, against: "libmodbus in C, the same requests, loopback", aims: []),
        ]
    }

    /// A reading's time on the line, the mean of a repetition's readings, in nanoseconds.
    private static func pairing(
        _ link: ModbusLink, _ target: String, _ port: Int32, _ interval: Nanoseconds, _ profile: MeterProfile,
        _ reads: [(address: Int, count: Int)], _ conditions: Benchmark.Conditions
    ) throws -> Pairing {
        try Pairing.ofRuns(conditions.repetitions) { _ in
            try ours(link, interval, profile)
        } baseline: { _ in
            try bare(target, port, reads)
        }
    }

    private static func ours(_ link: ModbusLink, _ interval: Nanoseconds, _ profile: MeterProfile) throws -> Double {
        let meter = try MeterConfiguration(
            profile: profile, unit: unit, pollInterval: interval,
            limits: PlausibilityLimits(maximumPower: Milliwatts(22_080_000)))
        let bus = ModbusBus(link: link, meters: [meter]) { _, _ in }
        try bus.start()
        defer { bus.stop() }
        // The first reading has the identification before it.
        let first = try wait(bus, for: 1)
        let last = try wait(bus, for: first.readings + polls)
        guard last.requests - first.requests == 3 * (last.readings - first.readings) else {
            throw BenchmarkFailed("a reading is not three requests: \(last)")
        }
        return Double((last.busy - first.busy).rawValue) / Double(last.readings - first.readings)
    }

    private static func wait(_ bus: ModbusBus, for readings: UInt64) throws -> MeterStatistics {
        let end = Stopwatch.wall.now() + 30_000_000_000
        while Stopwatch.wall.now() < end {
            let statistics = bus.statistics[0]
            // Between two readings: of one that is under way the requests would count, and it would not.
            if statistics.readings >= readings, statistics.polls == statistics.readings { return statistics }
            usleep(1_000)
        }
        throw BenchmarkFailed("the meter was not read: \(bus.statistics[0])")
    }

    private static func bare(_ target: String, _ port: Int32, _ reads: [(address: Int, count: Int)]) throws -> Double {
        guard let meter = baselines_meter_open(target, port, Int32(unit)) else {
            throw BenchmarkFailed("libmodbus does not open \(target)")
        }
        defer { baselines_meter_close(meter) }
        let wanted = reads.map { baselines_read(function: 4, address: Int32($0.address), count: Int32($0.count)) }
        var sum: Int64 = 0
        for _ in 0..<polls {
            var taken: Int64 = 0
            let result = baselines_meter_poll(meter, wanted, Int32(wanted.count), &taken)
            guard result == 0 else { throw BenchmarkFailed("libmodbus: errno \(-result)") }
            sum += taken
        }
        return Double(sum) / Double(polls)
    }
}
