/// How long the disk took to make single sectors durable, one after the other.
public struct StorageBench: Equatable, Sendable, Reportable {
    public var path: String
    public var bytes: Int
    /// In microseconds, rising.
    public var latencies: [Int64]

    public init(path: String, bytes: Int, latencies: [Int64]) {
        self.path = path
        self.bytes = bytes
        self.latencies = latencies.sorted()
    }

    /// The smallest that so many percent do not exceed.
    func percentile(_ percent: Int) -> Int64? {
        latencies.isEmpty ? nil : latencies[max(0, (latencies.count * percent + 99) / 100 - 1)]
    }

    /// Bucket `below` counts those that took less than so many microseconds and are in no lower bucket.
    var buckets: [(below: Int64, count: UInt64)] {
        var buckets: [(below: Int64, count: UInt64)] = []
        var below: Int64 = 64
        for latency in latencies {
            while latency >= below { below *= 2 }
            if buckets.last?.below == below {
                buckets[buckets.count - 1].count += 1
            } else {
                buckets.append((below, 1))
            }
        }
        return buckets
    }

    var report: Report {
        var report = Report()
        report.add("file", .text(path))
        report.add("flushes", .count(UInt64(latencies.count)))
        report.add("bytes each", .count(UInt64(bytes)))
        for (name, value) in [
            ("p50 us", percentile(50)), ("p99 us", percentile(99)), ("worst us", latencies.last),
        ] { report.add(name, .count(value.map { UInt64(max(0, $0)) })) }
        report.add(
            "histogram",
            .rows(
                buckets.map { bucket in
                    var row = Report()
                    row.add("below us", .count(UInt64(bucket.below)))
                    row.add("flushes", .count(bucket.count))
                    return row
                }))
        return report
    }
}
