internal import Quantities
internal import ServiceShell

/// What `selftest` says of the device as a whole, out of facts that were just taken.
struct DeviceSelfTest {
    /// A fact, or why it is not known.
    enum Fact<Value> {
        case known(Value)
        /// It was tried, and failed.
        case failed(String)
        case unknown(String)
    }

    let report: StatusReport
    /// How long flushes took, in microseconds.
    let storage: Fact<[Int64]>
    let room: DiskRoom?
    /// From the request for a signature to its verification, in microseconds.
    let key: Fact<Int64>
    let protection: String
    let clock: ClockReading
    let proven: Int64
    let links: Fact<[LinkAnswer]>

    /// Slower than any storage that is healthy: the slowest cards need some 0.5 s now and then.
    static let slowestFlush = Nanoseconds.milliseconds(500)
    /// Two segments of the journal: with less, the sale will stop.
    static let leastRoom: UInt64 = 8 << 20
    /// A period that begins later is a stall (docs/control-core.md, "A late loop").
    static let latestPeriod = Nanoseconds.milliseconds(40)

    var rows: [SelfTestAnswer] { [storageRow, records, keyRow, clockRow, network, ledger, loop] }

    private func row(
        _ part: String, _ values: Report, limit: String = "", bad: String?, unknown: String? = nil
    ) -> SelfTestAnswer {
        SelfTestAnswer(
            part: part, verdict: bad != nil ? .bad : unknown != nil ? .unknown : .good, values: values, limit: limit,
            reason: bad ?? unknown ?? "")
    }

    private var storageRow: SelfTestAnswer {
        var values = Report()
        values.add("free bytes", .count(room?.free))
        values.add("of bytes", .count(room?.total))
        var bad: String?
        var unknown: String? = room == nil ? "the system does not say how much room there is" : nil
        switch storage {
        case .known(let latencies):
            let worst = latencies.max().map { max(0, $0) }
            values.add("flushes", .count(UInt64(latencies.count)))
            values.add("worst us", .count(worst.map { UInt64($0) }))
            if let worst, .microseconds(worst) > Self.slowestFlush { bad = "a flush took longer than that" }
        case .failed(let reason): bad = reason
        case .unknown(let reason): unknown = "flushes were not timed: \(reason)"
        }
        if let room, room.free < Self.leastRoom {
            let full = room.free == 0 ? "the disk is full" : "the disk is nearly full"
            bad = bad.map { "\(full); \($0)" } ?? full
        }
        let limit = "\(Self.slowestFlush.wholeMicroseconds) us a flush, \(Self.leastRoom) bytes free"
        return row("storage", values, limit: limit, bad: bad, unknown: unknown)
    }

    private var records: SelfTestAnswer {
        var values = Report()
        values.add("written", .count(report.records.total))
        values.add("room for records", .count(report.records.free))
        var bad = report.records.problem.isEmpty ? nil : report.records.problem
        if bad == nil, report.records.isNearlyFull { bad = "less than two segments are left" }
        return row("records", values, limit: "no error, two segments of room", bad: bad)
    }

    private var keyRow: SelfTestAnswer {
        var values = Report()
        values.add("protection", .text(protection))
        switch key {
        case .known(let microseconds):
            values.add("sign and verify us", .count(UInt64(max(0, microseconds))))
            return row("key", values, limit: "a probe's signature holds", bad: nil)
        case .failed(let reason): return row("key", values, limit: "a probe's signature holds", bad: reason)
        case .unknown(let reason):
            return row("key", values, limit: "a probe's signature holds", bad: nil, unknown: reason)
        }
    }

    private var clockRow: SelfTestAnswer {
        var values = Report()
        values.add("time", .time(unixMilliseconds: clock.isSet ? clock.utc : nil))
        values.add("source", .flag(clock.kernel.isSynchronised))
        let bad: String? =
            !clock.isSet
            ? "not set: the command time set" : clock.utc < proven ? "behind a time that is proven to be past" : nil
        return row(
            "clock", values, limit: "not before what is proven, held by a time source", bad: bad,
            unknown: clock.kernel.isSynchronised ? nil : "no time source holds it: nothing says that it is right")
    }

    private var network: SelfTestAnswer {
        var values = Report()
        guard case .known(let all) = links else {
            if case .failed(let reason) = links { return row("network", values, bad: nil, unknown: reason) }
            return row("network", values, bad: nil, unknown: "not read")
        }
        let outward = all.filter { $0.name != "lo" }
        // Drivers without a link state say `unknown` for good.
        let up = outward.filter { ($0.state == "up" || $0.state == "unknown") && $0.hasCarrier != false }
        let ready = up.filter { $0.addresses.map { !$0.isEmpty } ?? false }
        values.add("links", .count(UInt64(outward.count)))
        values.add("with an address", ready.isEmpty ? .nothing : .text(ready.map(\.name).joined(separator: " ")))
        let errors = outward.flatMap(\.counters).filter { $0.name.hasSuffix("_errors") }.compactMap(\.count)
        values.add("errors", .count(errors.reduce(0, +)))
        var (bad, unknown): (String?, String?) = (nil, nil)
        if ready.isEmpty {
            if up.contains(where: { $0.addresses == nil }) {
                unknown = "the system does not tell the addresses"
            } else if report.ledger.reachable {
                unknown = "no link is up with an address, and yet the ledger is reached"
            } else {
                bad = outward.isEmpty ? "there is no link" : "no link is up with an address: the command net"
            }
        }
        return row("network", values, limit: "a link up with an address", bad: bad, unknown: unknown)
    }

    private var ledger: SelfTestAnswer {
        var values = Report()
        let ledger = report.ledger
        values.add("height", .count(ledger.height > 0 ? UInt64(ledger.height) : nil))
        values.add("header age", .duration(ledger.headerAgeMS >= 0 ? .milliseconds(ledger.headerAgeMS) : nil))
        let waiting = report.records.total - min(report.records.total, report.records.acknowledged)
        values.add("records waiting", .count(waiting))
        let bad: String? =
            !ledger.reachable
            ? "not reachable" + (ledger.problem.isEmpty ? "" : ": \(ledger.problem)")
            : ledger.problem.isEmpty ? nil : ledger.problem
        return row(
            "ledger", values, limit: "reachable, a header verified", bad: bad,
            unknown: ledger.height > 0 ? nil : "no header is verified yet")
    }

    private var loop: SelfTestAnswer {
        var values = Report()
        let timing = report.timing
        values.add("periods", .count(timing.periods))
        values.add("worst lateness us", .count(UInt64(max(0, timing.worstLatenessUS))))
        values.add("worst step us", .count(UInt64(max(0, timing.worstStepUS))))
        let isLate = .microseconds(timing.worstLatenessUS) > Self.latestPeriod
        return row(
            "control loop", values, limit: "\(Self.latestPeriod.wholeMicroseconds) us late",
            bad: isLate ? "a period since the start was later than that: status shows how often" : nil,
            unknown: timing.periods == 0 ? "no period yet" : nil)
    }
}
