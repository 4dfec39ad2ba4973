import Quantities
import Synchronization

/// The way of a `ResidualTestReport` from the control thread, which neither waits nor allocates, to whoever asked: one word.
///
/// Bits 0 to 15 the number, 16 to 23 the stage, from 24 on the trip time in microseconds and one; 0 for none.
final class ResidualTestCell: Sendable {
    private let word = Atomic<UInt64>(0)
    private static let mostMicroseconds: Int64 = 1 << 39

    /// Makes this the newest. One thread.
    func store(_ report: ResidualTestReport) {
        let trip = report.tripTime.map { UInt64(min(max($0.wholeMicroseconds, 0), Self.mostMicroseconds)) + 1 } ?? 0
        word.store(UInt64(report.number) | UInt64(report.stage.rawValue) << 16 | trip << 24, ordering: .releasing)
    }

    /// The newest.
    var report: ResidualTestReport {
        let word = word.load(ordering: .acquiring)
        let trip = word >> 24
        return ResidualTestReport(
            number: UInt16(truncatingIfNeeded: word),
            stage: ResidualTestReport.Stage(rawValue: UInt8(truncatingIfNeeded: word >> 16)) ?? .none,
            tripTime: trip == 0 ? nil : .microseconds(Int64(trip - 1)))
    }
}
